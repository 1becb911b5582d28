import { isJsonObject, type Json } from "../json/mod.ts";
import { FieldSetBuilder, type FieldSet } from "./field-set.ts";
import { itemElement } from "./list-item.ts";
import { deduce, handled, type ListType, type MapType, type MergeType } from "./merge-type.ts";
import { fieldElement, type Path } from "./path.ts";

/** Every leaf, list item and free-form member that the value mentions: what its applier owns. */
export function toFieldSet(type: MergeType, value: Json): FieldSet {
  const builder = new FieldSetBuilder();
  visit(type, value, [], builder);
  return builder.build();
}

function visit(type: MergeType, value: Json, path: Path, builder: FieldSetBuilder): void {
  const resolved = handled(deduce(type, value));
  switch (resolved.kind) {
    case "scalar":
      builder.insert(path);
      return;
    case "list":
      visitList(resolved.list, value, path, builder);
      return;
    case "map":
      visitMap(resolved.map, value, path, builder);
  }
}

function visitList(type: ListType, value: Json, path: Path, builder: FieldSetBuilder): void {
  if (!type.associative) {
    builder.insert(path);
    return;
  }
  if (!Array.isArray(value)) return;
  const counts = new Map<string, number>();
  const elements = value.map((item) => itemElement(type, item));
  for (const element of elements) counts.set(element, (counts.get(element) ?? 0) + 1);
  for (const [index, element] of elements.entries()) {
    const itemPath = [...path, element];
    builder.insert(itemPath);
    // Items that share their keys are owned as one: which is which cannot be said.
    if ((counts.get(element) ?? 0) > 1) continue;
    visit(type.element(), value[index] ?? null, itemPath, builder);
  }
}

function visitMap(type: MapType, value: Json, path: Path, builder: FieldSetBuilder): void {
  if (type.atomic) {
    builder.insert(path);
    return;
  }
  if (!isJsonObject(value)) return;
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const childPath = [...path, fieldElement(name)];
    const field = type.field(name);
    const fieldType = field ?? type.element?.();
    if (fieldType !== undefined) visit(fieldType, member, childPath, builder);
    const isEmpty = member === null || (isJsonObject(member) && Object.keys(member).length === 0);
    if (isEmpty || field === undefined) builder.insert(childPath);
  }
}
