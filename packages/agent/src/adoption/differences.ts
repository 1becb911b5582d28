/** JSON values compared. Pure. */
import { isDeepStrictEqual } from "node:util";
import { isJsonObject, type Json, type JsonObject } from "@portolan/shared/json";

/** Names of members, from the outermost one. */
export type Path = readonly string[];

/** The least JSON merge patch that makes `to` of `from`, where no member of `to` is null. */
export function differenceOf(from: Json, to: Json): JsonObject {
  const [before, after] = [isJsonObject(from) ? from : {}, isJsonObject(to) ? to : {}];
  const patch: Record<string, Json> = {};
  for (const name of Object.keys(before)) if (!Object.hasOwn(after, name)) patch[name] = null;
  for (const [name, value] of Object.entries(after)) {
    const old = Object.hasOwn(before, name) ? before[name] : undefined;
    if (isDeepStrictEqual(old, value)) continue;
    patch[name] = isJsonObject(value) && isJsonObject(old) ? differenceOf(old, value) : value;
  }
  return patch;
}

/** Every value that is no object, with its place. */
export function leavesOf(value: Json, path: Path = []): readonly { readonly path: Path; readonly value: Json }[] {
  if (!isJsonObject(value)) return [{ path, value }];
  return Object.entries(value).flatMap(([name, member]) => leavesOf(member, [...path, name]));
}

export function withValueAt(object: JsonObject, [name, ...rest]: Path, value: Json): JsonObject {
  if (name === undefined) return object;
  const member = Object.hasOwn(object, name) ? object[name] : undefined;
  return { ...object, [name]: rest.length === 0 ? value : withValueAt(isJsonObject(member) ? member : {}, rest, value) };
}

export function valueAt(value: Json | undefined, path: Path): Json | undefined {
  let found = value;
  for (const name of path) found = isJsonObject(found) && Object.hasOwn(found, name) ? found[name] : undefined;
  return found;
}
