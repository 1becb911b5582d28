import { notImplemented } from "../errors/mod.ts";
import { isJsonObject, type Json } from "../json/mod.ts";

type Segment =
  | { readonly kind: "member"; readonly name: string }
  | { readonly kind: "index"; readonly index: number }
  | { readonly kind: "all" }
  | { readonly kind: "filter"; readonly path: readonly Segment[]; readonly operator: "==" | "!="; readonly value: Json };

const MEMBER = /^\.?((?:[^\s.[\]\\]|\\.)+)/;
const QUOTED = /^\.?\['((?:[^'\\]|\\.)*)'\]/;
const INDEX = /^\[(-?\d+)\]/;
const ALL = /^(?:\[\*\]|\.\*)/;
const FILTER = /^\[\?\(\s*@((?:\.[\w-]+)+)\s*(==|!=)\s*("[^"]*"|'[^']*'|true|false|-?\d+)\s*\)\]/;

/**
 * The simple JSONPaths of printer columns: members, indices, `[*]` and filters by one comparison.
 *
 * @throws ApiError 501 for a path that has more in it
 */
export function parseJsonPath(text: string): (value: Json) => Json | undefined {
  const segments = parseSegments(text, text);
  // Only the first result is ever shown.
  return (value) => evaluate(value, segments)[0];
}

function parseSegments(path: string, whole: string): Segment[] {
  const segments: Segment[] = [];
  let rest = path;
  while (rest !== "") {
    const { segment, length } = parseSegment(rest, whole);
    segments.push(segment);
    rest = rest.slice(length);
  }
  return segments;
}

function parseSegment(rest: string, whole: string): { segment: Segment; length: number } {
  const filter = FILTER.exec(rest);
  if (filter !== null) {
    const [found, path = "", operator, value = ""] = filter;
    return {
      segment: { kind: "filter", path: parseSegments(path, whole), operator: operator === "!=" ? "!=" : "==", value: literal(value) },
      length: found.length,
    };
  }
  const all = ALL.exec(rest);
  if (all !== null) return { segment: { kind: "all" }, length: all[0].length };
  const index = INDEX.exec(rest);
  if (index !== null) return { segment: { kind: "index", index: Number(index[1]) }, length: index[0].length };
  const member = QUOTED.exec(rest) ?? MEMBER.exec(rest);
  if (member === null) throw notImplemented(`printer columns with the JSONPath ${whole}`);
  return { segment: { kind: "member", name: (member[1] ?? "").replaceAll(/\\(.)/g, "$1") }, length: member[0].length };
}

function literal(text: string): Json {
  if (text.startsWith("'") || text.startsWith('"')) return text.slice(1, -1);
  return text === "true" || text === "false" ? text === "true" : Number(text);
}

function evaluate(value: Json, segments: readonly Segment[]): Json[] {
  return segments.reduce<Json[]>((values, segment) => values.flatMap((each) => step(each, segment)), [value]);
}

function step(value: Json, segment: Segment): Json[] {
  switch (segment.kind) {
    case "member": {
      const member = isJsonObject(value) && Object.hasOwn(value, segment.name) ? value[segment.name] : undefined;
      return member === undefined ? [] : [member];
    }
    case "index": {
      const item = Array.isArray(value) ? value.at(segment.index) : undefined;
      return item === undefined ? [] : [item];
    }
    case "all":
      return itemsOf(value);
    case "filter":
      return itemsOf(value).filter((item) => {
        const [found] = evaluate(item, segment.path);
        return found !== undefined && (found === segment.value) === (segment.operator === "==");
      });
  }
}

function itemsOf(value: Json): Json[] {
  if (Array.isArray(value)) return value;
  return isJsonObject(value) ? Object.values(value).filter((member) => member !== undefined) : [];
}
