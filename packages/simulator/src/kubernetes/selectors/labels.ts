import { badRequest } from "../errors/mod.ts";

/** One requirement of a label selector; all of them must hold. */
type Requirement = {
  readonly key: string;
  readonly operator: "in" | "notin" | "exists" | "!" | "gt" | "lt";
  readonly values: readonly string[];
};

export type LabelSelector = (labels: Readonly<Record<string, string>>) => boolean;

const NAME = /^([A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)$/;
const VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

/** What a label key may be: an optional DNS prefix and a name of at most 63 characters. */
export function isLabelKey(key: string): boolean {
  const slash = key.lastIndexOf("/");
  const prefix = slash === -1 ? undefined : key.slice(0, slash);
  const name = key.slice(slash + 1);
  return NAME.test(name) && name.length <= 63 && (prefix === undefined || /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(prefix));
}

export function isLabelValue(value: string): boolean {
  return VALUE.test(value) && value.length <= 63;
}

/**
 * Parses a selector as kubectl writes it: `a=b,c!=d,e in (f,g),h,!i`.
 *
 * @throws ApiError BadRequest
 */
export function parseLabelSelector(text: string): LabelSelector {
  const requirements = splitRequirements(text).map((part) => parseRequirement(part, text));
  return (labels) => requirements.every((requirement) => matches(requirement, labels));
}

/** Commas inside parentheses separate values, not requirements. */
function splitRequirements(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (character === "(") depth += 1;
    if (character === ")") depth -= 1;
    if (character === "," && depth === 0) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts.map((part) => part.trim()).filter((part) => part !== "");
}

function parseRequirement(part: string, whole: string): Requirement {
  const set = /^(\S+)\s+(in|notin)\s*\(([^()]*)\)$/.exec(part);
  if (set?.[1] !== undefined && set[3] !== undefined) {
    const values = set[3].split(",").map((value) => value.trim());
    return checked({ key: set[1], operator: set[2] === "in" ? "in" : "notin", values }, whole);
  }
  const compared = /^([^=!<>\s]+)\s*(==|!=|=|>|<)\s*(\S*)$/.exec(part);
  if (compared?.[1] !== undefined && compared[3] !== undefined) {
    const operators = { "=": "in", "==": "in", "!=": "notin", ">": "gt", "<": "lt" } as const;
    const sign = compared[2];
    const operator = sign === "=" || sign === "==" || sign === "!=" || sign === ">" || sign === "<" ? operators[sign] : "in";
    return checked({ key: compared[1], operator, values: [compared[3]] }, whole);
  }
  const absent = /^!\s*(\S+)$/.exec(part);
  if (absent?.[1] !== undefined) {
    return checked({ key: absent[1], operator: "!", values: [] }, whole);
  }
  return checked({ key: part, operator: "exists", values: [] }, whole);
}

function checked(requirement: Requirement, whole: string): Requirement {
  if (!isLabelKey(requirement.key) || !requirement.values.every(isLabelValue)) {
    throw badRequest(`unable to parse requirement: ${JSON.stringify(whole)} holds an invalid key or value`);
  }
  return requirement;
}

function matches(requirement: Requirement, labels: Readonly<Record<string, string>>): boolean {
  const value = Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined;
  switch (requirement.operator) {
    case "in":
      return value !== undefined && requirement.values.includes(value);
    case "notin":
      return value === undefined || !requirement.values.includes(value);
    case "exists":
      return value !== undefined;
    case "!":
      return value === undefined;
    case "gt":
      return value !== undefined && Number(value) > Number(requirement.values[0]);
    case "lt":
      return value !== undefined && Number(value) < Number(requirement.values[0]);
  }
}
