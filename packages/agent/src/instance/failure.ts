/** What a failure means for what comes next: nothing is tried again until the spec changes or someone asks for it. Pure. */
import { inputsOf } from "../operation/mod.ts";
import { annotations, type Operation, type ServiceInstance } from "../resources/mod.ts";
import { configDigest } from "./config-digest.ts";

/** What the CRD's schema allows. */
const longestToken = 253;

/** The value of the annotation by which someone asks for another try. */
export function retryToken(instance: ServiceInstance): string | undefined {
  return instance.metadata.annotations?.[annotations.retry]?.slice(0, longestToken);
}

/** Someone asked for another try, and since then nothing was decided about this instance. */
export function tryIsDue(instance: ServiceInstance): boolean {
  const token = retryToken(instance);
  return token !== undefined && token !== instance.status?.lastHandledRetry;
}

/** The last operation failed for this very spec, and nobody has asked for another try. */
export function hasFailed(instance: ServiceInstance): boolean {
  const generation = instance.status?.failure?.generation;
  return generation !== undefined && generation === instance.metadata.generation && !tryIsDue(instance);
}

/**
 * The generation that a failing operation stands for: the present one when it still asks for what failed, else the one that the step
 * was begun for, so that what was edited meanwhile is tried.
 */
export function failedGeneration({ metadata, spec }: ServiceInstance, { plan, cursor, inputs, generation }: Operation): number {
  const present = metadata.generation ?? 0;
  if (cursor.action === undefined) return present;
  const asksForIt = plan.slice(cursor.step).some((step) => step.to === spec.version);
  return asksForIt && configDigest(inputsOf(spec)) === configDigest(inputs) ? present : generation;
}
