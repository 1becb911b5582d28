import type { JsonObject } from "../json/mod.ts";
import { numberField, objectField, objectItems, stringField } from "../kinds/mod.ts";
import type { KubeObject } from "../objects/mod.ts";

/**
 * What a pod is doing, in one word, as `kubectl get pods` tells it: a port of the rules of `printPod`, for containers that are not
 * init containers. Init containers, which no pod of the embedded API waits for, only count when they stay.
 */
export function podStatus(pod: KubeObject): string {
  const status = objectField(pod, "status");
  const phase = stringField(status, "phase");
  const containers = objectItems(status, "containerStatuses");
  const isEnded = phase === "Succeeded" || phase === "Failed";
  if (pod.metadata.deletionTimestamp !== undefined && !isEnded) return "Terminating";
  // The first container that has something to say has the last word.
  const told = containers.map(reasonOf).find((each) => each !== "");
  const reason = told ?? (stringField(status, "reason") || phase);
  if (reason !== "Completed" || !containers.some(isRunning)) return reason;
  return isReady(status) ? "Running" : (containers.map(errorOf).find((error) => error !== "") ?? "NotReady");
}

function reasonOf(container: JsonObject): string {
  const state = objectField(container, "state");
  const waiting = stringField(objectField(state, "waiting"), "reason");
  if (waiting !== "") return waiting;
  const terminated = objectField(state, "terminated");
  if (terminated === undefined) return "";
  const reason = stringField(terminated, "reason");
  if (reason !== "") return reason;
  const signal = numberField(terminated, "signal") ?? 0;
  return signal === 0 ? `ExitCode:${numberField(terminated, "exitCode") ?? 0}` : `Signal:${signal}`;
}

function errorOf(container: JsonObject): string {
  const exitCode = numberField(objectField(objectField(container, "state"), "terminated"), "exitCode") ?? 0;
  return exitCode === 0 ? "" : reasonOf(container);
}

function isRunning(container: JsonObject): boolean {
  return container["ready"] === true && objectField(objectField(container, "state"), "running") !== undefined;
}

function isReady(status: JsonObject | undefined): boolean {
  return objectItems(status, "conditions").some((condition) => condition["type"] === "Ready" && condition["status"] === "True");
}

/** `1/2`: of the containers that stay. */
export function podReadiness(pod: KubeObject): string {
  const spec = objectField(pod, "spec");
  const staying = objectItems(spec, "initContainers").filter((container) => container["restartPolicy"] === "Always");
  const ready = objectItems(objectField(pod, "status"), "containerStatuses").filter(isRunning);
  return `${ready.length}/${objectItems(spec, "containers").length + staying.length}`;
}

export function podRestarts(pod: KubeObject): string {
  const containers = objectItems(objectField(pod, "status"), "containerStatuses");
  return String(containers.reduce((sum, container) => sum + (numberField(container, "restartCount") ?? 0), 0));
}
