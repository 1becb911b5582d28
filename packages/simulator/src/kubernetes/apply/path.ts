import { equalJson, isJsonObject, parseJson, type Json, type JsonObject } from "../json/mod.ts";

/**
 * One step into a value, in the notation of `fieldsV1`: `f:name` a field, `k:{"name":"x"}` the list
 * item with these keys, `v:"x"` the list item with this value, `i:0` an index. The text is the
 * identity of the element: keys are written in the order of their names.
 */
export type PathElement = string;
export type Path = readonly PathElement[];

export function fieldElement(name: string): PathElement {
  return `f:${name}`;
}

export function keyElement(keys: JsonObject): PathElement {
  const sorted = Object.entries(keys).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `k:${JSON.stringify(Object.fromEntries(sorted))}`;
}

export function valueElement(value: Json): PathElement {
  return `v:${JSON.stringify(value)}`;
}

/** The canonical text of an element that a client wrote, or undefined when it is none. */
export function parsePathElement(text: string): PathElement | undefined {
  const kind = text.slice(0, 2);
  const rest = text.slice(2);
  switch (kind) {
    case "f:":
      return text;
    case "i:":
      return /^-?\d+$/.test(rest) ? text : undefined;
    case "k:":
    case "v:": {
      const value = tryParse(rest);
      if (value === undefined) return undefined;
      if (kind === "v:") return valueElement(value);
      return isJsonObject(value) ? keyElement(value) : undefined;
    }
    default:
      return undefined;
  }
}

function tryParse(text: string): Json | undefined {
  try {
    return parseJson(text);
  } catch {
    // Not JSON is an answer here: the element is malformed, and the caller refuses it.
    return undefined;
  }
}

/** As structured-merge-diff prints it: `.spec.template.spec.containers[name="web"].image`. */
export function printPath(path: Path): string {
  return path.map(printElement).join("");
}

export function printElement(element: PathElement): string {
  const rest = element.slice(2);
  switch (element.slice(0, 2)) {
    case "f:":
      return `.${rest}`;
    case "k:": {
      const keys = parseJson(rest);
      const parts = isJsonObject(keys) ? Object.entries(keys).map(([name, value]) => `${name}=${JSON.stringify(value)}`) : [];
      return `[${parts.join(",")}]`;
    }
    case "v:":
      return `[=${rest}]`;
    default:
      return `[${rest}]`;
  }
}

const ORDER = "fkvi";

/** The order that structured-merge-diff keeps sets in: fields, keys, values, indexes. */
export function comparePathElements(left: PathElement, right: PathElement): number {
  if (left === right) return 0;
  const kinds = ORDER.indexOf(left.charAt(0)) - ORDER.indexOf(right.charAt(0));
  if (kinds !== 0) return kinds;
  if (left.startsWith("f:")) return left < right ? -1 : 1;
  return compareValues(parseJson(left.slice(2)), parseJson(right.slice(2)));
}

function rank(value: Json): number {
  if (typeof value === "number") return 0;
  if (typeof value === "string") return 1;
  if (typeof value === "boolean") return 2;
  return value === null ? 5 : 3;
}

function compareValues(left: Json, right: Json): number {
  if (equalJson(left, right)) return 0;
  if (isJsonObject(left) && isJsonObject(right)) {
    const lefts = Object.entries(left);
    const rights = Object.entries(right);
    for (const [index, [name, value]] of lefts.entries()) {
      const other = rights[index];
      if (other === undefined) return 1;
      if (name !== other[0]) return name < other[0] ? -1 : 1;
      const order = compareValues(value ?? null, other[1] ?? null);
      if (order !== 0) return order;
    }
    return lefts.length - rights.length;
  }
  const ranks = rank(left) - rank(right);
  if (ranks !== 0) return ranks;
  const [a, b] = typeof left === "number" && typeof right === "number" ? [left, right] : [JSON.stringify(left), JSON.stringify(right)];
  return a < b ? -1 : 1;
}
