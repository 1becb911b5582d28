import { childPointer, isJsonArray, isJsonObject } from "../json/mod.ts";
import type { Json, JsonObject } from "../json/mod.ts";
import type { Scope } from "./convert.ts";
import type { ExpressionUse } from "./environment.ts";
import { ExpressionError } from "./errors.ts";
import { compile, evaluate } from "./expression.ts";
import type { Expression } from "./expression.ts";
import { splitTemplate } from "./template-text.ts";

/** Stands for a key or an element that an expression left out by giving null. */
const LEFT_OUT = Symbol("left out");

/**
 * Evaluates the `${…}` in a template's strings. A string that is nothing but one `${…}` takes the type of its result, and a null there
 * leaves the key or element out; in other strings results are put in as text. `$${` stands for a literal `${`. Keys are never templates.
 * @throws {ExpressionError} with the JSON Pointer of the string
 */
export function renderTemplate(template: Json, scope: Scope, use: ExpressionUse): Json {
  const rendered = render(template, scope, use, "");
  return rendered === LEFT_OUT ? null : rendered;
}

/** {@link renderTemplate} of an object: what comes out is an object too. */
export function renderObjectTemplate(template: JsonObject, scope: Scope, use: ExpressionUse): JsonObject {
  return renderEntries(template, scope, use, "");
}

function render(template: Json, scope: Scope, use: ExpressionUse, path: string): Json | typeof LEFT_OUT {
  if (typeof template === "string") return renderText(template, scope, use, path);
  if (isJsonArray(template)) {
    return template.map((item, index) => render(item, scope, use, childPointer(path, index))).filter((item) => item !== LEFT_OUT);
  }
  return isJsonObject(template) ? renderEntries(template, scope, use, path) : template;
}

function renderEntries(template: JsonObject, scope: Scope, use: ExpressionUse, path: string): JsonObject {
  const entries: [string, Json][] = [];
  for (const [key, item] of Object.entries(template)) {
    const rendered = render(item, scope, use, childPointer(path, key));
    if (rendered !== LEFT_OUT) entries.push([key, rendered]);
  }
  return Object.fromEntries(entries);
}

function renderText(text: string, scope: Scope, use: ExpressionUse, path: string): Json | typeof LEFT_OUT {
  if (!text.includes("${")) return text;
  return located(path, () => {
    const parts = compileText(text, use);
    const [only] = parts;
    if (parts.length === 1 && only !== undefined && typeof only !== "string") return evaluate(only, scope) ?? LEFT_OUT;
    return parts.map((part) => (typeof part === "string" ? part : textOf(evaluate(part, scope), part))).join("");
  });
}

function textOf(result: Json, expression: Expression): string {
  if (typeof result === "object") {
    const what = result === null ? "null" : isJsonArray(result) ? "a list" : "an object";
    throw new ExpressionError("Failed", `${what} cannot stand inside of text: \`${expression.source}\``);
  }
  return String(result);
}

function compileText(text: string, use: ExpressionUse): readonly (string | Expression)[] {
  return splitTemplate(text).map((part) => (part.kind === "text" ? part.text : compile(part.source, use)));
}

/** Every mistake in a template that can be seen without data. */
export function checkTemplate(template: Json, use: ExpressionUse, path = ""): readonly ExpressionError[] {
  if (typeof template === "string") {
    if (!template.includes("${")) return [];
    try {
      located(path, () => compileText(template, use));
      return [];
    } catch (error) {
      if (error instanceof ExpressionError) return [error];
      throw error;
    }
  }
  if (isJsonArray(template)) return template.flatMap((item, index) => checkTemplate(item, use, childPointer(path, index)));
  if (isJsonObject(template)) return Object.entries(template).flatMap(([key, item]) => checkTemplate(item, use, childPointer(path, key)));
  return [];
}

function located<T>(path: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw error instanceof ExpressionError ? error.at(path) : error;
  }
}
