import { isDeepStrictEqual } from "node:util";
import { isBeingDeleted, refOf, type KubeClient, type KubeObject } from "../kube/mod.ts";
import type { ApplyTerms } from "./apply.ts";
import { changedFields, type DriftedObject } from "./changes.ts";
import { settle } from "./settle.ts";
import { contains, substance } from "./substance.ts";

/**
 * Whether an object is as it was applied, apart from what is left to others; undefined when it is. A cheap look first; only what does not
 * obviously agree is asked of the API server, which knows defaults and quantities. Reads only.
 */
export async function driftOf(
  kube: KubeClient,
  rendered: KubeObject,
  live: KubeObject | undefined,
  { fieldManager, ignore }: ApplyTerms,
): Promise<DriftedObject | undefined> {
  if (live === undefined) return { ...refOf(rendered), isMissing: true };
  if (isBeingDeleted(live)) return undefined;
  const settled = settle(rendered, live, fieldManager, ignore);
  if (contains(live, settled)) return undefined;
  const applied = await kube.apply(settled, { fieldManager, force: true, dryRun: true });
  if (isDeepStrictEqual(substance(applied), substance(live))) return undefined;
  return { ...refOf(rendered), fields: changedFields(applied, live, fieldManager) };
}
