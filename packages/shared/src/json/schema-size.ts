import { isJsonArray, isJsonObject } from "./model.ts";
import type { Json, JsonObject } from "./model.ts";

/**
 * How many values a schema has when every reference is replaced by what it refers to. A few lines whose references fan out can stand for
 * millions, and a validator visits them all; a reference that leads back into itself counts once.
 */
export function unfoldedSize(root: JsonObject): number {
  const sizes = new Map<object, number>();

  function sizeOf(value: Json): number {
    if (typeof value !== "object" || value === null) return 1;
    const known = sizes.get(value);
    if (known !== undefined) return known;
    // Until it is known: what a cycle back to it counts.
    sizes.set(value, 1);
    let size = 1;
    for (const item of isJsonArray(value) ? value : Object.values(value)) size += sizeOf(item);
    const reference = isJsonObject(value) ? value["$ref"] : undefined;
    const target = typeof reference === "string" ? resolveReference(root, reference) : undefined;
    if (target !== undefined) size += sizeOf(target);
    sizes.set(value, size);
    return size;
  }

  return sizeOf(root);
}

/** The subschema that a local reference (`#/…`) points to. */
export function resolveReference(root: JsonObject, reference: string): JsonObject | undefined {
  if (!reference.startsWith("#")) return undefined;
  let place: Json | undefined = root;
  for (const token of reference.slice(1).split("/").slice(1)) {
    const key: string = token.replaceAll("~1", "/").replaceAll("~0", "~");
    if (isJsonArray(place)) place = place[Number(key)];
    else if (isJsonObject(place) && Object.hasOwn(place, key)) place = place[key];
    else return undefined;
  }
  return isJsonObject(place) ? place : undefined;
}
