/**
 * Writes `builtin.generated.json`: the schemas and the discovery entries of the built-in kinds that
 * the embedded API serves, cut out of the OpenAPI v3 and discovery documents that every Kubernetes
 * release carries in its source (`api/openapi-spec/v3`, `api/discovery`), and how the Go types write
 * empty fields.
 *
 * Run: node packages/simulator/src/kubernetes/kinds/generate.ts <folder> 1.37.2 [--check]
 * where the folder is `k8s.io` of the Go module cache, with the modules that the test bed's
 * kube-apiserver is built from (test/testbed/kubernetes/install.ts). With --check nothing is written: it fails when the file is another.
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isJsonObject, parseJson, type Json, type JsonObject } from "../json/mod.ts";
import { fieldsOf, parseGoStructs, type GoField, type GoStruct } from "./go-structs.ts";

/** The resources that are served, by group and version. A resource not listed here does not exist. */
const SERVED: Record<string, readonly string[]> = {
  v1: ["configmaps", "events", "namespaces", "nodes", "persistentvolumeclaims", "pods", "secrets", "serviceaccounts", "services"],
  "apps/v1": ["daemonsets", "deployments", "replicasets", "statefulsets"],
  "batch/v1": ["cronjobs", "jobs"],
  "coordination.k8s.io/v1": ["leases"],
  "events.k8s.io/v1": ["events"],
  "networking.k8s.io/v1": ["ingresses"],
  "policy/v1": ["poddisruptionbudgets"],
  "rbac.authorization.k8s.io/v1": ["clusterrolebindings", "clusterroles", "rolebindings", "roles"],
  "apiextensions.k8s.io/v1": ["customresourcedefinitions"],
};

/** Subresources that are served; the others (exec, log, eviction, …) are refused with 501. */
const SUBRESOURCES: ReadonlySet<string> = new Set(["status", "scale"]);

/** Schema keywords that say how a value is merged, pruned or defaulted. Descriptions are left out. */
const KEYWORDS: readonly string[] = [
  "type",
  "format",
  "default",
  "x-kubernetes-list-type",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-map-type",
  "x-kubernetes-patch-strategy",
  "x-kubernetes-patch-merge-key",
  "x-kubernetes-preserve-unknown-fields",
];

const [, , modules, release, mode] = process.argv;
if (modules === undefined || release === undefined || (mode !== undefined && mode !== "--check")) {
  throw new Error("usage: generate.ts <k8s.io folder of the Go module cache> <release, e.g. 1.37.2> [--check]");
}
const source = join(modules, `kubernetes@v${release}`);
const library = release.replace(/^1/, "0");

/** Where the Go package of a definition is: `io.k8s.api.apps.v1.Deployment` is a type of `api/apps/v1`. */
function packageFolder(definition: string): string | undefined {
  const [, , module, ...path] = definition.split(".").slice(0, -1);
  if (definition.startsWith("io.k8s.api.")) {
    return join(`api@v${library}`, ...path);
  }
  if (definition.startsWith("io.k8s.apimachinery.") || definition.startsWith("io.k8s.apiextensions-apiserver.")) {
    return join(`${module}@v${library}`, ...path);
  }
  return undefined;
}

const packages = new Map<string, ReadonlyMap<string, GoStruct>>();

async function structsOf(folder: string): Promise<ReadonlyMap<string, GoStruct>> {
  const known = packages.get(folder);
  if (known !== undefined) return known;
  const files = (await readdir(join(modules ?? "", folder))).filter((file) => /^types.*\.go$/.test(file) && !file.includes("swagger"));
  const texts = await Promise.all(files.map((file) => readFile(join(modules ?? "", folder, file), "utf8")));
  const structs = parseGoStructs(texts.join("\n"));
  packages.set(folder, structs);
  return structs;
}

async function document(path: string): Promise<JsonObject> {
  const value = parseJson(await readFile(path, "utf8"));
  if (!isJsonObject(value)) throw new Error(`${path} is not a JSON object`);
  return value;
}

function objectAt(value: Json | undefined, ...path: string[]): JsonObject {
  let current: Json | undefined = value;
  for (const key of path) current = isJsonObject(current) ? current[key] : undefined;
  if (!isJsonObject(current)) throw new Error(`no object at ${path.join(".")}`);
  return current;
}

const schemas: Record<string, JsonObject> = {};
const kinds: JsonObject[] = [];

function referenceName(reference: Json | undefined): string | undefined {
  return typeof reference === "string" ? reference.slice(reference.lastIndexOf("/") + 1) : undefined;
}

/** One schema without what no one needs here; `allOf` with one reference is that reference. */
function compact(schema: JsonObject, definitions: JsonObject): JsonObject {
  const result: JsonObject = {};
  const allOf = Array.isArray(schema["allOf"]) ? schema["allOf"][0] : undefined;
  const reference = referenceName(schema["$ref"] ?? (isJsonObject(allOf) ? allOf["$ref"] : undefined));
  if (reference !== undefined) {
    result["$ref"] = reference;
    visit(reference, definitions);
  }
  for (const keyword of KEYWORDS) {
    const value = schema[keyword];
    if (value === undefined) continue;
    if (keyword === "default" && isJsonObject(value) && Object.keys(value).length === 0) continue;
    result[keyword] = value;
  }
  const properties = schema["properties"];
  if (isJsonObject(properties)) {
    result["properties"] = Object.fromEntries(
      Object.entries(properties).map(([name, property]) => [name, compact(objectAt(property), definitions)]),
    );
  }
  for (const keyword of ["items", "additionalProperties"]) {
    const child = schema[keyword];
    if (isJsonObject(child)) result[keyword] = compact(child, definitions);
  }
  // A definition that says nothing of its members (RawExtension, JSON, FieldsV1) keeps them all.
  const isFreeForm = ["$ref", "properties", "items", "additionalProperties"].every((keyword) => result[keyword] === undefined);
  if (isFreeForm && (result["type"] === undefined || result["type"] === "object")) {
    result["x-kubernetes-preserve-unknown-fields"] = true;
  }
  return result;
}

function visit(name: string, definitions: JsonObject): void {
  if (name in schemas) return;
  schemas[name] = {};
  schemas[name] = compact(objectAt(definitions, name), definitions);
}

for (const [groupVersion, resources] of Object.entries(SERVED)) {
  const core = !groupVersion.includes("/");
  const file = core ? `api__${groupVersion}` : `apis__${groupVersion.replace("/", "__")}`;
  const openapi = await document(join(source, "api/openapi-spec/v3", `${file}_openapi.json`));
  const definitions = objectAt(openapi, "components", "schemas");
  const discovery = await document(join(source, "api/discovery", `${file}.json`));
  const [group, version] = core ? ["", groupVersion] : groupVersion.split("/");

  for (const entry of Array.isArray(discovery["resources"]) ? discovery["resources"] : []) {
    const resource = objectAt(entry);
    const [name, subresource] = (typeof resource["name"] === "string" ? resource["name"] : "").split("/");
    if (name === undefined || !resources.includes(name)) continue;
    if (subresource !== undefined && !SUBRESOURCES.has(subresource)) continue;
    const definition = Object.entries(definitions).find(([, candidate]) => {
      const gvks = objectAt(candidate)["x-kubernetes-group-version-kind"];
      return (
        Array.isArray(gvks) &&
        gvks.length === 1 &&
        gvks.some((gvk) => isJsonObject(gvk) && gvk["group"] === group && gvk["version"] === version && gvk["kind"] === resource["kind"])
      );
    });
    if (definition === undefined && subresource === undefined) {
      throw new Error(`${groupVersion} ${name}: no schema`);
    }
    if (subresource === undefined && definition !== undefined) visit(definition[0], definitions);
    kinds.push({
      group: group ?? "",
      version: version ?? "",
      ...(subresource === undefined && definition !== undefined ? { schema: definition[0] } : {}),
      entry: resource,
    });
  }
}

/** What a field is when nothing is said of it, or that it is left out when it is empty. */
function emptiness(property: JsonObject, field: GoField): JsonObject {
  const omits = field.omitEmpty || field.omitZero;
  if (field.pointer) return omits ? {} : { "x-go-zero": null };
  const named = field.type.slice(field.type.lastIndexOf(".") + 1);
  const isScalar = /^[\w.]+$/.test(field.type);
  if (isScalar && (named === "Time" || named === "MicroTime")) return field.omitZero ? { "x-go-omit": true } : { "x-go-zero": null };
  if (isScalar && named === "IntOrString") return { "x-go-zero": 0 };
  if (isScalar && named === "Quantity") return { "x-go-zero": "0" };
  const isStruct = property["$ref"] !== undefined && property["additionalProperties"] === undefined;
  if (isStruct) return field.omitZero ? { "x-go-omit": true } : { "x-go-zero": {} };
  if (omits) return { "x-go-omit": true };
  switch (property["type"]) {
    case "string":
      return { "x-go-zero": property["format"] === "byte" ? null : "" };
    case "integer":
    case "number":
      return { "x-go-zero": 0 };
    case "boolean":
      return { "x-go-zero": false };
    default:
      return { "x-go-zero": null };
  }
}

for (const [name, schema] of Object.entries(schemas)) {
  const folder = packageFolder(name);
  const properties = schema["properties"];
  if (folder === undefined || !isJsonObject(properties)) continue;
  const fields = fieldsOf(await structsOf(folder), name.slice(name.lastIndexOf(".") + 1));
  for (const [property, value] of Object.entries(properties)) {
    const field = fields.get(property);
    // TypeMeta, which the objects have from another package.
    if (field === undefined && (property === "apiVersion" || property === "kind")) continue;
    if (field === undefined) throw new Error(`${name}.${property} is no field of its Go type`);
    if (isJsonObject(value)) Object.assign(value, emptiness(value, field));
  }
}

// What Go parses and writes anew, in a form of its own.
for (const [name, format] of [
  ["io.k8s.apimachinery.pkg.api.resource.Quantity", "quantity"],
  ["io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime", "micro-time"],
] as const) {
  schemas[name] = { type: "string", format };
}

const target = new URL("builtin.generated.json", import.meta.url);
const sorted = Object.fromEntries(Object.entries(schemas).toSorted(([a], [b]) => (a < b ? -1 : 1)));
const text = `${JSON.stringify({ kinds, schemas: sorted })}\n`;
if (mode === undefined) await writeFile(target, text);
else if ((await readFile(target, "utf8")) !== text) {
  throw new Error("builtin.generated.json is not what the release gives: run generate.ts without --check, and look at the difference");
}
