import { isJsonObject, type Json, type JsonObject } from "../json/mod.ts";

/** `x-kubernetes-validations`: a CEL rule on the value where it stands. */
export type ValidationRule = {
  readonly rule: string;
  readonly message?: string;
  readonly messageExpression?: string;
  readonly reason?: string;
  readonly fieldPath?: string;
  readonly optionalOldSelf?: boolean;
};

/**
 * One node of a structural schema: what may stand there, how it is pruned, defaulted, validated and
 * merged. Nodes of the built-in kinds are shared by every cluster of the process and may be cyclic.
 */
export type StructuralSchema = {
  type?: string;
  format?: string;
  nullable?: boolean;
  default?: Json;
  properties?: ReadonlyMap<string, StructuralSchema>;
  additionalProperties?: StructuralSchema | boolean;
  items?: StructuralSchema;
  required?: readonly string[];
  enum?: readonly Json[];
  pattern?: RegExp;
  patternSource?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: boolean;
  exclusiveMaximum?: boolean;
  multipleOf?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  minProperties?: number;
  maxProperties?: number;
  allOf?: readonly StructuralSchema[];
  anyOf?: readonly StructuralSchema[];
  oneOf?: readonly StructuralSchema[];
  not?: StructuralSchema;
  preserveUnknownFields?: boolean;
  intOrString?: boolean;
  embeddedResource?: boolean;
  listType?: "atomic" | "set" | "map";
  listMapKeys?: readonly string[];
  mapType?: "atomic" | "granular";
  /** How a strategic merge patch merges the value: `merge`, `replace`, `retainKeys`. Absent: maps are merged, lists replaced. */
  patchStrategy?: readonly string[];
  /** The member that tells the items of a merged list apart. */
  patchMergeKey?: string;
  validations?: readonly ValidationRule[];
  /** The schema as it was written, where it has rules: CEL types its values by it. */
  source?: JsonObject;
  /** The name of the Go struct that a built-in kind is read into. */
  goStruct?: string;
  /** Go leaves the field out when it is empty (`omitempty`, `omitzero`). */
  goOmit?: boolean;
  /** What Go writes when nothing is said of the field. */
  goZero?: Json;
};

/** Finds the node that a `$ref` names. */
export type ReferenceResolver = (name: string) => StructuralSchema;

function noReferences(name: string): StructuralSchema {
  throw new TypeError(`schema: $ref ${name} is not allowed here`);
}

/**
 * Reads an OpenAPI v3 schema as Kubernetes writes it (a CRD's `openAPIV3Schema`, or a built-in kind's
 * definition with `$ref`s). Unknown keywords are left out; a CRD is checked before (crd validation).
 */
export function parseSchema(source: JsonObject, resolve: ReferenceResolver = noReferences): StructuralSchema {
  const node: StructuralSchema = {};
  fillSchema(node, source, resolve);
  return node;
}

/** As parseSchema, into an existing node: lets a definition refer to itself. */
export function fillSchema(node: StructuralSchema, source: JsonObject, resolve: ReferenceResolver): void {
  const reference = source["$ref"];
  // A `$ref` with siblings is the definition with some keywords laid over it. The definition may not
  // be read yet (it may be the one that refers to itself), so it is inherited, not copied.
  if (typeof reference === "string") Object.setPrototypeOf(node, resolve(reference));

  readString(source, "type", (value) => (node.type = value));
  readString(source, "format", (value) => (node.format = value));
  readBoolean(source, "nullable", (value) => (node.nullable = value));
  if (source["default"] !== undefined) node.default = source["default"];

  const properties = source["properties"];
  if (isJsonObject(properties)) {
    node.properties = new Map(
      Object.entries(properties).flatMap(([name, property]) =>
        isJsonObject(property) ? [[name, parseSchema(property, resolve)] as const] : [],
      ),
    );
  }
  const additional = source["additionalProperties"];
  if (typeof additional === "boolean") node.additionalProperties = additional;
  if (isJsonObject(additional)) node.additionalProperties = parseSchema(additional, resolve);
  if (isJsonObject(source["items"])) node.items = parseSchema(source["items"], resolve);

  readValidation(node, source, resolve);
  readExtensions(node, source);
}

function readValidation(node: StructuralSchema, source: JsonObject, resolve: ReferenceResolver): void {
  const required = source["required"];
  if (Array.isArray(required)) node.required = required.filter((item) => typeof item === "string");
  if (Array.isArray(source["enum"])) node.enum = source["enum"];
  readString(source, "pattern", (value) => {
    node.patternSource = value;
    node.pattern = compilePattern(value);
  });
  for (const keyword of [
    "minimum",
    "maximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
  ] as const) {
    const value = source[keyword];
    if (typeof value === "number") node[keyword] = value;
  }
  for (const keyword of ["exclusiveMinimum", "exclusiveMaximum", "uniqueItems"] as const) {
    readBoolean(source, keyword, (value) => (node[keyword] = value));
  }
  for (const keyword of ["allOf", "anyOf", "oneOf"] as const) {
    const value = source[keyword];
    if (Array.isArray(value)) {
      node[keyword] = value.flatMap((item) => (isJsonObject(item) ? [parseSchema(item, resolve)] : []));
    }
  }
  if (isJsonObject(source["not"])) node.not = parseSchema(source["not"], resolve);
}

function readExtensions(node: StructuralSchema, source: JsonObject): void {
  readBoolean(source, "x-kubernetes-preserve-unknown-fields", (value) => {
    node.preserveUnknownFields = value;
  });
  readBoolean(source, "x-kubernetes-int-or-string", (value) => (node.intOrString = value));
  readBoolean(source, "x-kubernetes-embedded-resource", (value) => (node.embeddedResource = value));

  const listType = source["x-kubernetes-list-type"];
  if (listType === "atomic" || listType === "set" || listType === "map") node.listType = listType;
  const keys = source["x-kubernetes-list-map-keys"];
  if (Array.isArray(keys)) node.listMapKeys = keys.filter((key) => typeof key === "string");
  // Lists of built-in kinds that have no list type say by their strategic merge how they are merged
  // (kube-openapi `getListElementRelationship`).
  const strategy = source["x-kubernetes-patch-strategy"];
  if (typeof strategy === "string") node.patchStrategy = strategy.split(",");
  readString(source, "x-kubernetes-patch-merge-key", (value) => (node.patchMergeKey = value));
  if (listType === undefined && (strategy === "merge" || strategy === "merge,retainKeys")) {
    const key = source["x-kubernetes-patch-merge-key"];
    node.listType = typeof key === "string" ? "map" : "set";
    if (typeof key === "string") node.listMapKeys = [key];
  }
  const mapType = source["x-kubernetes-map-type"];
  if (mapType === "atomic" || mapType === "granular") node.mapType = mapType;

  readBoolean(source, "x-go-omit", (value) => (node.goOmit = value));
  if (source["x-go-zero"] !== undefined) node.goZero = source["x-go-zero"];

  const rules = source["x-kubernetes-validations"];
  if (Array.isArray(rules) && rules.length > 0) {
    node.validations = rules.flatMap(readRule);
    node.source = source;
  }
}

function readRule(source: Json): ValidationRule[] {
  if (!isJsonObject(source) || typeof source["rule"] !== "string") return [];
  const rule: { -readonly [K in keyof ValidationRule]: ValidationRule[K] } = {
    rule: source["rule"],
  };
  for (const keyword of ["message", "messageExpression", "reason", "fieldPath"] as const) {
    const value = source[keyword];
    if (typeof value === "string") rule[keyword] = value;
  }
  if (source["optionalOldSelf"] === true) rule.optionalOldSelf = true;
  return [rule];
}

function readString(source: JsonObject, key: string, found: (value: string) => void): void {
  const value = source[key];
  if (typeof value === "string" && value !== "") found(value);
}

function readBoolean(source: JsonObject, key: string, found: (value: boolean) => void): void {
  const value = source[key];
  if (typeof value === "boolean") found(value);
}

/**
 * A Go (RE2) pattern as a JavaScript one: `\A`, `\z` and a leading `(?i)` are rewritten, the rest of
 * what CRDs use is common to both.
 *
 * @throws SyntaxError for a pattern that JavaScript cannot compile
 */
function compilePattern(pattern: string): RegExp {
  const ignoreCase = pattern.startsWith("(?i)");
  const source = (ignoreCase ? pattern.slice(4) : pattern).replaceAll(String.raw`\A`, "^").replaceAll(String.raw`\z`, "$");
  return new RegExp(source, ignoreCase ? "iu" : "u");
}
