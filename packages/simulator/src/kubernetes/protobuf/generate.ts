/**
 * Writes `messages.generated.json`: the protobuf messages of the built-in kinds, as far as bodies of requests need them, from the
 * `generated.proto` files and the struct tags of Kubernetes' Go sources. A tag says what a field is named in JSON, which the proto
 * files do not.
 *
 * Run: node packages/simulator/src/kubernetes/protobuf/generate.ts <folder> 1.37.2
 * where the folder is `k8s.io` of the Go module cache (see kinds/generate.ts).
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { builtinTypes } from "../kinds/builtin.ts";
import { isScalar, SPECIAL_MESSAGES, type FieldDescription } from "./messages.ts";

const [, , modules, release] = process.argv;
if (modules === undefined || release === undefined) {
  throw new Error("usage: generate.ts <k8s.io folder of the Go module cache> <release, e.g. 1.37.2>");
}
const library = release.replace(/^1/, "0");

const META = "k8s.io.apimachinery.pkg.apis.meta.v1";

interface Package {
  /** Message name → its body. */
  readonly messages: ReadonlyMap<string, string>;
  /** Struct name → field number → name in JSON; empty for a field whose members are written as the message's own. */
  readonly jsonNames: ReadonlyMap<string, ReadonlyMap<number, string>>;
}

const packages = new Map<string, Promise<Package>>();

/** `k8s.io.api.core.v1` is `api@<version>/core/v1`. */
async function readPackage(name: string): Promise<Package> {
  const [module = "", ...path] = name.replace(/^k8s\.io\./, "").split(".");
  const folder = join(modules ?? "", `${module}@v${library}`, ...path);
  const proto = await readFile(join(folder, "generated.proto"), "utf8");
  const sources = (await readdir(folder)).filter((file) => /^types.*\.go$/.test(file) && !file.includes("swagger"));
  const go = (await Promise.all(sources.map((file) => readFile(join(folder, file), "utf8")))).join("\n");
  return {
    messages: new Map([...proto.matchAll(/^message (\w+) \{\n([\s\S]*?)^\}/gm)].map(([, message = "", body = ""]) => [message, body])),
    jsonNames: new Map(
      [...go.matchAll(/^type (\w+) struct \{\n([\s\S]*?)^\}/gm)].map(([, struct = "", body = ""]) => [
        struct,
        new Map(
          [...body.matchAll(/json:"([^",]*)[^"]*"[^\n]* protobuf:"[^,"]+,(\d+)/g)].map(([, json = "", number = ""]) => [
            Number(number),
            json,
          ]),
        ),
      ]),
    ),
  };
}

function packageOf(name: string): Promise<Package> {
  const known = packages.get(name);
  if (known !== undefined) return known;
  const read = readPackage(name);
  packages.set(name, read);
  return read;
}

const described: Record<string, Record<string, FieldDescription>> = {};

const MAP = /^\s+map<string, ([\w.]+)> \w+ = (\d+);/gm;
const FIELD = /^\s+(optional|repeated) ([\w.]+) \w+ = (\d+);/gm;

async function describeMessage(fullName: string): Promise<void> {
  if (fullName in described || SPECIAL_MESSAGES.has(fullName)) return;
  const fields: Record<string, FieldDescription> = {};
  described[fullName] = fields;
  const dot = fullName.lastIndexOf(".");
  const [packageName, name] = [fullName.slice(0, dot), fullName.slice(dot + 1)];
  const { messages, jsonNames } = await packageOf(packageName);
  const body = messages.get(name);
  if (body === undefined) throw new Error(`no message ${fullName}`);
  const resolve = (type: string): string => (isScalar(type) ? type : type.startsWith(".") ? type.slice(1) : `${packageName}.${type}`);
  const add = (number: string, type: string, label: "optional" | "repeated" | "map"): void => {
    const json = jsonNames.get(name)?.get(Number(number));
    if (json === undefined) throw new Error(`${fullName} has no tag for field ${number}`);
    fields[number] = { json, type: resolve(type), label };
  };
  for (const [, type = "", number = ""] of body.matchAll(MAP)) add(number, type, "map");
  for (const [, label, type = "", number = ""] of body.matchAll(FIELD)) add(number, type, label === "repeated" ? "repeated" : "optional");
  for (const { type } of Object.values(fields)) if (!isScalar(type)) await describeMessage(type);
}

/** `v1/ConfigMap` → the name of its message. CustomResourceDefinitions hold free JSON, which their messages write in ways of their own. */
const kinds: Record<string, string> = {};
for (const type of builtinTypes()) {
  const name = typeof type.openApi === "string" ? type.openApi.replace(/^io\.k8s\.api\./, "k8s.io.api.") : "";
  if (name.startsWith("k8s.io.api.")) kinds[`${type.apiVersion}/${type.kind}`] = name;
}
kinds["authorization.k8s.io/v1/SelfSubjectAccessReview"] = "k8s.io.api.authorization.v1.SelfSubjectAccessReview";
kinds["autoscaling/v1/Scale"] = "k8s.io.api.autoscaling.v1.Scale";
for (const name of new Set(Object.values(kinds))) await describeMessage(name);
await describeMessage(`${META}.DeleteOptions`);

const sorted = Object.fromEntries(Object.entries(described).toSorted(([a], [b]) => (a < b ? -1 : 1)));
await writeFile(new URL("messages.generated.json", import.meta.url), `${JSON.stringify({ kinds, messages: sorted })}\n`);
