import { isJsonObject } from "./model.ts";
import type { Json } from "./model.ts";

/**
 * Applies a JSON merge patch (RFC 7386): objects are merged key by key, null deletes a key, everything else replaces. Neither argument is
 * changed.
 */
export function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isJsonObject(patch)) return patch;
  // A Map, not an object: a key named __proto__ must stay a key.
  const merged = new Map<string, Json>(isJsonObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}
