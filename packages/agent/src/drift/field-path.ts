/**
 * Places inside of an object, in the notation of `managedFields` (FieldsV1): `f:<name>` a field, `k:{"name":"x"}` the item of an
 * associative list with that key, `v:"x"` an item of a set. `i:<index>` stands for an item of a list that has no keys. Pure.
 */
import { isFields, type Fields } from "../fields/mod.ts";
import type { KubeObject, ManagedFieldsEntry } from "../kube/mod.ts";

export type FieldPath = readonly string[];

/** The value at a path; undefined where there is none. */
export function valueAtPath(value: unknown, path: FieldPath): unknown {
  let found = value;
  for (const step of path) found = child(found, step);
  return found;
}

/** The same value with another one at a path. Undefined takes the place away; where its parent is not there, nothing changes. */
export function withValueAt(value: unknown, path: FieldPath, placed: unknown): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return placed;
  const before = child(value, step);
  const after = withValueAt(before, rest, placed);
  if (Object.is(before, after)) return value;
  if (Array.isArray(value)) return withItem(value, step, after);
  if (isFields(value)) return withField(value, step.slice(2), after);
  return value;
}

function withField(value: Fields, name: string, placed: unknown): Fields {
  const { [name]: _, ...others } = value;
  return placed === undefined ? others : { ...value, [name]: placed };
}

function withItem(value: readonly unknown[], step: string, placed: unknown): readonly unknown[] {
  const index = indexOf(value, step);
  if (index < 0) return placed === undefined ? value : [...value, placed];
  return placed === undefined ? value.toSpliced(index, 1) : value.with(index, placed);
}

function child(value: unknown, step: string): unknown {
  if (Array.isArray(value)) {
    const index = indexOf(value, step);
    return index < 0 ? undefined : value[index];
  }
  if (!step.startsWith("f:") || !isFields(value)) return undefined;
  const name = step.slice(2);
  return Object.hasOwn(value, name) ? value[name] : undefined;
}

function indexOf(items: readonly unknown[], step: string): number {
  if (step.startsWith("i:")) return Number(step.slice(2)) < items.length ? Number(step.slice(2)) : -1;
  if (step.startsWith("v:")) return items.findIndex((item) => JSON.stringify(item) === step.slice(2));
  const key = keyOf(step);
  return key === undefined ? -1 : items.findIndex((item) => hasKey(item, key));
}

/** The key fields of a `k:` step. */
export function keyOf(step: string): Fields | undefined {
  if (!step.startsWith("k:")) return undefined;
  const key: unknown = JSON.parse(step.slice(2));
  return isFields(key) ? key : undefined;
}

function hasKey(item: unknown, key: Fields): boolean {
  return isFields(item) && Object.entries(key).every(([name, value]) => item[name] === value);
}

/**
 * The path that a JSON Pointer (RFC 6901) into one of some objects stands for. Items of lists are counted in the first object that has the
 * list; which lists are associative is told by the owners of the object's fields. Undefined for a pointer that is none.
 */
export function pathOfPointer(
  pointer: string,
  objects: readonly unknown[],
  managedFields: readonly ManagedFieldsEntry[] | undefined,
): FieldPath | undefined {
  if (!pointer.startsWith("/")) return undefined;
  const path: string[] = [];
  for (const token of pointer.slice(1).split("/").map(unescape)) {
    const values = objects.map((object) => valueAtPath(object, path));
    const list = values.find((value) => Array.isArray(value));
    path.push(list === undefined ? `f:${token}` : itemStep(list, token, keysAt(managedFields, path)));
  }
  return path;
}

function unescape(token: string): string {
  return token.replaceAll("~1", "/").replaceAll("~0", "~");
}

function itemStep(list: readonly unknown[], token: string, steps: readonly string[]): string {
  const index = /^\d{1,9}$/u.test(token) ? Number(token) : list.length;
  const found = steps.find((step) => indexOf(list, step) === index);
  if (found !== undefined) return found;
  // Of an item that nobody owns yet: its key has the fields that the others' keys have.
  const names = steps.map((step) => Object.keys(keyOf(step) ?? {})).find((fields) => fields.length > 0);
  const item = list[index];
  if (names === undefined || !isFields(item)) return `i:${index}`;
  return `k:${JSON.stringify(Object.fromEntries(names.map((name) => [name, item[name]])))}`;
}

/** The items of the list at a path that somebody owns. */
function keysAt(managedFields: readonly ManagedFieldsEntry[] | undefined, path: FieldPath): readonly string[] {
  const steps = (managedFields ?? []).flatMap((entry) => {
    const ownership = ownershipAt(entry.fieldsV1, path);
    return ownership?.of === "place" ? Object.keys(ownership.node) : [];
  });
  return steps.filter((step) => step.startsWith("k:") || step.startsWith("v:"));
}

/** What an owner's fields say of a path: it owns something there, or a value as one piece that the path leads into. */
export type Ownership = { readonly of: "place"; readonly node: Fields } | { readonly of: "piece" };

/** Undefined: the owner has nothing there. */
export function ownershipAt(fields: Fields | undefined, path: FieldPath): Ownership | undefined {
  let node: Fields = fields ?? {};
  for (const [depth, step] of path.entries()) {
    if (depth > 0 && isPiece(node)) return { of: "piece" };
    const next = node[step];
    if (!isFields(next)) return undefined;
    node = next;
  }
  return { of: "place", node };
}

/** Nothing below is told apart. A map of which its owner has no entry is `{".": {}}`. */
function isPiece(node: Fields): boolean {
  return Object.keys(node).length === 0;
}

/** The part of a value that a manager's fields at its place name. */
export function ownedPart(value: unknown, node: Fields): unknown {
  if (isPiece(node)) return value;
  if (Array.isArray(value)) return ownedItems(value, node);
  if (!isFields(value)) return value;
  const part: Record<string, unknown> = {};
  for (const [step, inner] of Object.entries(node)) {
    const field = child(value, step);
    if (step !== "." && field !== undefined && isFields(inner)) part[step.slice(2)] = ownedPart(field, inner);
  }
  return part;
}

function ownedItems(items: readonly unknown[], node: Fields): readonly unknown[] {
  const steps = Object.entries(node).filter(([step]) => step !== ".");
  return items.flatMap((item, index) => {
    const found = steps.find(([step]) => indexOf(items, step) === index);
    if (found === undefined || !isFields(found[1])) return [];
    const part = ownedPart(item, found[1]);
    // An item without its key would be none.
    return [isFields(part) ? { ...part, ...keyOf(found[0]) } : part];
  });
}

/** The entry of what a manager has applied. */
export function appliedBy(object: KubeObject, manager: string): ManagedFieldsEntry | undefined {
  return object.metadata.managedFields?.find(
    (entry) => entry.manager === manager && entry.operation === "Apply" && entry.subresource === undefined,
  );
}
