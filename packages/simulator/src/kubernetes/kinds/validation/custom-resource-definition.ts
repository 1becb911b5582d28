import { invalidValue, notImplemented, notSupported, required, type FieldError } from "../../errors/mod.ts";
import { parseSchema, unusableRules } from "../../schema/mod.ts";
import { equalJson, isJsonObject, type Json, type JsonObject } from "../../json/mod.ts";
import { formatTime, type KubeObject } from "../../objects/mod.ts";
import { ensureObject, objectField, objectItems, stringField } from "../fields.ts";

const LABEL_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_1035_WORDS =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";

function storageVersion(definition: KubeObject): string | undefined {
  const versions = objectItems(objectField(definition, "spec"), "versions");
  const storage = versions.find((version) => version["storage"] === true);
  return storage === undefined ? undefined : stringField(storage, "name");
}

/** `status.storedVersions` remembers every version that objects may be stored in. */
function rememberStorageVersion(definition: KubeObject): void {
  const status = ensureObject(definition, "status");
  const stored = Array.isArray(status["storedVersions"]) ? status["storedVersions"] : [];
  const version = storageVersion(definition);
  if (version === undefined || stored.includes(version)) return;
  status["storedVersions"] = [...stored, version];
}

/**
 * What a real server would do with the definition and this one cannot: refused, so that no test rests on it.
 *
 * @throws ApiError 501
 */
function refuseUnserved(definition: KubeObject): void {
  const spec = objectField(definition, "spec");
  if (stringField(objectField(spec, "conversion"), "strategy") === "Webhook") throw notImplemented("conversion webhooks");
  for (const version of objectItems(spec, "versions")) {
    const schema = objectField(objectField(version, "schema"), "openAPIV3Schema");
    const [problem] = schema === undefined ? [] : unusable(schema);
    if (problem !== undefined) throw notImplemented(`${problem} of ${definition.metadata.name}`);
  }
}

function unusable(schema: JsonObject): string[] {
  try {
    return unusableRules(parseSchema(schema));
  } catch (error) {
    // A pattern that only Go can compile.
    if (error instanceof SyntaxError) return [`a pattern (${error.message})`];
    // A reference, which the validation refuses in Kubernetes' words.
    if (error instanceof TypeError) return [];
    throw error;
  }
}

export function prepareCustomResourceDefinition(definition: KubeObject): void {
  refuseUnserved(definition);
  definition["status"] = {};
  rememberStorageVersion(definition);
}

export function prepareCustomResourceDefinitionUpdate(definition: KubeObject): void {
  refuseUnserved(definition);
  rememberStorageVersion(definition);
}

/** Holds a definition until its objects are gone. */
export const CLEANUP_FINALIZER = "customresourcecleanup.apiextensions.k8s.io";

export function prepareCustomResourceDefinitionDelete(definition: KubeObject, now: number): void {
  const { finalizers = [] } = definition.metadata;
  if (!finalizers.includes(CLEANUP_FINALIZER)) definition.metadata.finalizers = [...finalizers, CLEANUP_FINALIZER];
  const status = ensureObject(definition, "status");
  const conditions = objectItems(status, "conditions").filter((condition) => condition["type"] !== "Terminating");
  status["conditions"] = [
    ...conditions,
    {
      type: "Terminating",
      status: "True",
      lastTransitionTime: formatTime(now),
      reason: "InstanceDeletionPending",
      message: "CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
    },
  ];
}

export function validateCustomResourceDefinition(definition: KubeObject): FieldError[] {
  const spec = objectField(definition, "spec") ?? {};
  const names = objectField(spec, "names") ?? {};
  const errors: FieldError[] = [];
  const group = stringField(spec, "group");
  const expected = `${stringField(names, "plural")}.${group}`;
  const name = definition.metadata.name ?? "";
  if (name !== expected) {
    errors.push(invalidValue("metadata.name", name, `must be spec.names.plural+"."+spec.group`));
  }
  if (group === "") errors.push(required("spec.group"));
  else if (!group.includes(".")) {
    errors.push(invalidValue("spec.group", group, "should be a domain with at least one dot"));
  }
  errors.push(...validateScope(spec), ...validateVersions(spec), ...validateNames(names));
  const stored = objectField(definition, "status")?.["storedVersions"];
  if (!Array.isArray(stored) || stored.length === 0) {
    errors.push(invalidValue("status.storedVersions", stored ?? null, "must have at least one stored version"));
  }
  return errors;
}

function validateScope(spec: JsonObject): FieldError[] {
  const scope = stringField(spec, "scope");
  if (scope === "") return [required("spec.scope")];
  const allowed = ["Cluster", "Namespaced"];
  return allowed.includes(scope) ? [] : [notSupported("spec.scope", scope, allowed)];
}

function validateVersions(spec: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  const versions = objectItems(spec, "versions");
  const schemas = versions.map((version) => objectField(objectField(version, "schema"), "openAPIV3Schema"));
  const [first] = schemas;
  // A schema that all versions share is one of the definition's own, to those who check it.
  if (first !== undefined && schemas.every((schema) => equalJson(schema, first))) {
    errors.push(...validateStructural(first, "spec.validation.openAPIV3Schema", true));
  } else {
    for (const [index, schema] of schemas.entries()) {
      const path = `spec.versions[${index}].schema.openAPIV3Schema`;
      errors.push(...(schema === undefined ? [required(path)] : validateStructural(schema, path, true)));
    }
  }
  for (const [index, version] of versions.entries()) {
    const path = `spec.versions[${index}]`;
    const name = stringField(version, "name");
    if (!LABEL_1035.test(name)) {
      errors.push(invalidValue(`${path}.name`, name, LABEL_1035_WORDS));
    }
  }
  const printed: Json = spec["versions"] ?? null;
  const names = versions.map((version) => stringField(version, "name"));
  if (new Set(names).size < names.length) {
    errors.push(invalidValue("spec.versions", printed, "must contain unique version names"));
  }
  if (versions.filter((version) => version["storage"] === true).length !== 1) {
    errors.push(invalidValue("spec.versions", printed, "must have exactly one version marked as storage version"));
  }
  return errors;
}

function validateNames(names: JsonObject): FieldError[] {
  const errors: FieldError[] = [];
  for (const name of ["plural", "singular", "kind", "listKind"]) {
    const value = stringField(names, name);
    if (value === "") errors.push(required(`spec.names.${name}`));
    else if (!LABEL_1035.test(value.toLowerCase())) {
      const mixed = name === "kind" || name === "listKind";
      errors.push(
        invalidValue(`spec.names.${name}`, value, `${mixed ? "may have mixed case, but should otherwise match: " : ""}${LABEL_1035_WORDS}`),
      );
    }
  }
  return errors;
}

/** The rules that make a schema structural: a type everywhere, and typed items. */
function validateStructural(schema: JsonObject, path: string, isRoot = false): FieldError[] {
  const errors: FieldError[] = [];
  const isTyped =
    stringField(schema, "type") !== "" ||
    schema["x-kubernetes-int-or-string"] === true ||
    schema["x-kubernetes-preserve-unknown-fields"] === true;
  if (!isTyped) {
    errors.push(required(`${path}.type`, isRoot ? "must not be empty at the root" : "must not be empty for specified object fields"));
  }
  if (isRoot && isTyped && stringField(schema, "type") !== "object") {
    errors.push(invalidValue(`${path}.type`, schema["type"] ?? "", "must be object at the root"));
  }
  if (schema["$ref"] !== undefined) {
    errors.push({ type: "FieldValueForbidden", field: `${path}.$ref`, detail: "must not be set" });
  }
  const properties = objectField(schema, "properties") ?? {};
  for (const [name, property] of Object.entries(properties)) {
    if (isRoot && (name === "apiVersion" || name === "kind" || name === "metadata")) continue;
    if (isJsonObject(property)) {
      errors.push(...validateStructural(property, `${path}.properties[${name}]`));
    }
  }
  const items = objectField(schema, "items");
  if (schema["type"] === "array" && items === undefined) {
    errors.push(required(`${path}.items`, "must be specified"));
  }
  if (items !== undefined) errors.push(...validateStructural(items, `${path}.items`));
  const additional = objectField(schema, "additionalProperties");
  if (additional !== undefined) {
    errors.push(...validateStructural(additional, `${path}.additionalProperties`));
  }
  return errors;
}

export function validateCustomResourceDefinitionUpdate(definition: KubeObject, old: KubeObject): FieldError[] {
  const errors = validateCustomResourceDefinition(definition);
  const [spec, oldSpec] = [objectField(definition, "spec"), objectField(old, "spec")];
  if (spec?.["group"] !== oldSpec?.["group"]) {
    errors.push(invalidValue("spec.group", spec?.["group"] ?? "", "field is immutable"));
  }
  const isEstablished = objectItems(objectField(old, "status"), "conditions").some(
    (condition) => condition["type"] === "Established" && condition["status"] === "True",
  );
  if (isEstablished) {
    if (spec?.["scope"] !== oldSpec?.["scope"]) {
      errors.push(invalidValue("spec.scope", spec?.["scope"] ?? "", "field is immutable"));
    }
    const [names, oldNames] = [objectField(spec, "names"), objectField(oldSpec, "names")];
    for (const name of ["kind", "plural"]) {
      if (!equalJson(names?.[name], oldNames?.[name])) {
        errors.push(invalidValue(`spec.names.${name}`, names?.[name] ?? "", "field is immutable"));
      }
    }
  }
  const served = new Set(objectItems(spec, "versions").map((version) => stringField(version, "name")));
  const stored = objectField(definition, "status")?.["storedVersions"];
  for (const [index, version] of (Array.isArray(stored) ? stored : []).entries()) {
    if (typeof version === "string" && !served.has(version)) {
      errors.push(
        invalidValue(
          `status.storedVersions[${index}]`,
          version,
          `missing from spec.versions; ${version} was previously a storage version, and must remain in spec.versions until a storage migration ensures no data remains persisted in ${version} and removes ${version} from status.storedVersions`,
        ),
      );
    }
  }
  return errors;
}
