import { badRequest } from "../errors/mod.ts";
import { qualifiedNameProblems } from "./qualified-name.ts";

/** One requirement of a label selector; all of them must hold. */
type Requirement = {
  readonly key: string;
  readonly operator: "in" | "notin" | "exists" | "!" | ">" | "<";
  readonly values: readonly string[];
};

export type LabelSelector = (labels: Readonly<Record<string, string>>) => boolean;

const VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

export function isLabelValue(value: string): boolean {
  return VALUE.test(value) && value.length <= 63;
}

type Token = { readonly kind: "identifier" | "symbol" | "end"; readonly text: string };

const SYMBOLS = ["==", "!=", "=", "!", ">", "<", "(", ")", ","];
const OPERATORS = "in, notin, =, ==, !=, gt, lt";

function scan(text: string): Token[] {
  const tokens: Token[] = [];
  let rest = text.trimStart();
  while (rest !== "") {
    const symbol = SYMBOLS.find((candidate) => rest.startsWith(candidate));
    const token = symbol ?? /^[^\s=!()<>,]+/.exec(rest)?.[0] ?? "";
    tokens.push({ kind: symbol === undefined ? "identifier" : "symbol", text: token });
    rest = rest.slice(token.length).trimStart();
  }
  return [...tokens, { kind: "end", text: "" }];
}

/**
 * Parses a selector as kubectl writes it: `a=b,c!=d,e in (f,g),h,!i`. The grammar and the words of its
 * errors are apimachinery's (pkg/labels/selector.go).
 *
 * @throws ApiError BadRequest
 */
export function parseLabelSelector(text: string): LabelSelector {
  const requirements = new Parser(scan(text)).parse();
  return (labels) => requirements.every((requirement) => matches(requirement, labels));
}

class Parser {
  readonly #tokens: readonly Token[];
  #position = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  #peek(): Token {
    return this.#tokens[this.#position] ?? { kind: "end", text: "" };
  }

  #next(): Token {
    const token = this.#peek();
    this.#position += 1;
    return token;
  }

  #isSymbol(token: Token, ...texts: string[]): boolean {
    return token.kind === "symbol" && texts.includes(token.text);
  }

  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    for (;;) {
      const token = this.#peek();
      if (token.kind === "end") return requirements;
      if (token.kind !== "identifier" && !this.#isSymbol(token, "!")) {
        throw badRequest(`found '${token.text}', expected: !, identifier, or 'end of string'`);
      }
      requirements.push(this.#requirement());
      const after = this.#next();
      if (after.kind === "end") return requirements;
      if (!this.#isSymbol(after, ",")) throw badRequest(`found '${after.text}', expected: ',' or 'end of string'`);
      const following = this.#peek();
      if (following.kind !== "identifier" && !this.#isSymbol(following, "!")) {
        throw badRequest(`found '${following.text}', expected: identifier after ','`);
      }
    }
  }

  #refuse(message: string): Error {
    return badRequest(`unable to parse requirement: ${message}`);
  }

  #requirement(): Requirement {
    const negated = this.#isSymbol(this.#peek(), "!");
    if (negated) this.#next();
    const { kind, text: key } = this.#next();
    if (kind !== "identifier") throw this.#refuse(`found '${key}', expected: identifier`);
    const [problem] = qualifiedNameProblems(key);
    if (problem !== undefined) throw this.#refuse(`<nil>: Invalid value: ${JSON.stringify(key)}: ${problem}`);
    if (negated) return { key, operator: "!", values: [] };
    const following = this.#peek();
    if (following.kind === "end" || this.#isSymbol(following, ",")) return { key, operator: "exists", values: [] };
    return this.#comparison(key);
  }

  #comparison(key: string): Requirement {
    const operator = this.#next();
    switch (operator.text) {
      case "in":
      case "notin":
        return this.#checked({ key, operator: operator.text, values: this.#values() });
      case "=":
      case "==":
        return this.#checked({ key, operator: "in", values: [this.#value()] });
      case "!=":
        return this.#checked({ key, operator: "notin", values: [this.#value()] });
      case ">":
      case "<":
        return this.#checked({ key, operator: operator.text, values: [this.#value()] });
      default:
        throw this.#refuse(`found '${operator.text}', expected: ${OPERATORS}`);
    }
  }

  #value(): string {
    const following = this.#peek();
    if (following.kind === "end" || this.#isSymbol(following, ",")) return "";
    const { kind, text } = this.#next();
    if (kind !== "identifier") throw this.#refuse(`found '${text}', expected: identifier`);
    return text;
  }

  #values(): string[] {
    const open = this.#next();
    if (!this.#isSymbol(open, "(")) throw this.#refuse(`found '${open.text}' expected: '('`);
    const values: string[] = [];
    let current = "";
    for (;;) {
      const token = this.#next();
      if (token.kind === "end") throw this.#refuse("found '', expected: ',', ')' or identifier");
      if (token.kind === "identifier") {
        current = token.text;
        continue;
      }
      if (!this.#isSymbol(token, ",", ")")) throw this.#refuse(`found '${token.text}', expected: ',', or identifier`);
      values.push(current);
      current = "";
      if (token.text === ")") return values;
    }
  }

  #checked(requirement: Requirement): Requirement {
    const bad = requirement.values.find((value) => !isLabelValue(value));
    if (bad === undefined) return requirement;
    throw this.#refuse(
      `values[0][${requirement.key}]: Invalid value: ${JSON.stringify(bad)}: a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
    );
  }
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
    case ">":
      return value !== undefined && Number(value) > Number(requirement.values[0]);
    case "<":
      return value !== undefined && Number(value) < Number(requirement.values[0]);
  }
}
