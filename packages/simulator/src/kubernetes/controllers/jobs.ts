import type { JsonObject } from "../json/mod.ts";
import { numberField, objectField, type ResourceType } from "../kinds/mod.ts";
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

/** A new Job: it runs, and ends as its pod template's annotations say. */
export function reconcileJob(context: ControllerContext, type: ResourceType, job: KubeObject): void {
  const spec = objectField(job, "spec");
  const status = objectField(job, "status");
  if (status?.["startTime"] !== undefined || spec?.["suspend"] === true) return;
  if (job.metadata.deletionTimestamp !== undefined) return;
  const now = context.api.now();
  setStatus(context.api, type, job, {
    startTime: formatTime(now),
    active: Math.max(1, numberField(spec, "parallelism") ?? 1),
    terminating: 0,
    uncountedTerminatedPods: {},
    ready: 0,
  });
  const behaviour = templateBehaviour(spec);
  const result = behaviour.fails ? "fail" : "succeed";
  const delayMs = behaviour.runsForMs ?? context.delays.jobMs;
  const { uid = "" } = job.metadata;
  context.clockwork.after(delayMs, `job/${uid}`, () => {
    const current = context.api.store.get(type.collection, keyOf(job));
    if (current === undefined || current.metadata.uid !== uid) return;
    setStatus(context.api, type, current, endedStatus(current, result, context.api.now()));
  });
}
