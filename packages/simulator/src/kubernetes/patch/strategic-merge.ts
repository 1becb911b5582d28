import { badRequest, serverError } from "../errors/mod.ts";
import { cloneJson, equalJson, isJsonObject, type Json, type JsonObject } from "../json/mod.ts";
import type { StructuralSchema } from "../schema/mod.ts";

const DIRECTIVE = "$patch";
const RETAIN_KEYS = "$retainKeys";
const ELEMENT_ORDER = "$setElementOrder/";
const DELETE_FROM_LIST = "$deleteFromPrimitiveList/";

/**
 * A strategic merge patch: lists are merged by the merge keys that the schema names, and directives in the patch delete, replace
 * and order (apimachinery `strategicpatch.StrategicMergeMapPatch`). The given values stay as they are.
 *
 * @throws ApiError BadRequest for a patch that is not well formed, or 500 with the words of the real server
 */
export function applyStrategicMergePatch(target: Json, patch: Json, schema: StructuralSchema): Json {
  if (!isJsonObject(patch)) throw badRequest("json: cannot unmarshal array into Go value of type map[string]interface {}");
  return mergeMap(isJsonObject(target) ? cloneJson(target) : {}, cloneJson(patch), schema);
}

/** The schema of a member: of a field, or of any member of a map. */
function memberSchema(schema: StructuralSchema | undefined, name: string): StructuralSchema | undefined {
  const property = schema?.properties?.get(name);
  if (property !== undefined) return property;
  return typeof schema?.additionalProperties === "object" ? schema.additionalProperties : undefined;
}

/** `retainKeys` only says that clients send a directive; the other strategy says how values are merged. */
function strategyOf(schema: StructuralSchema | undefined): string | undefined {
  return schema?.patchStrategy?.find((strategy) => strategy !== "retainKeys");
}

function mergeMap(original: JsonObject, patch: JsonObject, schema: StructuralSchema | undefined): JsonObject {
  const directive = patch[DIRECTIVE];
  if (directive === "replace") return without(patch, DIRECTIVE);
  if (directive === "delete") return {};
  if (directive !== undefined) throw unknownDirective(directive);
  const members = { ...patch };
  const result = retained({ ...original }, members);
  mergeOrderedLists(result, members, schema);
  for (const [key, value] of Object.entries(members)) {
    if (value !== undefined) mergeMember(result, key, value, schema);
  }
  return result;
}

function mergeMember(result: JsonObject, key: string, value: Json, schema: StructuralSchema | undefined): void {
  const isDeletion = key.startsWith(DELETE_FROM_LIST);
  const name = isDeletion ? key.slice(DELETE_FROM_LIST.length) : key;
  const current = result[name];
  if (value === null) {
    delete result[name];
    return;
  }
  const child = memberSchema(schema, name);
  if (isJsonObject(current) && isJsonObject(value)) {
    result[name] = strategyOf(child) === "replace" ? value : mergeMap(current, value, child);
    return;
  }
  if (Array.isArray(current) && Array.isArray(value)) {
    result[name] = isDeletion ? removedFrom(current, value) : mergedList(current, value, child);
    return;
  }
  if (isDeletion) return;
  const added = withoutDirectives(withoutNulls(value));
  if (added === undefined) delete result[name];
  else result[name] = added;
}

/** `$retainKeys` clears what it does not name. It is taken out of the patch. */
function retained(result: JsonObject, patch: JsonObject): JsonObject {
  const keys = patch[RETAIN_KEYS];
  if (keys === undefined) return result;
  delete patch[RETAIN_KEYS];
  if (!Array.isArray(keys)) throw badRetainKeys();
  for (const [key, value] of Object.entries(patch)) {
    const isParallel = key.startsWith(DELETE_FROM_LIST) || key.startsWith(ELEMENT_ORDER);
    if (value !== null && !isParallel && !keys.includes(key)) throw badRetainKeys();
  }
  for (const key of Object.keys(result)) {
    if (!keys.includes(key)) delete result[key];
  }
  return result;
}

/** Lists that come with their wanted order: merged and ordered, and both taken out of the patch. */
function mergeOrderedLists(result: JsonObject, patch: JsonObject, schema: StructuralSchema | undefined): void {
  for (const [key, order] of Object.entries(patch)) {
    if (!key.startsWith(ELEMENT_ORDER)) continue;
    delete patch[key];
    const name = key.slice(ELEMENT_ORDER.length);
    const [current, given] = [result[name], patch[name]];
    if (!Array.isArray(order) || !isListOrAbsent(current) || !isListOrAbsent(given)) throw badOrder();
    const child = memberSchema(schema, name);
    const mergeKey = child?.patchMergeKey;
    checkOrder(given ?? [], order, mergeKey);
    if (current === undefined && given === undefined) continue;
    const merged =
      given === undefined ? (current ?? []) : current === undefined ? listWithoutDirectives(given) : mergedList(current, given, child);
    result[name] = ordered(merged, order, current ?? [], mergeKey);
    delete patch[name];
  }
}

function isListOrAbsent(value: Json | undefined): value is Json[] | undefined {
  return value === undefined || Array.isArray(value);
}

/** What the patch adds or changes stands in its order list, in that order. */
function checkOrder(given: readonly Json[], order: readonly Json[], mergeKey: string | undefined): void {
  if (given.length === 0 || order.length === 0) return;
  const kept = given.filter((item) => !isJsonObject(item) || item[DIRECTIVE] === undefined);
  let next = 0;
  for (const item of order) {
    if (next < kept.length && sameItem(kept[next], item, mergeKey)) next += 1;
  }
  if (next < kept.length) {
    throw serverError(
      `The order in patch list:\n${JSON.stringify(given)}\n doesn't match $setElementOrder list:\n${JSON.stringify(order)}\n`,
    );
  }
}

function mergedList(original: readonly Json[], patch: readonly Json[], schema: StructuralSchema | undefined): Json[] {
  if (strategyOf(schema) !== "merge") return [...patch];
  if (original.length === 0 && patch.length === 0) return [];
  const first = original[0] ?? patch[0];
  if (!isJsonObject(first)) {
    const all = [...original, ...patch];
    const unique = all.filter((item, index) => all.findIndex((other) => equalJson(other, item)) === index);
    return ordered(unique, patch, original, undefined);
  }
  const mergeKey = schema?.patchMergeKey;
  if (mergeKey === undefined) throw serverError(`cannot merge lists without merge key for ${schema?.goStruct ?? "a list"}`);
  const { kept, changes } = withSpecialElements(original, patch, mergeKey);
  const merged = [...kept];
  for (const change of changes) {
    const key = mergeKeyValue(change, mergeKey);
    const index = merged.findIndex((item) => isJsonObject(item) && equalJson(item[mergeKey] ?? null, key));
    const current = merged[index];
    if (isJsonObject(current)) merged[index] = mergeMap(current, change, schema?.items);
    else merged.push(change);
  }
  return ordered(merged, changes, kept, mergeKey);
}

/** Elements with a directive delete others, or replace the list as a whole. */
function withSpecialElements(
  original: readonly Json[],
  patch: readonly Json[],
  mergeKey: string,
): { kept: readonly Json[]; changes: readonly JsonObject[] } {
  let kept = original;
  let replaces = false;
  const changes: JsonObject[] = [];
  for (const item of patch) {
    if (!isJsonObject(item)) throw serverError("invalid JSON document: a list holds values of several types");
    switch (item[DIRECTIVE]) {
      case undefined:
        changes.push(item);
        break;
      case "delete": {
        const key = mergeKeyValue(item, mergeKey);
        kept = kept.filter((other) => !isJsonObject(other) || !equalJson(other[mergeKey] ?? null, key));
        break;
      }
      case "replace":
        replaces = true;
        break;
      case "merge":
        throw serverError("merging lists cannot yet be specified in the patch");
      default:
        throw unknownDirective(item[DIRECTIVE]);
    }
  }
  return replaces ? { kept: [], changes } : { kept, changes };
}

function mergeKeyValue(item: JsonObject, mergeKey: string): Json {
  const value = item[mergeKey];
  if (value === undefined) throw serverError(`map: ${JSON.stringify(item)} does not contain declared merge key: ${mergeKey}`);
  return value;
}

/**
 * The items that the patch names in its order, between the others, which keep theirs: an item of the server stays before those that
 * it stood before.
 */
function ordered(merged: readonly Json[], order: readonly Json[], serverOrder: readonly Json[], mergeKey: string | undefined): Json[] {
  const place = (list: readonly Json[], item: Json): number => list.findIndex((other) => sameItem(other, item, mergeKey));
  const byPlaceIn = (list: readonly Json[], items: readonly Json[]): Json[] => items.toSorted((a, b) => place(list, a) - place(list, b));
  const named = byPlaceIn(
    order,
    merged.filter((item) => place(order, item) >= 0),
  );
  const others = byPlaceIn(
    serverOrder,
    merged.filter((item) => place(order, item) < 0),
  );
  const result: Json[] = [];
  while (named.length > 0 || others.length > 0) {
    const [other, ours] = [others[0], named[0]];
    const takesOther = other !== undefined && (ours === undefined || isBefore(place(serverOrder, other), place(serverOrder, ours)));
    const next = takesOther ? others.shift() : named.shift();
    if (next !== undefined) result.push(next);
  }
  return result;
}

/** Known places only: what the server does not have stands before what it has. */
function isBefore(place: number, other: number): boolean {
  return place >= 0 && other >= 0 && place < other;
}

function sameItem(left: Json | undefined, right: Json | undefined, mergeKey: string | undefined): boolean {
  if (left === undefined || right === undefined) return false;
  if (mergeKey === undefined || !isJsonObject(left) || !isJsonObject(right)) return equalJson(left, right);
  return equalJson(left[mergeKey] ?? null, right[mergeKey] ?? null);
}

function removedFrom(list: readonly Json[], removed: readonly Json[]): Json[] {
  return list.filter((item) => !removed.some((other) => equalJson(other, item)));
}

function without(value: JsonObject, name: string): JsonObject {
  const { [name]: _, ...rest } = value;
  return rest;
}

function withoutNulls(value: Json): Json {
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]) => (member === null || member === undefined ? [] : [[name, withoutNulls(member)]])),
  );
}

function listWithoutDirectives(list: readonly Json[]): Json[] {
  return list.flatMap((item) => {
    const kept = withoutDirectives(item);
    return kept === undefined ? [] : [kept];
  });
}

/** What was only there to be merged with something is nothing by itself. */
function withoutDirectives(value: Json): Json | undefined {
  if (Array.isArray(value)) return listWithoutDirectives(value);
  if (!isJsonObject(value)) return value;
  if (value[DIRECTIVE] !== undefined) return undefined;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, member]): [string, Json][] => {
      const kept = member === undefined ? undefined : withoutDirectives(member);
      return kept === undefined ? [] : [[name, kept]];
    }),
  );
}

function unknownDirective(directive: Json | undefined): Error {
  return serverError(`unknown patch type: ${JSON.stringify(directive)}`);
}

function badRetainKeys(): Error {
  return badRequest("invalid patch format of retainKeys");
}

function badOrder(): Error {
  return badRequest("invalid patch format of setElementOrder list");
}
