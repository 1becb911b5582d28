import type { JsonObject } from "../json/mod.ts";
import { deleteObject } from "../endpoints/mod.ts";
import { numberField, objectField, objectItems, type ResourceType } from "../kinds/mod.ts";
import { formatTime, keyOf, type KubeObject } from "../objects/mod.ts";
import { withTimes, type Condition } from "./conditions.ts";
import { setStatus, type ControllerContext } from "./controller.ts";
import { templateBehaviour } from "./test-annotations.ts";

function outcome(result: "succeed" | "fail"): Condition[] {
  const [early, final, reason, message] =
    result === "succeed"
      ? ["SuccessCriteriaMet", "Complete", "CompletionsReached", "Reached expected number of succeeded pods"]
      : ["FailureTarget", "Failed", "BackoffLimitExceeded", "Job has reached the specified backoff limit"];
  return [early, final].map((type) => ({ type, status: "True", reason, message }));
}

function endedStatus(job: KubeObject, result: "succeed" | "fail", now: number): JsonObject {
  const spec = objectField(job, "spec");
  const status = objectField(job, "status");
  const startTime = status?.["startTime"] ?? formatTime(now);
  return {
    conditions: withTimes(outcome(result), status?.["conditions"], now, "lastProbeTime"),
    startTime,
    ...(result === "succeed"
      ? { completionTime: formatTime(now), succeeded: numberField(spec, "completions") ?? 1 }
      : { failed: (numberField(spec, "backoffLimit") ?? 6) + 1 }),
    terminating: 0,
    uncountedTerminatedPods: {},
    ready: 0,
  };
}

/** A new Job: it runs, and ends as its pod template's annotations say. One that has ended goes when its time is up. */
export function reconcileJob(context: ControllerContext, type: ResourceType, job: KubeObject): void {
  const spec = objectField(job, "spec");
  const status = objectField(job, "status");
  if (job.metadata.deletionTimestamp !== undefined) return;
  if (hasEnded(job)) {
    deleteAfterFinished(context, type, job);
    return;
  }
  const now = context.api.now();
  if (status?.["startTime"] !== undefined) return;
  if (spec?.["suspend"] === true) {
    suspend(context, type, job, now);
    return;
  }
  setStatus(context.api, type, job, {
    startTime: formatTime(now),
    active: Math.max(1, numberField(spec, "parallelism") ?? 1),
    terminating: 0,
    uncountedTerminatedPods: {},
    ready: 0,
  });
  const behaviour = templateBehaviour(spec);
  const result = behaviour.fails ? "fail" : "succeed";
  later(context, type, job, behaviour.runsForMs ?? context.delays.jobMs, "end", (current) => {
    setStatus(context.api, type, current, endedStatus(current, result, context.api.now()));
  });
}

function suspend(context: ControllerContext, type: ResourceType, job: KubeObject, now: number): void {
  const previous = objectField(job, "status");
  if (objectItems(previous, "conditions").some((condition) => condition["type"] === "Suspended")) return;
  const conditions: Condition[] = [{ type: "Suspended", status: "True", reason: "JobSuspended", message: "Job suspended" }];
  setStatus(context.api, type, job, {
    conditions: withTimes(conditions, previous?.["conditions"], now, "lastProbeTime"),
    terminating: 0,
    uncountedTerminatedPods: {},
    ready: 0,
  });
}

function hasEnded(job: KubeObject): boolean {
  return objectItems(objectField(job, "status"), "conditions").some(
    (condition) => (condition["type"] === "Complete" || condition["type"] === "Failed") && condition["status"] === "True",
  );
}

function deleteAfterFinished(context: ControllerContext, type: ResourceType, job: KubeObject): void {
  const seconds = numberField(objectField(job, "spec"), "ttlSecondsAfterFinished");
  // A timer cannot wait longer than 2^31-1 ms; a Job that is to stay longer stays.
  if (seconds === undefined || seconds > 2_000_000) return;
  later(context, type, job, seconds * 1000, "ttl", ({ metadata: { namespace, name = "" } }) => {
    deleteObject(context.api, type, namespace, name, { dryRun: false, propagation: "Background", warnings: [] });
  });
}

/** Does something to the Job after a while, if it is still the same one. */
function later(
  context: ControllerContext,
  type: ResourceType,
  job: KubeObject,
  delayMs: number,
  what: string,
  work: (current: KubeObject) => void,
): void {
  const { uid = "" } = job.metadata;
  context.clockwork.after(delayMs, `job/${what}/${uid}`, () => {
    const current = context.api.store.get(type.collection, keyOf(job));
    if (current?.metadata.uid === uid) work(current);
  });
}
