import { isJsonObject, type Json, type JsonObject } from "../json/mod.ts";
import { deduce, handled, type ListType } from "./merge-type.ts";
import { keyElement, valueElement, type PathElement } from "./path.ts";

/** A value does not fit the schema that it is to be merged by. */
export class MergeTypeError extends Error {
  override readonly name = "MergeTypeError";
}

/**
 * The path element of an item of an associative list: by its keys, or by its value in a set.
 *
 * @throws MergeTypeError for an item without keys, or one that a set cannot hold
 */
export function itemElement(type: ListType, item: Json): PathElement {
  if (type.keys.length > 0) return keyElement(itemKeys(type, item));
  if (isJsonObject(item)) {
    throw new MergeTypeError("associative list without keys has an element that's a map type");
  }
  if (Array.isArray(item)) {
    throw new MergeTypeError("not supported: associative list with lists as elements");
  }
  if (item === null) {
    throw new MergeTypeError("associative list without keys has an element that's an explicit null");
  }
  return valueElement(item);
}

function itemKeys(type: ListType, item: Json): JsonObject {
  if (item === null) {
    throw new MergeTypeError("associative list with keys may not have a null element");
  }
  if (!isJsonObject(item)) {
    throw new MergeTypeError("associative list with keys may not have non-map elements");
  }
  const resolved = handled(deduce(type.element(), item));
  const keys: JsonObject = {};
  for (const name of type.keys) {
    const value = item[name] ?? (resolved.kind === "map" ? resolved.map.defaultOf(name) : undefined);
    if (value !== undefined) keys[name] = value;
  }
  if (Object.keys(keys).length === 0) {
    const names = type.keys.map((name) => JSON.stringify(name)).join(" ");
    throw new MergeTypeError(
      `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`,
    );
  }
  return keys;
}
