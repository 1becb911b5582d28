import type { Json } from "../json/mod.ts";
import { toJsonResult } from "./convert.ts";
import type { Scope } from "./convert.ts";
import { parseProgram } from "./environment.ts";
import type { ExpressionUse, Program } from "./environment.ts";
import { ExpressionError } from "./errors.ts";
import { failure, invalid } from "./messages.ts";

/** A compiled CEL expression. */
export interface Expression {
  readonly source: string;
  readonly program: Program;
}

/** Longer sources are refused unread. */
export const MAX_SOURCE_LENGTH = 8_192;

const MAX_CACHED = 10_000;
/** Compiled and refused expressions, the least recently used first. */
const cache = new Map<string, Expression | ExpressionError>();

/**
 * Compiles a CEL expression, once per source and use.
 * @throws {ExpressionError} `Invalid`
 */
export function compile(source: string, use: ExpressionUse): Expression {
  const key = `${use}:${source}`;
  const known = cache.get(key);
  cache.delete(key);
  const entry = known ?? compileAnew(source, use);
  cache.set(key, entry);
  if (cache.size > MAX_CACHED) for (const oldest of cache.keys().take(1)) cache.delete(oldest);
  if (entry instanceof ExpressionError) throw entry;
  return entry;
}

function compileAnew(source: string, use: ExpressionUse): Expression | ExpressionError {
  if (source.length > MAX_SOURCE_LENGTH)
    return new ExpressionError("Invalid", `an expression may have ${MAX_SOURCE_LENGTH} characters, found ${source.length}`);
  try {
    return { source, program: parseProgram(source, use) };
  } catch (error) {
    return invalid(error, source);
  }
}

/**
 * Evaluates an expression.
 * @throws {ExpressionError} `Failed`, `TooExpensive` or `NotJson`; its message holds no value of the scope.
 */
export function evaluate(expression: Expression, scope: Scope): Json {
  try {
    return toJsonResult(expression.program.evaluate(scope.context));
  } catch (error) {
    throw failure(error, expression.source);
  }
}
