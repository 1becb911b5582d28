/** One requirement of a label selector; all must hold. */
export type LabelRequirement =
  | { readonly operator: "In" | "NotIn"; readonly key: string; readonly values: readonly string[] }
  | { readonly operator: "Exists" | "DoesNotExist"; readonly key: string };

/** A parsed label selector: the conjunction of its requirements; an empty one selects everything. */
export type LabelSelector = readonly LabelRequirement[];

/** The text is not a label selector. */
export class LabelSelectorError extends Error {
  readonly code = "InvalidLabelSelector";

  constructor(selector: string, expected: string, position: number) {
    super(`label selector ${JSON.stringify(selector)}: expected ${expected} at position ${position}`);
    this.name = "LabelSelectorError";
  }
}

const KEY = /^(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?\/)?[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const VALUE = /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/;
const TOKEN = /\s*(?:(?<symbol>==|!=|[=!(),])|(?<word>[-A-Za-z0-9_./]+))/y;

/** Whether a text may be the key of a label, by Kubernetes' rules. */
export function isLabelKey(text: string): boolean {
  return KEY.test(text);
}

/** Whether a text may be the value of a label, by Kubernetes' rules. */
export function isLabelValue(text: string): boolean {
  return VALUE.test(text);
}

/**
 * Parses a label selector in the syntax of Kubernetes: `a=b, c!=d, e in (f, g), h notin (i), j, !k`.
 *
 * @throws LabelSelectorError naming the position and what was expected there.
 */
export function parseLabelSelector(text: string): LabelSelector {
  const tokens = tokenize(text);
  const requirements: LabelRequirement[] = [];
  let index = 0;

  const fail = (expected: string): never => {
    throw new LabelSelectorError(text, expected, tokens[index]?.position ?? text.length);
  };
  const take = (symbol: string): boolean => {
    if (tokens[index]?.text !== symbol) {
      return false;
    }
    index += 1;
    return true;
  };
  const word = (expected: string, allowed: (text: string) => boolean): string => {
    const token = tokens[index];
    if (token === undefined || token.symbol || !allowed(token.text)) {
      return fail(expected);
    }
    index += 1;
    return token.text;
  };
  /** An absent value is the empty one, as in Kubernetes: `a=` or `a=,b=c`. */
  const value = (): string => {
    const token = tokens[index];
    return token === undefined || token.symbol ? "" : word("a label value", isLabelValue);
  };
  const values = (): string[] => {
    if (!take("(")) {
      fail('"("');
    }
    const list = [value()];
    while (take(",")) {
      list.push(value());
    }
    if (!take(")")) {
      fail('"," or ")"');
    }
    return list;
  };
  const requirement = (): LabelRequirement => {
    if (take("!")) {
      return { operator: "DoesNotExist", key: word("a label key", isLabelKey) };
    }
    const key = word("a label key", isLabelKey);
    if (take("=") || take("==")) {
      return { operator: "In", key, values: [value()] };
    }
    if (take("!=")) {
      return { operator: "NotIn", key, values: [value()] };
    }
    if (take("in")) {
      return { operator: "In", key, values: values() };
    }
    if (take("notin")) {
      return { operator: "NotIn", key, values: values() };
    }
    return { operator: "Exists", key };
  };

  if (tokens.length === 0) {
    return [];
  }
  do {
    requirements.push(requirement());
  } while (take(","));
  if (index < tokens.length) {
    fail('"," or the end');
  }
  return requirements;
}

/** Whether labels meet every requirement. As in Kubernetes, `NotIn` also holds where the key is missing. */
export function matchesLabels(selector: LabelSelector, labels: { readonly [key: string]: string }): boolean {
  return selector.every((requirement) => {
    const value = Object.hasOwn(labels, requirement.key) ? labels[requirement.key] : undefined;
    switch (requirement.operator) {
      case "In":
        return value !== undefined && requirement.values.includes(value);
      case "NotIn":
        return value === undefined || !requirement.values.includes(value);
      case "Exists":
        return value !== undefined;
      case "DoesNotExist":
        return value === undefined;
    }
  });
}

interface Token {
  readonly text: string;
  readonly symbol: boolean;
  readonly position: number;
}

function tokenize(text: string): Token[] {
  const tokens: Token[] = [];
  const end = text.trimEnd().length;
  let position = 0;
  while (position < end) {
    TOKEN.lastIndex = position;
    const match = TOKEN.exec(text);
    if (match === null) {
      throw new LabelSelectorError(text, "a label key, a value or an operator", position);
    }
    const symbol = match.groups?.["symbol"];
    const found = symbol ?? match.groups?.["word"] ?? "";
    tokens.push({ text: found, symbol: symbol !== undefined, position: TOKEN.lastIndex - found.length });
    position = TOKEN.lastIndex;
  }
  return tokens;
}
