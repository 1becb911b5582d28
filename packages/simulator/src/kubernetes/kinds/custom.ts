import { mergeTypeOf } from "../apply/mod.ts";
import { invalidValue, type FieldError } from "../errors/mod.ts";
import { cloneJson, equalJson, type JsonObject } from "../json/mod.ts";
import type { KubeObject } from "../objects/mod.ts";
import { applyDefaults, parseSchema, prune, validateRules, validateSchema, type StructuralSchema } from "../schema/mod.ts";
import { builtinMetadataSchema } from "./metadata-schema.ts";
import { objectField, objectItems, stringField } from "./fields.ts";
import { apiVersionOf, type KindStrategy, type ResourceType, type ScalePaths, type SubresourceEntry } from "./resource-type.ts";

const VERBS = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"];

/** The served versions of a CustomResourceDefinition, the storage version first. */
export function customTypes(definition: KubeObject): ResourceType[] {
  const spec = objectField(definition, "spec") ?? {};
  return objectItems(spec, "versions")
    .filter((version) => version["served"] === true)
    .toSorted((a, b) => Number(b["storage"] === true) - Number(a["storage"] === true))
    .map((version) => customType(spec, version));
}

function customType(spec: JsonObject, source: JsonObject): ResourceType {
  const group = stringField(spec, "group");
  const version = stringField(source, "name");
  const apiVersion = apiVersionOf(group, version);
  const names = objectField(spec, "names") ?? {};
  const kind = stringField(names, "kind");
  const plural = stringField(names, "plural");
  const openApi = objectField(objectField(source, "schema"), "openAPIV3Schema") ?? {};
  const schema = parseSchema(openApi);
  const subresourcesSpec = objectField(source, "subresources") ?? {};
  const hasStatus = objectField(subresourcesSpec, "status") !== undefined;
  const scale = scalePaths(objectField(subresourcesSpec, "scale"));
  const entries: SubresourceEntry[] = [
    ...(hasStatus ? [{ name: "status", kind, verbs: ["get", "patch", "update"] }] : []),
    ...(scale === undefined
      ? []
      : [
          {
            name: "scale",
            group: "autoscaling",
            version: "v1",
            kind: "Scale",
            verbs: ["get", "patch", "update"],
          },
        ]),
  ];
  return {
    group,
    version,
    apiVersion,
    kind,
    plural,
    singular: stringField(names, "singular"),
    shortNames: strings(names, "shortNames"),
    categories: strings(names, "categories"),
    namespaced: spec["scope"] === "Namespaced",
    verbs: VERBS,
    subresources: new Set(entries.map(({ name }) => name)),
    subresourceEntries: entries,
    schema,
    openApi,
    mergeType: mergeTypeOf(withObjectFields(schema)),
    strategy: customStrategy({ schema, apiVersion, kind, hasStatus, selectable: selectableFields(source) }),
    custom: true,
    printerColumns: objectItems(source, "additionalPrinterColumns"),
    collection: `${group}/${plural}`,
    ...storage(schema, apiVersion),
    ...(scale === undefined ? {} : { scale }),
  };
}

function strings(value: JsonObject, name: string): string[] {
  const member = value[name];
  return Array.isArray(member) ? member.filter((item) => typeof item === "string") : [];
}

function selectableFields(version: JsonObject): string[] {
  return objectItems(version, "selectableFields").map((field) => stringField(field, "jsonPath").replace(/^\./, ""));
}

function scalePaths(scale: JsonObject | undefined): ScalePaths | undefined {
  if (scale === undefined) return undefined;
  const path = (name: string): string[] => stringField(scale, name).replace(/^\./, "").split(".");
  return { specReplicas: path("specReplicasPath"), statusReplicas: path("statusReplicasPath") };
}

/** The schema as server-side apply sees it: with the object's own fields, whatever the CRD says of them. */
function withObjectFields(schema: StructuralSchema): StructuralSchema {
  return {
    ...schema,
    properties: new Map([
      ...(schema.properties ?? []),
      ["apiVersion", { type: "string" }],
      ["kind", { type: "string" }],
      ["metadata", builtinMetadataSchema()],
    ]),
  };
}

/**
 * Objects are kept as they were written. Read in another version, or after the schema changed, they
 * are pruned and defaulted by the schema of now, as Kubernetes does when it reads from etcd.
 */
function storage(schema: StructuralSchema, apiVersion: string): Pick<ResourceType, "toStorage" | "fromStorage" | "isStoredAsRead"> {
  const read = new WeakMap<KubeObject, KubeObject>();
  const differing = new WeakSet<KubeObject>();
  // The only field that is taken away after the defaults were filled in.
  const defaultsStatus = schema.properties?.get("status")?.default !== undefined;
  return {
    toStorage: (object) => {
      if (!defaultsStatus || object["status"] !== undefined) read.set(object, object);
      return object;
    },
    isStoredAsRead: (object) => !differing.has(object),
    fromStorage: (object) => {
      const known = read.get(object);
      if (known !== undefined) return known;
      const copy = cloneJson(object);
      prune(schema, copy);
      applyDefaults(schema, copy);
      if (!equalJson(copy, object)) differing.add(copy);
      copy.apiVersion = apiVersion;
      read.set(object, copy);
      return copy;
    },
  };
}

type CustomKind = {
  readonly schema: StructuralSchema;
  readonly apiVersion: string;
  readonly kind: string;
  readonly hasStatus: boolean;
  readonly selectable: readonly string[];
};

function customStrategy({ schema, apiVersion, kind, hasStatus, selectable }: CustomKind): KindStrategy {
  const validateKind = (object: KubeObject): FieldError[] => [
    ...(object.kind === kind ? [] : [invalidValue("kind", object.kind, `must be ${kind}`)]),
    ...(object.apiVersion === apiVersion ? [] : [invalidValue("apiVersion", object.apiVersion, `must be ${apiVersion}`)]),
  ];
  const validate = (object: KubeObject, old?: KubeObject): FieldError[] => {
    const kindErrors = validateKind(object);
    if (kindErrors.length > 0) return kindErrors;
    const errors = validateSchema(schema, object, old);
    return [...errors, ...validateRules(schema, object, old, errors)];
  };
  const statusSchema = schema.properties?.get("status");
  const validateStatus = (object: KubeObject, old: KubeObject): FieldError[] => {
    const kindErrors = validateKind(object);
    if (kindErrors.length > 0) return kindErrors;
    const status = object["status"];
    const errors = status === undefined || statusSchema === undefined ? [] : validateSchema(statusSchema, status, old["status"], "status");
    return [...errors, ...validateRules(schema, object, old, errors)];
  };
  return {
    generation: "everythingButMetadata",
    requireResourceVersion: true,
    selectableFields: selectable,
    applyDefaults: (object) => {
      applyDefaults(schema, object);
    },
    ...(hasStatus
      ? {
          prepareForCreate: (object: KubeObject) => {
            delete object["status"];
          },
        }
      : {}),
    validate: (object) => validate(object),
    validateUpdate: validate,
    validateStatusUpdate: validateStatus,
  };
}
