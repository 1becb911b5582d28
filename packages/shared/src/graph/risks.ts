import type { Risk } from "../catalog/mod.ts";
import { compile, evaluate, ExpressionError } from "../expression/mod.ts";
import type { Scope } from "../expression/mod.ts";
import type { ResolvedRisk } from "./model.ts";

/**
 * The risks that apply in a cluster, or may: `when` true, absent, or impossible to tell (an error, a missing fact, a result that is no
 * bool). Ordered by id.
 */
export function resolveRisks(risks: readonly Risk[], scope: Scope): readonly ResolvedRisk[] {
  return risks
    .flatMap((risk): readonly ResolvedRisk[] => {
      const applies = judge(risk, scope);
      if (applies === "DoesNotApply") return [];
      return [{ id: risk.id, message: risk.message, ...(risk.url === undefined ? {} : { url: risk.url }), applies }];
    })
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

function judge({ when }: Risk, scope: Scope): "Applies" | "DoesNotApply" | "Unknown" {
  if (when === undefined) return "Applies";
  try {
    const result = evaluate(compile(when, "risk"), scope);
    if (typeof result !== "boolean") return "Unknown";
    return result ? "Applies" : "DoesNotApply";
  } catch (error) {
    // Three-valued: what cannot be evaluated counts as applying.
    if (error instanceof ExpressionError) return "Unknown";
    throw error;
  }
}
