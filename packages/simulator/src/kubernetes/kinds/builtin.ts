import { readFileSync } from "node:fs";
import { mergeTypeOf } from "../apply/mod.ts";
import { isJsonObject, parseJson, type Json, type JsonObject } from "../json/mod.ts";
import { fillSchema, type StructuralSchema } from "../schema/mod.ts";
import { eventFromCore, eventToCore } from "./events.ts";
import { objectField, stringField } from "./fields.ts";
import { apiVersionOf, type ResourceType, type SubresourceEntry } from "./resource-type.ts";
import { strategyOf } from "./strategies.ts";

type Builtin = { readonly types: readonly ResourceType[]; readonly definitions: JsonObject };

let loaded: Builtin | undefined;

function builtin(): Builtin {
  loaded ??= load();
  return loaded;
}

/** The built-in kinds: read once, and shared by every cluster of the process. */
export function builtinTypes(): readonly ResourceType[] {
  return builtin().types;
}

/** The schemas that the built-in kinds are made of by their names, as `generate.ts` writes them. */
export function builtinDefinitions(): JsonObject {
  return builtin().definitions;
}

function load(): Builtin {
  const file = new URL("builtin.generated.json", import.meta.url);
  const document = parseJson(readFileSync(file, "utf8"));
  const definitions = objectField(document, "schemas") ?? {};
  const nodes = new Map<string, StructuralSchema>();
  const resolve = (name: string): StructuralSchema => {
    const known = nodes.get(name);
    if (known !== undefined) return known;
    const node: StructuralSchema = { goStruct: name.slice(name.lastIndexOf(".") + 1) };
    nodes.set(name, node);
    fillSchema(node, objectField(definitions, name) ?? {}, resolve);
    return node;
  };
  const kinds = isJsonObject(document) && Array.isArray(document["kinds"]) ? document["kinds"] : [];
  const entries = kinds.filter(isJsonObject);
  const types = entries
    .filter((entry) => entry["schema"] !== undefined)
    .map((entry) => resourceType(entry, entries, resolve(stringField(entry, "schema"))));
  return { types, definitions };
}

function strings(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

function subresourcesOf(entries: readonly JsonObject[], group: string, version: string, plural: string): SubresourceEntry[] {
  return entries.flatMap((candidate) => {
    const entry = objectField(candidate, "entry");
    const [parent, name] = stringField(entry, "name").split("/");
    const isOurs = name !== undefined && parent === plural && candidate["group"] === group && candidate["version"] === version;
    if (!isOurs) return [];
    const otherGroup = stringField(entry, "group");
    const otherVersion = stringField(entry, "version");
    return [
      {
        name,
        kind: stringField(entry, "kind"),
        ...(otherGroup === "" ? {} : { group: otherGroup }),
        ...(otherVersion === "" ? {} : { version: otherVersion }),
        verbs: strings(entry?.["verbs"]),
      },
    ];
  });
}

function resourceType(source: JsonObject, entries: readonly JsonObject[], schema: StructuralSchema): ResourceType {
  const entry = objectField(source, "entry") ?? {};
  const group = stringField(source, "group");
  const version = stringField(source, "version");
  const kind = stringField(entry, "kind");
  const plural = stringField(entry, "name");
  const subresourceEntries = subresourcesOf(entries, group, version, plural);
  const subresources = new Set(subresourceEntries.map(({ name }) => name));
  const isEvents = group === "events.k8s.io";
  const hash = stringField(entry, "storageVersionHash");
  return {
    group,
    version,
    apiVersion: apiVersionOf(group, version),
    kind,
    plural,
    singular: stringField(entry, "singularName"),
    shortNames: strings(entry["shortNames"]),
    categories: strings(entry["categories"]),
    namespaced: entry["namespaced"] === true,
    verbs: strings(entry["verbs"]),
    ...(hash === "" ? {} : { storageVersionHash: hash }),
    subresources,
    subresourceEntries,
    schema,
    openApi: stringField(source, "schema"),
    mergeType: mergeTypeOf(schema),
    strategy: strategyOf(group, kind),
    custom: false,
    collection: isEvents ? "/events" : `${group}/${plural}`,
    toStorage: isEvents ? eventToCore : (object) => object,
    fromStorage: isEvents ? eventFromCore : (object) => object,
    ...(subresources.has("scale") ? { scale: { specReplicas: ["spec", "replicas"], statusReplicas: ["status", "replicas"] } } : {}),
  };
}
