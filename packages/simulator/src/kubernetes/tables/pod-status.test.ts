import { expect, it } from "vitest";
import type { JsonObject } from "../json/mod.ts";
import { podReadiness, podStatus } from "./pod-status.ts";

const pod = (status: JsonObject, metadata: { deletionTimestamp?: string } = {}) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata,
  spec: { containers: [{ name: "a" }, { name: "b" }], initContainers: [{ name: "i" }, { name: "s", restartPolicy: "Always" }] },
  status,
});
const running = { ready: true, state: { running: {} } };
const completed = { ready: false, state: { terminated: { exitCode: 0, reason: "Completed" } } };

it.each<[JsonObject, string]>([
  [{ phase: "Pending" }, "Pending"],
  [{ phase: "Failed", reason: "Evicted" }, "Evicted"],
  [{ phase: "Running", containerStatuses: [running, running] }, "Running"],
  [{ phase: "Running", containerStatuses: [running, { state: { waiting: { reason: "CrashLoopBackOff" } } }] }, "CrashLoopBackOff"],
  [{ phase: "Failed", containerStatuses: [{ state: { terminated: { exitCode: 3 } } }] }, "ExitCode:3"],
  [{ phase: "Failed", containerStatuses: [{ state: { terminated: { exitCode: 137, signal: 9 } } }] }, "Signal:9"],
  [{ phase: "Running", containerStatuses: [completed, running] }, "NotReady"],
  [{ phase: "Running", containerStatuses: [completed, running], conditions: [{ type: "Ready", status: "True" }] }, "Running"],
  [{ phase: "Succeeded", containerStatuses: [completed, completed] }, "Completed"],
])("a pod with %j is told to be %s", (status, told) => {
  expect(podStatus(pod(status))).toBe(told);
});

it("tells a pod that goes away as Terminating, unless it has ended", () => {
  const deletionTimestamp = "2026-01-01T00:00:00Z";
  expect(podStatus(pod({ phase: "Running" }, { deletionTimestamp }))).toBe("Terminating");
  expect(podStatus(pod({ phase: "Succeeded" }, { deletionTimestamp }))).toBe("Succeeded");
});

it("counts the containers that stay", () => {
  expect(podReadiness(pod({ containerStatuses: [running] }))).toBe("1/3");
});
