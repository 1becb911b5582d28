import { describeKind } from "../../kube/mod.ts";
import { kindId, type Evidence, type Finding } from "../model.ts";

/** Every kind is served, or brought by a CustomResourceDefinition of the same or an earlier step. */
export function kindsKnown({ steps, kinds }: Evidence): readonly Finding[] {
  const missing = new Map<string, Finding>();
  for (const [index, step] of steps.entries()) {
    for (const use of step.kinds) {
      const id = kindId(use);
      const known = kinds.get(id);
      if (missing.has(id) || (known !== undefined && (known.broughtBy ?? 0) <= index)) continue;
      missing.set(id, {
        code: "UnknownKind",
        message: `${describeKind(use)} (${use.by}, step to ${step.to}) is not served by this cluster, and no CustomResourceDefinition of the plan brings it in time; is one to be installed first?`,
      });
    }
  }
  return [...missing.values()];
}
