import { compile, evaluate, ExpressionError, scopeOf } from "@portolan/shared/expression";
import { toJson } from "@portolan/shared/json";
import type { KubeObject } from "../kube/mod.ts";

/**
 * Whether a CEL expression holds for an object (`object`, null while it does not exist). Fields that it asks for may not be there yet,
 * as the status of a new object: then it does not hold.
 *
 * @throws ExpressionError when it can never hold
 */
export function holds(expression: string, object: KubeObject | undefined): boolean {
  const compiled = compile(expression, "object");
  try {
    return evaluate(compiled, scopeOf({ object: toJson(object ?? null) })) === true;
  } catch (error) {
    if (error instanceof ExpressionError && error.code === "Failed") return false;
    throw error;
  }
}
