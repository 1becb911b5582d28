import { equalJson, isJsonObject, ownMember, type Json } from "../json/mod.ts";
import { FieldSetBuilder, type FieldSet } from "./field-set.ts";
import { itemElement } from "./list-item.ts";
import { deduce, handled, type ListType, type MapType, type MergeType } from "./merge-type.ts";
import { fieldElement, type Path } from "./path.ts";

/** How the right value differs from the left one. No path is in more than one of the sets. */
export type Comparison = {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
};

/** structured-merge-diff `TypedValue.Compare`. */
export function compare(type: MergeType, left: Json, right: Json): Comparison {
  const walk: Walk = {
    added: new FieldSetBuilder(),
    modified: new FieldSetBuilder(),
    removed: new FieldSetBuilder(),
  };
  visit(walk, type, left, right, []);
  return {
    added: walk.added.build(),
    modified: walk.modified.build(),
    removed: walk.removed.build(),
  };
}

type Walk = {
  readonly added: FieldSetBuilder;
  readonly modified: FieldSetBuilder;
  readonly removed: FieldSetBuilder;
};

function sameAlternative(left: MergeType, right: MergeType): boolean {
  return (
    (left.map === undefined) === (right.map === undefined) &&
    (left.scalar === undefined) === (right.scalar === undefined) &&
    (left.list === undefined) === (right.list === undefined)
  );
}

function visit(walk: Walk, type: MergeType, left: Json | undefined, right: Json | undefined, path: Path): void {
  const leftType = deduce(type, left);
  const rightType = deduce(type, right);
  let isLeaf: boolean;
  if (right === undefined) {
    isLeaf = visitAs(walk, leftType, left, right, path);
  } else if (left === undefined || sameAlternative(leftType, rightType)) {
    isLeaf = visitAs(walk, rightType, left, right, path);
  } else {
    visitAs(walk, leftType, left, right, path);
    isLeaf = visitAs(walk, rightType, left, right, path);
  }
  if (isLeaf) return;
  if (left === undefined) walk.added.insert(path);
  else if (right === undefined) walk.removed.insert(path);
}

/** True when the place was compared as one leaf. */
function visitAs(walk: Walk, type: MergeType, left: Json | undefined, right: Json | undefined, path: Path): boolean {
  const resolved = handled(type);
  switch (resolved.kind) {
    case "scalar":
      return visitLeaf(walk, left, right, path);
    case "list":
      return visitList(walk, resolved.list, left, right, path);
    case "map":
      return visitMap(walk, resolved.map, left, right, path);
  }
}

function visitLeaf(walk: Walk, left: Json | undefined, right: Json | undefined, path: Path): boolean {
  if (left === undefined) walk.added.insert(path);
  else if (right === undefined) walk.removed.insert(path);
  else if (!equalJson(left, right)) walk.modified.insert(path);
  return true;
}

function visitMap(walk: Walk, type: MapType, left: Json | undefined, right: Json | undefined, path: Path): boolean {
  const lefts = isJsonObject(left) ? left : {};
  const rights = isJsonObject(right) ? right : {};
  const names = new Set([...Object.keys(lefts), ...Object.keys(rights)]);
  // Two empty maps are a leaf, so that null and {} stay apart.
  if (type.atomic || names.size === 0) return visitLeaf(walk, left, right, path);
  for (const name of names) {
    const [leftMember, rightMember] = [ownMember(lefts, name), ownMember(rights, name)];
    const memberType = type.field(name) ?? type.element?.();
    if (memberType === undefined || (leftMember === undefined && rightMember === undefined)) continue;
    visit(walk, memberType, leftMember, rightMember, [...path, fieldElement(name)]);
  }
  return false;
}

function itemsByElement(type: ListType, items: readonly Json[]): Map<string, Json[]> {
  const grouped = new Map<string, Json[]>();
  for (const item of items) {
    const element = itemElement(type, item);
    const same = grouped.get(element);
    if (same === undefined) grouped.set(element, [item]);
    else same.push(item);
  }
  return grouped;
}

function visitList(walk: Walk, type: ListType, left: Json | undefined, right: Json | undefined, path: Path): boolean {
  const lefts = Array.isArray(left) ? left : [];
  const rights = Array.isArray(right) ? right : [];
  if (!type.associative || (lefts.length === 0 && rights.length === 0)) {
    return visitLeaf(walk, left, right, path);
  }
  const leftItems = itemsByElement(type, lefts);
  const rightItems = itemsByElement(type, rights);
  for (const element of new Set([...leftItems.keys(), ...rightItems.keys()])) {
    const itemPath = [...path, element];
    const before = leftItems.get(element) ?? [];
    const after = rightItems.get(element) ?? [];
    if (before.length <= 1 && after.length <= 1) {
      visit(walk, type.element(), before[0], after[0], itemPath);
    } else if (before.length >= 2 && after.length >= 2) {
      if (!equalJson(before, after)) walk.modified.insert(itemPath);
    } else if (before.length >= 2) {
      if (after[0] !== undefined) visit(walk, type.element(), undefined, after[0], itemPath);
      walk.removed.insert(itemPath);
    } else {
      if (before[0] !== undefined) visit(walk, type.element(), before[0], undefined, itemPath);
      walk.added.insert(itemPath);
    }
  }
  return false;
}
