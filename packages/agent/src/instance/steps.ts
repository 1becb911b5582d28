/** What a plan becomes in an operation. Pure. */
import type { Plan } from "@portolan/shared/planner";
import type { OperationStep, ServiceInstance } from "../resources/mod.ts";
import { configDigest } from "./config-digest.ts";

/** The steps of a plan as an operation records them. */
export function operationSteps(plan: Plan): readonly OperationStep[] {
  return plan.steps.map(({ from, upgrader, ...step }) => ({
    ...step,
    ...(from === null ? {} : { from }),
    ...(upgrader === null ? {} : { upgrader }),
  }));
}

/** The same version once more, as the spec configures it now: no upgrader takes part. */
export function sameVersion({ spec }: ServiceInstance, version: string): OperationStep {
  return { from: version, to: version, direction: "configure", disruptive: false, irreversible: false, digest: configDigest(spec) };
}
