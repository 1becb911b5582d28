/** How what is installed is doing: which objects are not ready, which were changed by another hand. */
import type { HealthCheck } from "@portolan/shared/catalog";
import { holds, locate, objectName, type ActionContext } from "../../operation/mod.ts";
import { readiness } from "../../kstatus/mod.ts";
import { driftOf, type ApplyTerms, type DriftedObject } from "../../drift/mod.ts";
import { isNoKindMatch, refOf, type KubeObject } from "../../kube/mod.ts";
import type { Observation } from "../deployer.ts";
import { isNewerDefinition } from "./newer-definitions.ts";
import { termsFor } from "./terms.ts";

/**
 * Readiness of all members and health checks, and with `drift` whether they are still as applied, on the terms of who applied them.
 * Reads only.
 */
export async function observe(
  context: ActionContext,
  members: readonly KubeObject[],
  health: readonly HealthCheck[],
  { drift, terms = termsFor(context.instance) }: { readonly drift: boolean; readonly terms?: ApplyTerms },
): Promise<Observation> {
  const observation = { members: members.map(refOf), notReady: [] as string[], failed: [] as string[], drifted: [] as DriftedObject[] };
  for (const member of members) {
    const live = await find(context, member);
    const left = live !== undefined && isNewerDefinition(live, member);
    const drifted = drift && !left ? await driftOf(context.kube, member, live, terms) : undefined;
    if (drifted !== undefined) observation.drifted.push(drifted);
    const state = readiness(live);
    if (state.state === "Current") continue;
    (state.state === "Failed" ? observation.failed : observation.notReady).push(`${objectName(refOf(member))}: ${state.message}`);
  }
  for (const check of health) {
    const problem = await unhealthy(context, check);
    if (problem !== undefined) observation.notReady.push(problem);
  }
  return observation;
}

async function find(context: ActionContext, member: KubeObject): Promise<KubeObject | undefined> {
  try {
    return await context.kube.get(refOf(member));
  } catch (error) {
    // Its CRD was deleted, so the object is gone as well.
    if (isNoKindMatch(error)) return undefined;
    throw error;
  }
}

async function unhealthy(context: ActionContext, check: HealthCheck): Promise<string | undefined> {
  const ref = await locate(context, check.object);
  if (holds(check.expression, await context.kube.get(ref))) return undefined;
  return `${objectName(ref)}: ${check.message}`;
}
