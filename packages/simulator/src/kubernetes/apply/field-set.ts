import { isJsonObject, type JsonObject } from "../json/mod.ts";
import { comparePathElements, parsePathElement, type Path, type PathElement } from "./path.ts";

/**
 * A set of paths, kept as a tree (structured-merge-diff `fieldpath.Set`): `members` are the paths of
 * length one, `children` the longer ones by their first element. Sets are values: every operation
 * gives a new one and may share subtrees.
 */
export class FieldSet {
  static readonly empty = new FieldSet(new Set(), new Map());

  readonly members: ReadonlySet<PathElement>;
  readonly children: ReadonlyMap<PathElement, FieldSet>;

  constructor(members: ReadonlySet<PathElement>, children: ReadonlyMap<PathElement, FieldSet>) {
    this.members = members;
    this.children = children;
  }

  static of(...paths: Path[]): FieldSet {
    const builder = new FieldSetBuilder();
    for (const path of paths) builder.insert(path);
    return builder.build();
  }

  get isEmpty(): boolean {
    if (this.members.size > 0) return false;
    for (const child of this.children.values()) if (!child.isEmpty) return false;
    return true;
  }

  has(path: Path): boolean {
    const [first, ...rest] = path;
    if (first === undefined) return false;
    if (rest.length === 0) return this.members.has(first);
    return this.children.get(first)?.has(rest) ?? false;
  }

  /** The paths that start with the element, without it. */
  below(element: PathElement): FieldSet {
    return this.children.get(element) ?? FieldSet.empty;
  }

  union(other: FieldSet): FieldSet {
    if (other.isEmpty) return this;
    if (this.isEmpty) return other;
    const children = new Map(this.children);
    for (const [element, child] of other.children) {
      const own = children.get(element);
      children.set(element, own === undefined ? child : own.union(child));
    }
    return new FieldSet(this.members.union(other.members), children);
  }

  intersection(other: FieldSet): FieldSet {
    const children = new Map<PathElement, FieldSet>();
    for (const [element, child] of this.children) {
      const theirs = other.children.get(element);
      const both = theirs === undefined ? FieldSet.empty : child.intersection(theirs);
      if (!both.isEmpty) children.set(element, both);
    }
    return new FieldSet(this.members.intersection(other.members), children);
  }

  difference(other: FieldSet): FieldSet {
    const children = new Map<PathElement, FieldSet>();
    for (const [element, child] of this.children) {
      const theirs = other.children.get(element);
      const rest = theirs === undefined ? child : child.difference(theirs);
      if (!rest.isEmpty) children.set(element, rest);
    }
    return new FieldSet(this.members.difference(other.members), children);
  }

  /** As difference, and a member of the other set takes everything below it along. */
  recursiveDifference(other: FieldSet): FieldSet {
    const children = new Map<PathElement, FieldSet>();
    for (const [element, child] of this.children) {
      if (other.members.has(element)) continue;
      const theirs = other.children.get(element);
      const rest = theirs === undefined ? child : child.recursiveDifference(theirs);
      if (!rest.isEmpty) children.set(element, rest);
    }
    return new FieldSet(this.members.difference(other.members), children);
  }

  equals(other: FieldSet): boolean {
    return (
      this.members.size === other.members.size &&
      this.members.isSubsetOf(other.members) &&
      this.children.size === other.children.size &&
      [...this.children].every(([element, child]) => {
        const theirs = other.children.get(element);
        return theirs !== undefined && child.equals(theirs);
      })
    );
  }

  /** Every path, parents before what is below them, in the order that Kubernetes lists conflicts in. */
  *paths(prefix: Path = []): Generator<Path> {
    for (const element of [...this.members].toSorted(comparePathElements)) {
      yield [...prefix, element];
    }
    const sorted = [...this.children].toSorted(([a], [b]) => comparePathElements(a, b));
    for (const [element, child] of sorted) yield* child.paths([...prefix, element]);
  }
}

/** Collects paths; the set that comes out shares nothing with the builder. */
export class FieldSetBuilder {
  readonly #members = new Set<PathElement>();
  readonly #children = new Map<PathElement, FieldSetBuilder>();

  insert(path: Path, depth = 0): void {
    const element = path[depth];
    // Nobody owns "the entire object": the empty path is no member.
    if (element === undefined) return;
    if (depth === path.length - 1) this.#members.add(element);
    else this.#descend(element).insert(path, depth + 1);
  }

  #descend(element: PathElement): FieldSetBuilder {
    const existing = this.#children.get(element);
    if (existing !== undefined) return existing;
    const created = new FieldSetBuilder();
    this.#children.set(element, created);
    return created;
  }

  build(): FieldSet {
    const children = new Map<PathElement, FieldSet>();
    for (const [element, child] of this.#children) children.set(element, child.build());
    return new FieldSet(new Set(this.#members), children);
  }
}

/** A set in the notation of `managedFields[].fieldsV1`. */
export function fieldSetToJson(set: FieldSet): JsonObject {
  const result: JsonObject = {};
  const elements = [...new Set([...set.members, ...set.children.keys()])].toSorted(comparePathElements);
  for (const element of elements) {
    const child = set.children.get(element);
    const below = child === undefined || child.isEmpty ? {} : fieldSetToJson(child);
    const isMember = set.members.has(element);
    if (!isMember && Object.keys(below).length === 0) continue;
    // A leaf is written `{}`; a member that also has paths below it says so with `.`.
    result[element] = isMember && Object.keys(below).length > 0 ? { ".": {}, ...below } : below;
  }
  return result;
}

/**
 * Reads `fieldsV1`.
 *
 * @throws TypeError for an element that is none of the notation's
 */
export function fieldSetFromJson(json: JsonObject): FieldSet {
  const members = new Set<PathElement>();
  const children = new Map<PathElement, FieldSet>();
  for (const [text, below] of Object.entries(json)) {
    if (text === ".") continue;
    const element = parsePathElement(text);
    if (element === undefined) throw new TypeError(`not a path element of fieldsV1: ${text}`);
    if (!isJsonObject(below) || Object.keys(below).length === 0) {
      members.add(element);
      continue;
    }
    if ("." in below) members.add(element);
    const child = fieldSetFromJson(below);
    if (!child.isEmpty) children.set(element, child);
  }
  return new FieldSet(members, children);
}
