import { isJsonObject, type Json, type JsonObject } from "../json/mod.ts";
import { FieldSet } from "./field-set.ts";
import { itemElement } from "./list-item.ts";
import { deduce, handled, type MergeType } from "./merge-type.ts";
import { fieldElement } from "./path.ts";

/**
 * The value without the fields and items of the set (structured-merge-diff `RemoveItems`). What is
 * empty afterwards goes as well; atomic lists and maps are never removed in part.
 */
export function removeItems(type: MergeType, value: Json, set: FieldSet): Json | undefined {
  const resolved = handled(deduce(type, value));
  switch (resolved.kind) {
    case "scalar":
      return value;
    case "list": {
      if (!Array.isArray(value) || value.length === 0 || !resolved.list.associative) return undefined;
      const { list } = resolved;
      const kept = value.flatMap((item) => {
        const element = itemElement(list, item);
        if (set.members.has(element)) return [];
        const below = set.below(element);
        const rest = below.isEmpty ? item : removeItems(list.element(), item, below);
        return rest === undefined ? [null] : [rest];
      });
      return kept.length === 0 ? undefined : kept;
    }
    case "map": {
      if (!isJsonObject(value) || resolved.map.atomic) return undefined;
      const kept: JsonObject = {};
      for (const [name, member] of Object.entries(value)) {
        if (member === undefined) continue;
        const element = fieldElement(name);
        if (set.members.has(element)) continue;
        const below = set.below(element);
        const memberType = resolved.map.field(name) ?? resolved.map.element?.();
        if (below.isEmpty || memberType === undefined) {
          kept[name] = member;
          continue;
        }
        // What was emptied stays as null, as the Go walker leaves it; it is dropped when the object
        // is read back.
        kept[name] = removeItems(memberType, member, below) ?? null;
      }
      return Object.keys(kept).length === 0 ? undefined : kept;
    }
  }
}

/**
 * The set with every named field on the way to a member as a member too, so that removing them takes
 * the emptied parents along (`EnsureNamedFieldsAreMembers`).
 */
export function withNamedParents(type: MergeType | undefined, set: FieldSet): FieldSet {
  const members = new Set(set.members);
  const children = new Map<string, FieldSet>();
  const alternatives = type ?? {};
  for (const [element, child] of set.children) {
    let childType: MergeType | undefined;
    if (element.startsWith("f:")) {
      const name = element.slice(2);
      const field = alternatives.map?.field(name);
      childType = field ?? alternatives.map?.element?.();
      // Only fields that the schema names: a free-form member is one already when it is owned.
      if (field !== undefined) members.add(element);
    } else if (element.startsWith("k:")) {
      childType = alternatives.list?.element();
    }
    children.set(element, withNamedParents(childType, child));
  }
  return new FieldSet(members, children);
}
