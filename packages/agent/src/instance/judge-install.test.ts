import { describe, expect, it } from "vitest";
import { annotations, type ServiceInstance } from "../resources/mod.ts";
import type { IntentOf } from "./intent-steps.ts";
import { judgeAbsent, judgeAbsentInstall, judgeInstall } from "./judge-install.ts";
import {
  aConfigureIntent,
  anInstallIntent,
  anInstance,
  anIntent,
  aRemoveIntent,
  installed,
  NOW,
  planOf,
  stateOf,
} from "./state.fixture.ts";
import type { InstanceState } from "./state.ts";

const template = { config: { replicas: 3 } };
const toBe = stateOf(anInstance({ spec: { version: "3.0.0", ...template } }));
const agreed = { planHash: planOf(toBe, "3.0.0").hash, template };
const changes = { created: 2, changed: 0, deleted: 0, objects: [] };

describe("an intent to install, where there is no instance", () => {
  it.each<[what: string, state: InstanceState, parts: Partial<IntentOf<"Install">>, verdict: object]>([
    [
      "makes it",
      toBe,
      {},
      { phase: "Waiting", write: { change: { type: "Create", service: "web", version: "3.0.0", template }, intentId: "i1" } },
    ],
    [
      "is looked at first",
      stateOf(toBe.instance, { preflight: () => undefined }),
      {},
      { phase: "Waiting", preflight: { withChanges: false } },
    ],
    [
      "is looked at together with what it would make, when that is asked",
      stateOf(toBe.instance, { preflight: () => ({ findings: [], at: NOW, failures: 0 }) }),
      { mode: "Check" },
      { phase: "Waiting", preflight: { withChanges: true } },
    ],
    [
      "tells what it would do",
      stateOf(toBe.instance, { preflight: () => ({ findings: [], at: NOW, failures: 0, changes }) }),
      { mode: "Check" },
      { phase: "Checked", planHash: agreed.planHash, check: { steps: ["3.0.0"], disruptive: false, changes } },
    ],
    ["is refused for another plan", toBe, { planHash: "other" }, { phase: "Refused", reason: { code: "PlanChanged" } }],
    ["is refused after its time", toBe, { notAfterUnixMs: NOW - 1 }, { phase: "Refused", reason: { code: "Expired" } }],
    [
      "is refused where the service is there already",
      stateOf(toBe.instance, { siblings: [{ key: "apps/older", namespace: "apps", createdAt: "2020-01-01T00:00:00Z" }] }),
      {},
      { phase: "Refused", reason: { code: "AlreadyInstalled" } },
    ],
    [
      "is refused by the cluster's policy",
      stateOf(toBe.instance, { clusterPolicy: { actions: ["upgrade"], disruptive: true, irreversible: true } }),
      {},
      { phase: "Refused", reason: { code: "ForbiddenByPolicy", message: expect.stringContaining("install") } },
    ],
    [
      "is refused without its secrets",
      stateOf(toBe.instance, { secrets: { values: {}, missing: ["the Secret apps/token does not exist"] } }),
      {},
      { phase: "Refused", reason: { code: "SecretsMissing" } },
    ],
    ["was never begun when it is held", toBe, { mode: "Hold" }, { phase: "Held", reason: { code: "NotStarted" } }],
  ])("%s", (_, state, parts, verdict) => {
    expect(judgeAbsentInstall(state, anInstallIntent({ ...agreed, ...parts }))).toMatchObject(verdict);
  });
});

describe("an intent to install, where there is an instance", () => {
  const carrying = (instance: ServiceInstance): ServiceInstance => ({
    ...instance,
    metadata: { ...instance.metadata, annotations: { [annotations.intent]: "i1" } },
  });
  const ready = installed("3.0.0", { spec: { ...template } });

  it.each<[what: string, instance: ServiceInstance, parts: Partial<IntentOf<"Install">>, verdict: object]>([
    ["is done when that is as wished", ready, {}, { phase: "Done" }],
    ["has nothing to do when that is as wished", ready, { mode: "Check" }, { phase: "Done" }],
    ["is refused when that is another one", installed("1.0.0"), {}, { phase: "Refused", reason: { code: "AlreadyExists" } }],
    [
      "is refused when that is of another service",
      installed("3.0.0", { spec: { service: "other" } }),
      {},
      { phase: "Refused", reason: { code: "ServiceMismatch" } },
    ],
    ["is done when it has made that, and it is ready", carrying(ready), {}, { phase: "Done" }],
    [
      "is over when somebody has changed that since",
      carrying(installed("3.0.0", { spec: { config: { replicas: 5 } } })),
      {},
      { phase: "Refused", reason: { code: "Superseded" } },
    ],
    ["goes on when it is held: there is no version to stay at", carrying(ready), { mode: "Hold" }, { phase: "Done" }],
  ])("%s", (_, instance, parts, verdict) => {
    expect(judgeInstall(stateOf(instance), anInstallIntent({ ...agreed, ...parts }))).toMatchObject(verdict);
  });
});

describe("another intent, where there is no instance", () => {
  it("is refused, unless it was to remove it", () => {
    expect(judgeAbsent(anIntent())).toMatchObject({ phase: "Refused", reason: { code: "UnknownInstance" } });
    expect(judgeAbsent(aConfigureIntent())).toMatchObject({ phase: "Refused", reason: { code: "UnknownInstance" } });
    expect(judgeAbsent(aRemoveIntent())).toEqual({ phase: "Done" });
  });
});
