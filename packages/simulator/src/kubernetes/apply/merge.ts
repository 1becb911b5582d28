import { isJsonObject, ownMember, type Json, type JsonObject } from "../json/mod.ts";
import { itemElement } from "./list-item.ts";
import { deduce, handled, type ListType, type MapType, type MergeType } from "./merge-type.ts";

/**
 * Lays the right value over the left one (structured-merge-diff `TypedValue.Merge`): nothing is
 * removed, leaves come from the right, and items of associative lists keep the left's order where
 * the right does not change it.
 */
export function merge(type: MergeType, left: Json, right: Json): Json | undefined {
  return visit(type, left, right);
}

function visit(type: MergeType, left: Json | undefined, right: Json | undefined): Json | undefined {
  const resolved = handled(right === undefined ? deduce(type, left) : deduce(type, right));
  switch (resolved.kind) {
    case "scalar":
      return right === undefined ? left : right;
    case "list":
      return mergeLists(resolved.list, left, right);
    case "map":
      return mergeMaps(resolved.map, left, right);
  }
}

function mergeMaps(type: MapType, left: Json | undefined, right: Json | undefined): Json | undefined {
  const lefts = isJsonObject(left) ? left : {};
  const rights = isJsonObject(right) ? right : {};
  const names = new Set([...Object.keys(lefts), ...Object.keys(rights)]);
  if (type.atomic || names.size === 0) return right === undefined ? left : right;
  const merged: JsonObject = {};
  for (const name of names) {
    const memberType = type.field(name) ?? type.element?.();
    if (memberType === undefined || (ownMember(lefts, name) === undefined && ownMember(rights, name) === undefined)) {
      continue;
    }
    const member = visit(memberType, ownMember(lefts, name), ownMember(rights, name));
    if (member !== undefined) merged[name] = member;
  }
  return Object.keys(merged).length === 0 ? undefined : merged;
}

function mergeLists(type: ListType, left: Json | undefined, right: Json | undefined): Json | undefined {
  const lefts = Array.isArray(left) ? left : [];
  const rights = Array.isArray(right) ? right : [];
  if (!type.associative || (lefts.length === 0 && rights.length === 0)) {
    return right === undefined ? left : right;
  }
  const merged = mergeItems(type, lefts, rights);
  return merged.length === 0 ? undefined : merged;
}

/**
 * Interleaves the two lists: shared items stand in the right's order, the left's own items stay where
 * they were between them (structured-merge-diff `visitListItems`).
 */
function mergeItems(type: ListType, lefts: readonly Json[], rights: readonly Json[]): Json[] {
  const leftElements = lefts.map((item) => itemElement(type, item));
  const rightElements = rights.map((item) => itemElement(type, item));
  const leftByElement = new Map<string, Json>();
  for (const [index, element] of leftElements.entries()) {
    // Duplicated items cannot be merged with the new one: it takes their place.
    leftByElement.set(element, leftByElement.has(element) ? null : (lefts[index] ?? null));
  }
  const rightByElement = new Map(rightElements.map((element, index) => [element, rights[index] ?? null]));
  const shared = rightElements.filter((element) => leftByElement.has(element));
  let nextShared = shared.shift();

  const merged: Json[] = [];
  const done = new Set<string>();
  const take = (left: Json | undefined, right: Json | undefined): void => {
    const item = visit(type.element(), left, right);
    if (item !== undefined) merged.push(item);
  };

  let l = 0;
  let r = 0;
  while (l < leftElements.length || r < rightElements.length) {
    const leftElement = leftElements[l];
    const rightElement = rightElements[r];
    if (leftElement !== undefined && rightElement !== undefined) {
      if (leftElement === rightElement) {
        done.add(leftElement);
        take(leftByElement.get(leftElement), rightByElement.get(leftElement));
        l += 1;
        r += 1;
        nextShared = shared.shift();
        continue;
      }
      const isShared = rightByElement.has(leftElement);
      if (isShared && nextShared !== undefined && nextShared !== leftElement) {
        // A shared item, but not the one whose turn it is.
        l += 1;
        continue;
      }
    }
    if (leftElement !== undefined) {
      if (!rightByElement.has(leftElement)) {
        take(lefts[l], undefined);
        l += 1;
        continue;
      }
      if (done.has(leftElement)) l += 1;
    }
    if (rightElement !== undefined) {
      done.add(rightElement);
      take(leftByElement.get(rightElement), rightByElement.get(rightElement));
      r += 1;
      if (nextShared === rightElement) nextShared = shared.shift();
    }
  }
  return merged;
}
