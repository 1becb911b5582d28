import { ExpressionError } from "./errors.ts";

/** A piece of a template's string. */
export type TemplatePart = { readonly kind: "text"; readonly text: string } | { readonly kind: "expression"; readonly source: string };

/**
 * Splits a string at its `${…}`. Braces and quotes inside of an expression are CEL's own: the expression ends where they are balanced.
 * `$${` stands for `${`.
 * @throws {ExpressionError} `Invalid` when a `${` has no end
 */
export function splitTemplate(text: string): readonly TemplatePart[] {
  const parts: TemplatePart[] = [];
  let literal = "";
  let position = 0;
  while (position < text.length) {
    if (text.startsWith("$${", position)) {
      literal += "${";
      position += 3;
    } else if (text.startsWith("${", position)) {
      const end = endOfExpression(text, position + 2);
      if (literal !== "") parts.push({ kind: "text", text: literal });
      literal = "";
      parts.push({ kind: "expression", source: text.slice(position + 2, end) });
      position = end + 1;
    } else {
      literal += text[position];
      position += 1;
    }
  }
  if (literal !== "" || parts.length === 0) parts.push({ kind: "text", text: literal });
  return parts;
}

/** Index of the brace that closes an expression. */
function endOfExpression(text: string, start: number): number {
  let depth = 0;
  let position = start;
  while (position < text.length) {
    const character = text[position];
    if (character === '"' || character === "'") {
      position = endOfQuoted(text, position);
      continue;
    }
    if (character === "}") {
      if (depth === 0) return position;
      depth -= 1;
    } else if (character === "{") depth += 1;
    position += 1;
  }
  throw new ExpressionError("Invalid", "a ${ has no closing brace (write $${ for a literal ${)");
}

/**
 * Index after a CEL string literal in single or triple quotes. A backslash takes the next character along, in raw strings too, as cel-js
 * reads them.
 */
function endOfQuoted(text: string, start: number): number {
  const quote = text[start] ?? "";
  const triple = quote.repeat(3);
  const delimiter = text.startsWith(triple, start) ? triple : quote;
  let position = start + delimiter.length;
  while (position < text.length) {
    if (text.startsWith(delimiter, position)) return position + delimiter.length;
    position += text[position] === "\\" ? 2 : 1;
  }
  return text.length;
}
