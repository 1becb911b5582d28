/**
 * Runs a Job to completion. Its name is made from the operation and the step, so that after a crash the same Job is found
 * instead of another one being started.
 */
import { createHash } from "node:crypto";
import type { Hook, Template } from "@portolan/shared/catalog";
import { renderObjectTemplate } from "@portolan/shared/expression";
import { conditionOf, valueAt } from "../fields/mod.ts";
import { isAlreadyExists, ownerReference, type KubeObject, type ObjectRef } from "../kube/mod.ts";
import { AGENT_MANAGER, labels } from "../resources/mod.ts";
import { endOfLog } from "./job-log.ts";
import { objectName, type ActionContext, type Outcome } from "../operation/mod.ts";

const longestName = 63;

export async function runJob(context: ActionContext, hook: Hook, template: { readonly [key: string]: Template }): Promise<Outcome> {
  const job = renderObjectTemplate(template, context.scope, "manifest") as {
    readonly metadata?: Partial<KubeObject["metadata"]>;
    readonly spec?: object;
  };
  const ref: ObjectRef = {
    apiVersion: "batch/v1",
    kind: "Job",
    namespace: job.metadata?.namespace ?? context.targetNamespace,
    name: jobName(context, hook.name),
  };
  const existing = await context.kube.get(ref);
  if (existing === undefined) {
    await create(context, ref, job, hook.timeoutSeconds);
    return { state: "waiting", message: `${objectName(ref)} was started` };
  }
  return await outcomeOf(context, ref, existing);
}

async function create(
  context: ActionContext,
  ref: ObjectRef,
  job: { readonly metadata?: Partial<KubeObject["metadata"]>; readonly spec?: object },
  timeoutSeconds: number,
): Promise<void> {
  const { instance, operation, applySetId } = context;
  // A Job that deletes itself could not be told from one that never ran.
  const { ttlSecondsAfterFinished: _, ...wanted } = { ttlSecondsAfterFinished: undefined, ...job.spec };
  // Nobody waits for it any longer, and another try would start another one beside it.
  const spec = { activeDeadlineSeconds: timeoutSeconds, ...wanted };
  const sameNamespace = ref.namespace === instance.metadata.namespace;
  const object: KubeObject = {
    apiVersion: ref.apiVersion,
    kind: ref.kind,
    metadata: {
      ...(ref.namespace === undefined ? {} : { namespace: ref.namespace }),
      name: ref.name,
      labels: { ...job.metadata?.labels, [labels.instance]: applySetId, [labels.operation]: operation.id },
      ...(job.metadata?.annotations === undefined ? {} : { annotations: job.metadata.annotations }),
      ...(sameNamespace ? { ownerReferences: [{ ...ownerReference({ ...instance }), controller: false, blockOwnerDeletion: false }] } : {}),
    },
    spec,
  };
  try {
    await context.kube.create(object, { fieldManager: AGENT_MANAGER });
  } catch (error) {
    // Made before a crash, or by a read that was older than the write: the next look finds it.
    if (!isAlreadyExists(error)) throw error;
  }
}

async function outcomeOf({ kube }: ActionContext, ref: ObjectRef, job: KubeObject): Promise<Outcome> {
  if (conditionOf(job, "Complete")?.status === "True") return { state: "done", object: objectName(ref) };
  const failure = conditionOf(job, "Failed");
  if (failure?.status === "True") {
    const log = await endOfLog(kube, ref);
    const said = log === undefined ? "" : `; the end of its log:\n${log}`;
    return {
      state: "failed",
      // The Job's deadline is the hook's, so either of them may be seen first; a person is told the same.
      reason: failure.reason === "DeadlineExceeded" ? "Timeout" : "JobFailed",
      message: `${objectName(ref)} failed: ${failure.message || failure.reason || "no reason given"}${said}`,
    };
  }
  const isSuspended = valueAt(job, "spec", "suspend") === true;
  return { state: "waiting", message: `${objectName(ref)} is ${isSuspended ? "suspended, by its spec.suspend" : "running"}` };
}

/** `<instance>-<hook>-<operation>-<step>`, at most 63 characters; what is cut is replaced by a hash of the whole. */
export function jobName({ instance, operation }: Pick<ActionContext, "instance" | "operation">, hook: string): string {
  const suffix = `${operation.id}-${operation.cursor.step}`;
  const full = `${instance.metadata.name}-${hook}-${suffix}`;
  if (full.length <= longestName) return full;
  const hash = createHash("sha256").update(full).digest("hex").slice(0, 8);
  const room = longestName - suffix.length - hash.length - 2;
  return `${full.slice(0, room).replace(/[^a-z0-9]+$/u, "")}-${hash}-${suffix}`;
}
