import { listNearest } from "@portolan/shared/names";

/** One requirement of a field selector; all must hold. */
export interface FieldRequirement {
  readonly field: string;
  readonly operator: "Equals" | "NotEquals";
  readonly value: string;
}

/** A parsed field selector: the conjunction of its requirements; an empty one selects everything. */
export type FieldSelector = readonly FieldRequirement[];

/** The fields that things of one kind are selected by, and how each is read; undefined: the thing does not have it. */
export type SelectableFields<T> = { readonly [field: string]: (thing: T) => string | undefined };

/** The text is not a field selector, or names a field that cannot be selected by. */
export class FieldSelectorError extends Error {
  readonly code = "InvalidFieldSelector";

  constructor(selector: string, problem: string) {
    super(`field selector ${JSON.stringify(selector)}: ${problem}`);
    this.name = "FieldSelectorError";
  }
}

/** A backslash escapes what comes after it. The operator is the first one: `a=b=c` asks for the value `b=c` only when it is written `a=b\=c`. */
const REQUIREMENT = /^\s*(?<field>[A-Za-z][A-Za-z0-9.]*)\s*(?<operator>==|!=|=)(?<value>(?:[^\\,=]|\\[\\,=])*)$/u;
const BETWEEN = /(?:[^\\,]|\\.?)+/gsu;

/**
 * Parses a field selector in the syntax of Kubernetes: `a=b,c==d,e!=f`. In values `\`, `,` and `=` are written `\\`, `\,` and `\=`.
 *
 * @param fields what may be selected by
 *
 * @throws FieldSelectorError naming the part that is wrong, or the fields that there are, the nearest first.
 */
export function parseFieldSelector(text: string, fields: Iterable<string>): FieldSelector {
  const known = new Set(fields);
  return (text.match(BETWEEN) ?? []).filter((part) => part.trim() !== "").map((part) => parseRequirement(text, part, known));
}

function parseRequirement(text: string, part: string, known: ReadonlySet<string>): FieldRequirement {
  const { field, operator, value } = REQUIREMENT.exec(part)?.groups ?? {};
  if (field === undefined || value === undefined) {
    throw new FieldSelectorError(text, `expected FIELD=VALUE or FIELD!=VALUE, found ${JSON.stringify(part)}`);
  }
  if (!known.has(field)) {
    throw new FieldSelectorError(text, `there is no field ${field}; there are ${listNearest(field, known)}`);
  }
  return { field, operator: operator === "!=" ? "NotEquals" : "Equals", value: value.trim().replaceAll(/\\(.)/gsu, "$1") };
}

/** Whether a thing meets every requirement. As in Kubernetes, a field that is missing is an empty one. */
export function matchesFields<T>(selector: FieldSelector, fields: SelectableFields<T>, thing: T): boolean {
  return selector.every(({ field, operator, value }) => ((fields[field]?.(thing) ?? "") === value) === (operator === "Equals"));
}
