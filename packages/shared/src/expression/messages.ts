import { EvaluationError, ParseError, TypeError as CelTypeError } from "@marcbachmann/cel-js";
import { ExpressionError } from "./errors.ts";

/**
 * What is said for an error of an evaluation, by cel-js's code. Its own messages are not passed on: many hold the value that they met, and
 * a value may be a secret. The quoted source shows the place.
 */
const FAILURES: { readonly [code: string]: string } = {
  no_such_key: "there is no such key",
  unknown_variable: "there is no such variable",
  index_out_of_bounds: "there is no such element",
  index_out_of_range: "an index is out of range",
  no_such_overload: "the operator does not take values of these types",
  no_matching_overload: "the function does not take values of these types",
  invalid_condition_type: "a condition is not a bool",
  invalid_logical_operand: "an operand is not a bool",
  invalid_comprehension_range: "only lists and maps can be gone through",
  division_by_zero: "division by zero",
  modulo_by_zero: "division by zero",
  numeric_overflow: "a number is too large",
  int_conversion_error: "the value is no int",
  uint_conversion_error: "the value is no uint",
  double_conversion_error: "the value is no double",
  bool_conversion_error: "the value is no bool",
  invalid_timestamp: "the value is no timestamp",
  invalid_duration: "the value is no duration",
};

const MAX_QUOTED = 120;

/** Why an expression cannot be compiled. Errors of parsing and of static types speak about the source alone. */
export function invalid(error: unknown, source: string): ExpressionError {
  if (error instanceof ParseError || error instanceof CelTypeError)
    return new ExpressionError("Invalid", `${error.summary}: ${quote(source)}`);
  if (error instanceof EvaluationError)
    return new ExpressionError("Invalid", `${FAILURES[error.code] ?? "it cannot be evaluated"}: ${quote(source)}`);
  return new ExpressionError("Invalid", `not a CEL expression: ${quote(source)}`);
}

/** Why an evaluation failed. */
export function failure(error: unknown, source: string): ExpressionError {
  if (error instanceof ExpressionError) return new ExpressionError(error.code, `${error.detail}: ${quote(source)}`);
  if (error instanceof EvaluationError || error instanceof CelTypeError) {
    return new ExpressionError("Failed", `${FAILURES[error.code] ?? "it cannot be evaluated"}: ${quote(place(error) ?? source)}`);
  }
  return new ExpressionError("Failed", `it cannot be evaluated: ${quote(source)}`);
}

/** The piece of source that an error is about. */
function place(error: EvaluationError | CelTypeError): string | undefined {
  const input = error.node?.input;
  const start = error.node?.start;
  const end = error.node?.end;
  return input === undefined || start === undefined || end === undefined ? undefined : input.slice(start, end);
}

function quote(source: string): string {
  const text = source.trim();
  return `\`${text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text}\``;
}
