import { isJsonArray, isJsonObject } from "../json/mod.ts";
import type { Json, JsonObject } from "../json/mod.ts";
import { FileError } from "./files.ts";
import type { FolderReader } from "./files.ts";

/** What many versions have in common: each may name a file instead. */
const SHARED_FIELDS = ["defaults", "values", "valuesSchema", "health"];

/**
 * Replaces the file names in an installer or upgrader by what the files hold: `deployer.manifests`, a hook's `apply.manifests` and `job`,
 * and of an installer what its neighbours may share. Whatever does not have the expected form stays as it is, for the schema to name.
 */
export async function inlineFiles(piece: Json, folder: FolderReader, source: string): Promise<Json> {
  if (!isJsonObject(piece)) return piece;
  const result: { [key: string]: Json } = { ...piece };
  for (const field of SHARED_FIELDS) {
    const file = piece[field];
    if (typeof file === "string") result[field] = await folder.document(file);
  }
  const { deployer, before, after } = piece;
  if (isJsonObject(deployer) && deployer["type"] === "manifests")
    result["deployer"] = await inlineObjects(deployer, folder, `${source}#/deployer`);
  if (isJsonArray(before)) result["before"] = await inlineHooks(before, folder, `${source}#/before`);
  if (isJsonArray(after)) result["after"] = await inlineHooks(after, folder, `${source}#/after`);
  return result;
}

async function inlineHooks(hooks: readonly Json[], folder: FolderReader, source: string): Promise<Json> {
  return Promise.all(
    hooks.map(async (hook, index) => {
      if (!isJsonObject(hook)) return hook;
      if (hook["action"] === "apply") return inlineObjects(hook, folder, `${source}/${index}`);
      if (hook["action"] === "job" && typeof hook["job"] === "string") return { ...hook, job: await folder.document(hook["job"]) };
      return hook;
    }),
  );
}

/**
 * `manifests: [file, {file, when}]` and `objects: [object]`, in this order, become `objects` of templates that know where they come from.
 */
async function inlineObjects(holder: JsonObject, folder: FolderReader, source: string): Promise<JsonObject> {
  const { manifests = [], objects = [], ...rest } = holder;
  if (!isJsonArray(manifests) || !isJsonArray(objects)) return holder;
  const fromFiles = await Promise.all(manifests.map((entry) => readManifest(entry, folder)));
  const inline = objects.map((object, index): Json => (isTemplate(object) ? object : { source: `${source}/objects/${index}`, object }));
  return { ...rest, objects: [...fromFiles.flat(), ...inline] };
}

/** An inline object may already be a template with a condition. */
function isTemplate(value: Json): boolean {
  return isJsonObject(value) && "object" in value && "source" in value;
}

async function readManifest(entry: Json, folder: FolderReader): Promise<readonly Json[]> {
  const { file, when, ...unknown } = typeof entry === "string" ? { file: entry, when: undefined } : isJsonObject(entry) ? entry : {};
  if (typeof file !== "string" || Object.keys(unknown).length > 0) {
    throw new FileError("InvalidField", "a manifest is a file name or {file, when}");
  }
  const documents = await folder.documents(file);
  return documents.map((object, index) => ({ source: `${file}#${index + 1}`, ...(when === undefined ? {} : { when }), object }));
}
