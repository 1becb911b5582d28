import { cloneJson, isJsonObject, type Json, type JsonObject } from "../json/mod.ts";

/** RFC 7386: the target with the patch merged in; null members of the patch remove. */
export function applyMergePatch(target: Json | undefined, patch: Json): Json {
  if (!isJsonObject(patch)) return cloneJson(patch);
  const result: JsonObject = isJsonObject(target) ? { ...target } : {};
  for (const [key, member] of Object.entries(patch)) {
    if (member === undefined) continue;
    if (member === null) delete result[key];
    else result[key] = applyMergePatch(result[key], member);
  }
  return result;
}
