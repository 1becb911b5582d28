/**
 * What is wrong with an expression. `Invalid`: it can never work (syntax, unknown variable, types). `Failed`: it did not work on this data.
 * `TooExpensive`: it used up its budget. `NotJson`: its result has no JSON form.
 */
export type ExpressionErrorCode = "Invalid" | "Failed" | "TooExpensive" | "NotJson";

/**
 * An expression could not be compiled or evaluated. The message quotes the expression's source, never a value that it met: values may be
 * secrets.
 */
export class ExpressionError extends Error {
  override readonly name = "ExpressionError";
  readonly code: ExpressionErrorCode;
  /** What went wrong, without the place. */
  readonly detail: string;
  /** JSON Pointer into the template; empty for a plain expression. */
  readonly path: string;
  constructor(code: ExpressionErrorCode, detail: string, path = "") {
    super(path === "" ? detail : `${path}: ${detail}`);
    this.code = code;
    this.detail = detail;
    this.path = path;
  }

  /** The same error at a place inside a template. */
  at(path: string): ExpressionError {
    return new ExpressionError(this.code, this.detail, path);
  }
}
