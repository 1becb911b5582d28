import type { ObjectReference } from "@portolan/shared/catalog";
import { numberAt } from "../fields/mod.ts";
import { AGENT_MANAGER } from "../resources/mod.ts";
import { fullName, locate, objectName, type ActionContext, type Outcome } from "../operation/mod.ts";

/** Sets the replicas of a workload and waits until it has that many. It looks first: what was set before a crash is not set again. */
export async function runScale(context: ActionContext, target: ObjectReference, replicas: number): Promise<Outcome> {
  const ref = await locate(context, target);
  const object = await context.kube.get(ref);
  if (object === undefined) return { state: "failed", reason: "NotFound", message: `${fullName(ref)} does not exist` };
  if (numberAt(object, "spec", "replicas") !== replicas) {
    await context.kube.patch(ref, { type: "merge", patch: { spec: { replicas } } }, { fieldManager: AGENT_MANAGER });
    return { state: "waiting", message: `${objectName(ref)} is being scaled to ${replicas}` };
  }
  const observed = (numberAt(object, "status", "observedGeneration") ?? 0) >= (object.metadata.generation ?? 0);
  const ready = numberAt(object, "status", replicas === 0 ? "replicas" : "readyReplicas") ?? 0;
  if (observed && ready === replicas) return { state: "done", object: objectName(ref) };
  return { state: "waiting", message: `${objectName(ref)} has ${ready} of ${replicas} replicas` };
}
