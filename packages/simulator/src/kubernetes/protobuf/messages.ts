import { readFileSync } from "node:fs";
import { parseJson, type JsonObject } from "../json/mod.ts";
import { objectField, stringField } from "../kinds/mod.ts";

/** A field of a message: its name in JSON (empty: its members are the message's own), its type, and whether there are several. */
export type FieldDescription = {
  readonly json: string;
  readonly type: string;
  readonly label: "optional" | "repeated" | "map";
};

type Messages = {
  /** `v1/ConfigMap` → the name of its message. */
  readonly kinds: ReadonlyMap<string, string>;
  /** Message → field number → field. */
  readonly messages: ReadonlyMap<string, ReadonlyMap<number, FieldDescription>>;
};

const SCALARS: ReadonlySet<string> = new Set(["string", "bytes", "bool", "int32", "int64", "double"]);

export function isScalar(type: string): boolean {
  return SCALARS.has(type);
}

/** Messages that JSON writes in a form of their own. */
export const SPECIAL_MESSAGES: ReadonlySet<string> = new Set([
  "k8s.io.apimachinery.pkg.api.resource.Quantity",
  "k8s.io.apimachinery.pkg.apis.meta.v1.FieldsV1",
  "k8s.io.apimachinery.pkg.apis.meta.v1.MicroTime",
  "k8s.io.apimachinery.pkg.apis.meta.v1.Time",
  "k8s.io.apimachinery.pkg.runtime.RawExtension",
  "k8s.io.apimachinery.pkg.util.intstr.IntOrString",
]);

let loaded: Messages | undefined;

/** The messages of the built-in kinds; read when the first client writes protobuf. */
export function messages(): Messages {
  loaded ??= load();
  return loaded;
}

function load(): Messages {
  const document = parseJson(readFileSync(new URL("messages.generated.json", import.meta.url), "utf8"));
  const kinds = Object.keys(objectField(document, "kinds") ?? {});
  const described = objectField(document, "messages") ?? {};
  return {
    kinds: new Map(kinds.map((kind) => [kind, stringField(objectField(document, "kinds"), kind)])),
    messages: new Map(Object.keys(described).map((name) => [name, fieldsOf(objectField(described, name) ?? {})])),
  };
}

function fieldsOf(described: JsonObject): Map<number, FieldDescription> {
  return new Map(
    Object.keys(described).map((number) => {
      const field = objectField(described, number);
      const label = stringField(field, "label");
      return [
        Number(number),
        {
          json: stringField(field, "json"),
          type: stringField(field, "type"),
          label: label === "repeated" || label === "map" ? label : "optional",
        },
      ];
    }),
  );
}
