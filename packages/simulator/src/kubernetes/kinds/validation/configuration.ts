import { forbiddenField, invalidValue, required, type FieldError } from "../../errors/mod.ts";
import { equalJson, isJsonObject } from "../../json/mod.ts";
import type { KubeObject } from "../../objects/mod.ts";

const KEY = /^[-._a-zA-Z0-9]+$/;
const KEY_WORDS =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";

function keysOf(object: KubeObject, field: string): string[] {
  const value = object[field];
  return isJsonObject(value) ? Object.keys(value) : [];
}

function validateKeys(object: KubeObject, fields: readonly string[]): FieldError[] {
  return fields.flatMap((field) =>
    keysOf(object, field)
      .filter((key) => !KEY.test(key) || key === "." || key === "..")
      .map((key) => invalidValue(`${field}[${key}]`, key, KEY_WORDS)),
  );
}

function validateImmutable(object: KubeObject, old: KubeObject, fields: readonly string[]): FieldError[] {
  if (old["immutable"] !== true) return [];
  const errors: FieldError[] = [];
  if (object["immutable"] !== true) {
    errors.push(forbiddenField("immutable", "field is immutable when `immutable` is set"));
  }
  for (const field of fields) {
    if (!equalJson(object[field] ?? {}, old[field] ?? {})) {
      errors.push(forbiddenField(field, "field is immutable when `immutable` is set"));
    }
  }
  return errors;
}

export function validateConfigMap(object: KubeObject): FieldError[] {
  const data = new Set(keysOf(object, "data"));
  const both = keysOf(object, "binaryData").filter((key) => data.has(key));
  return [
    ...validateKeys(object, ["data", "binaryData"]),
    ...both.map((key) => invalidValue(`data[${key}]`, key, "duplicate of key present in binaryData")),
  ];
}

export function validateConfigMapUpdate(object: KubeObject, old: KubeObject): FieldError[] {
  return [...validateImmutable(object, old, ["data", "binaryData"]), ...validateConfigMap(object)];
}

/** The keys that a Secret of a type must have. */
const SECRET_KEYS: Readonly<Record<string, readonly string[]>> = {
  "kubernetes.io/tls": ["tls.crt", "tls.key"],
  "kubernetes.io/dockercfg": [".dockercfg"],
  "kubernetes.io/dockerconfigjson": [".dockerconfigjson"],
  "kubernetes.io/ssh-auth": ["ssh-privatekey"],
};

export function validateSecret(object: KubeObject): FieldError[] {
  const keys = keysOf(object, "data");
  const type = object["type"];
  const needed = typeof type === "string" ? (SECRET_KEYS[type] ?? []) : [];
  return [...validateKeys(object, ["data"]), ...needed.filter((key) => !keys.includes(key)).map((key) => required(`data[${key}]`))];
}

export function validateSecretUpdate(object: KubeObject, old: KubeObject): FieldError[] {
  const typeErrors = equalJson(object["type"], old["type"]) ? [] : [invalidValue("type", object["type"] ?? "", "field is immutable")];
  return [...typeErrors, ...validateImmutable(object, old, ["data"]), ...validateSecret(object)];
}
