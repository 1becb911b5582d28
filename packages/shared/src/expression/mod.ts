/**
 * CEL (Common Expression Language), bounded and without side effects, and templates that hold it. Knows nothing of services; who uses it
 * says what its variables are. Errors quote the expression, never a value.
 */
export { EVALUATION_BUDGET } from "./budget.ts";
export { scopeOf } from "./convert.ts";
export type { Scope } from "./convert.ts";
export type { ExpressionUse } from "./environment.ts";
export { ExpressionError } from "./errors.ts";
export type { ExpressionErrorCode } from "./errors.ts";
export { compile, evaluate, MAX_SOURCE_LENGTH } from "./expression.ts";
export type { Expression } from "./expression.ts";
export { checkTemplate, renderObjectTemplate, renderTemplate } from "./template.ts";
