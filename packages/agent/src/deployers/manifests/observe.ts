/** How what is installed is doing: which objects are not ready, which were changed by another hand. */
import { isDeepStrictEqual } from "node:util";
import type { HealthCheck } from "@portolan/shared/catalog";
import { holds, locate, objectName, type ActionContext } from "../../operation/mod.ts";
import { readiness } from "../../kstatus/mod.ts";
import { isNoKindMatch, refOf, type KubeObject, type ObjectRef } from "../../kube/mod.ts";
import { AGENT_MANAGER } from "../../resources/mod.ts";
import type { Observation } from "../deployer.ts";
import { contains, substance } from "./drift.ts";

/** Readiness of all members and health checks, and with `drift` whether they are still as applied. Reads only. */
export async function observe(
  context: ActionContext,
  members: readonly KubeObject[],
  health: readonly HealthCheck[],
  { drift }: { readonly drift: boolean },
): Promise<Observation> {
  const observation = { members: members.map(refOf), notReady: [] as string[], failed: [] as string[], drifted: [] as ObjectRef[] };
  for (const member of members) {
    const live = await find(context, member);
    if (drift && (live === undefined || (await differs(context, member, live)))) observation.drifted.push(refOf(member));
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

/** A cheap look first; only what does not obviously agree is asked of the API server, which knows defaults and quantities. */
async function differs(context: ActionContext, member: KubeObject, live: KubeObject): Promise<boolean> {
  if (live.metadata.deletionTimestamp !== undefined) return false;
  if (contains(live, member)) return false;
  const applied = await context.kube.apply(member, { fieldManager: AGENT_MANAGER, force: true, dryRun: true });
  return !isDeepStrictEqual(substance(applied), substance(live));
}

async function unhealthy(context: ActionContext, check: HealthCheck): Promise<string | undefined> {
  const ref = await locate(context, check.object);
  if (holds(check.expression, await context.kube.get(ref))) return undefined;
  return `${objectName(ref)}: ${check.message}`;
}
