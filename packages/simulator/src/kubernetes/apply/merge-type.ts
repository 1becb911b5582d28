import type { Json } from "../json/mod.ts";
import { isJsonObject } from "../json/mod.ts";
import type { StructuralSchema } from "../schema/mod.ts";

export type ScalarType = "numeric" | "string" | "boolean" | "untyped";

export type ListType = {
  readonly associative: boolean;
  /** Empty for a set of scalars. */
  readonly keys: readonly string[];
  readonly element: () => MergeType;
};

export type MapType = {
  readonly atomic: boolean;
  readonly field: (name: string) => MergeType | undefined;
  /** The type of members that are not fields; absent: there are none. */
  readonly element: (() => MergeType) | undefined;
  /** The default of a field, which may stand in for an absent key of a list item. */
  readonly defaultOf: (name: string) => Json | undefined;
};

/**
 * What may stand at a place and how two values of it are merged (structured-merge-diff `schema.Atom`).
 * More than one of the three is set only where the schema does not say which it is.
 */
export type MergeType = {
  readonly scalar?: ScalarType;
  readonly list?: ListType;
  readonly map?: MapType;
};

/** Anything, replaced as a whole. */
const ATOMIC: MergeType = {
  scalar: "untyped",
  list: { associative: false, keys: [], element: () => ATOMIC },
  map: { atomic: true, field: () => undefined, element: () => ATOMIC, defaultOf: () => undefined },
};

/** Anything: maps are merged by their members, lists replaced. */
export const DEDUCED: MergeType = {
  scalar: "untyped",
  list: { associative: false, keys: [], element: () => ATOMIC },
  map: { atomic: false, field: () => undefined, element: () => DEDUCED, defaultOf: () => undefined },
};

const known = new WeakMap<StructuralSchema, MergeType>();
const knownPreserving = new WeakMap<StructuralSchema, MergeType>();

/**
 * The merge type of a schema, by the rules of kube-openapi's `schemaconv`.
 *
 * @param preserving the schema, or one above it, keeps unknown fields
 */
export function mergeTypeOf(schema: StructuralSchema, preserving = false): MergeType {
  const preserves = preserving || schema.preserveUnknownFields === true;
  const cache = preserves ? knownPreserving : known;
  const cached = cache.get(schema);
  if (cached !== undefined) return cached;
  const type = convert(schema, preserves);
  cache.set(schema, type);
  return type;
}

function convert(schema: StructuralSchema, preserves: boolean): MergeType {
  if (schema.intOrString === true) return { scalar: "untyped", ...containers(schema, preserves) };
  switch (schema.type) {
    case "object":
      return { map: mapType(schema, preserves) };
    case "array":
      return { list: listType(schema, preserves) };
    case "integer":
    case "number":
      return { scalar: "numeric" };
    case "boolean":
      return { scalar: "boolean" };
    case "string":
      return {
        scalar: schema.format === undefined || schema.format === "byte" ? "string" : "untyped",
      };
    default:
      return { scalar: "untyped", ...containers(schema, preserves) };
  }
}

function containers(schema: StructuralSchema, preserves: boolean): { list: ListType; map: MapType } {
  return { list: listType(schema, preserves), map: mapType(schema, preserves) };
}

function listType(schema: StructuralSchema, preserves: boolean): ListType {
  const { items } = schema;
  return {
    associative: schema.listType === "set" || schema.listType === "map",
    keys: schema.listType === "map" ? (schema.listMapKeys ?? []) : [],
    element: () => (items === undefined ? ATOMIC : mergeTypeOf(items, preserves)),
  };
}

function mapType(schema: StructuralSchema, preserves: boolean): MapType {
  const { properties, additionalProperties } = schema;
  const isFreeForm = additionalProperties === true || (additionalProperties === undefined && (preserves || (properties?.size ?? 0) === 0));
  const element =
    typeof additionalProperties === "object" ? () => mergeTypeOf(additionalProperties, preserves) : isFreeForm ? () => DEDUCED : undefined;
  return {
    atomic: schema.mapType === "atomic",
    field: (name) => {
      const property = properties?.get(name);
      return property === undefined ? undefined : mergeTypeOf(property, preserves);
    },
    element,
    defaultOf: (name) => properties?.get(name)?.default,
  };
}

/** The one of the type's alternatives that the value is (structured-merge-diff `deduceAtom`). */
export function deduce(type: MergeType, value: Json | undefined): MergeType {
  if (value === undefined || value === null) return type;
  if (Array.isArray(value)) return type.list === undefined ? type : { list: type.list };
  if (isJsonObject(value)) return type.map === undefined ? type : { map: type.map };
  return type.scalar === undefined ? type : { scalar: type.scalar };
}

/** The alternative that is handled when the value does not decide: map, then scalar, then list. */
export function handled(
  type: MergeType,
): { kind: "map"; map: MapType } | { kind: "scalar"; scalar: ScalarType } | { kind: "list"; list: ListType } {
  if (type.map !== undefined) return { kind: "map", map: type.map };
  if (type.scalar !== undefined) return { kind: "scalar", scalar: type.scalar };
  if (type.list !== undefined) return { kind: "list", list: type.list };
  throw new TypeError("a merge type must allow something");
}
