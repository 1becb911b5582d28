import { describe, expect, it } from "vitest";
import { HUB_MANAGER } from "../intents/mod.ts";
import { annotations, type ServiceInstance } from "../resources/mod.ts";
import { configDigest } from "./config-digest.ts";
import type { IntentOf } from "./intent-steps.ts";
import { judgeConfigure } from "./judge-configure.ts";
import { aConfigureIntent, anInstance, anOperation, installed, NOW, stateOf } from "./state.fixture.ts";
import type { InstanceState } from "./state.ts";

const template = { config: { replicas: 3 } };
const now = installed("1.0.0");
const then: ServiceInstance = { ...now, spec: { ...now.spec, ...template } };
const noSecrets = { values: {}, missing: [] };
const state = (instance = now, parts: Partial<InstanceState> = {}): InstanceState =>
  stateOf(instance, { wished: { instance: then, secrets: noSecrets }, ...parts });
const hash = judgeConfigure(state(), aConfigureIntent({ template })).planHash ?? "";

const ownedBy = (manager: string, operation: "Apply" | "Update", field: string) => ({
  manager,
  operation,
  apiVersion: "portolan.dev/v1alpha1",
  fieldsType: "FieldsV1",
  time: "2030-01-01T00:00:00Z",
  fieldsV1: { "f:spec": { "f:config": { [`f:${field}`]: {} } } },
});

function carrying(instance: ServiceInstance): ServiceInstance {
  return { ...instance, metadata: { ...instance.metadata, annotations: { [annotations.intent]: "i1" } } };
}

describe("an intent to configure", () => {
  it.each<[what: string, state: InstanceState, parts: Partial<IntentOf<"Configure">>, verdict: object]>([
    ["is written", state(), {}, { phase: "Waiting", write: { change: { type: "Template", template } } }],
    [
      "tells what it would do",
      state(now, { preflight: () => ({ findings: [], at: NOW, failures: 0, changes: null }) }),
      { mode: "Check" },
      { phase: "Checked", planHash: hash, check: { steps: ["1.0.0"] } },
    ],
    [
      "is refused where it was another one that was agreed to",
      state(),
      { planHash: "other" },
      { phase: "Refused", reason: { code: "PlanChanged" } },
    ],
    [
      "is refused where the API server would not take it",
      state(now, { wished: { refusal: { code: "Invalid", message: "spec.config: no" } } }),
      {},
      { phase: "Refused", reason: { code: "Invalid" } },
    ],
    [
      "is refused where another version does not fit it: its secret is missing",
      state(now, { wished: { instance: then, secrets: { values: {}, missing: ["the Secret apps/token does not exist"] } } }),
      {},
      { phase: "Refused", reason: { code: "SecretsMissing" } },
    ],
    [
      "is refused where GitOps owns what it would write",
      state(installed("1.0.0", { metadata: { managedFields: [ownedBy("kustomize-controller", "Apply", "replicas")] } })),
      {},
      { phase: "Refused", reason: { code: "OwnedByOther", message: expect.stringContaining("kustomize-controller") } },
    ],
    [
      "is written beside what GitOps owns",
      state(installed("1.0.0", { metadata: { managedFields: [ownedBy("kustomize-controller", "Apply", "color")] } })),
      {},
      { phase: "Waiting", write: {} },
    ],
    [
      "takes over what a person has edited",
      state(
        installed("1.0.0", {
          metadata: { managedFields: [ownedBy("kubectl-edit", "Update", "replicas"), ownedBy(HUB_MANAGER, "Apply", "color")] },
        }),
      ),
      {},
      { phase: "Waiting", write: { takeOverFrom: "kubectl-edit" } },
    ],
    ["is refused where nothing is installed", state(anInstance()), {}, { phase: "Refused", reason: { code: "NotInstalled" } }],
    [
      "waits for another operation",
      state(installed("1.0.0", { status: { operation: anOperation(["1.0.0", "2.0.0"]) } })),
      {},
      { phase: "Waiting", reason: { code: "OperationRunning" } },
    ],
    [
      "is done where everything is so already",
      state(installed("1.0.0", { spec: template, status: { configDigest: configDigest(template) } })),
      {},
      { phase: "Done" },
    ],
    [
      "is not done while what runs has the configuration of before",
      state(carrying(installed("1.0.0", { spec: template, status: { configDigest: configDigest({}) } }))),
      {},
      { phase: "Waiting" },
    ],
    [
      "is done when what runs has the configuration",
      state(carrying(installed("1.0.0", { spec: template, status: { configDigest: configDigest(template) } }))),
      {},
      { phase: "Done" },
    ],
    ["is over when somebody has changed it since", state(carrying(now)), {}, { phase: "Refused", reason: { code: "Superseded" } }],
    ["was never begun when it is held", state(), { mode: "Hold" }, { phase: "Held", reason: { code: "NotStarted" } }],
    [
      "goes to its end when it is held after it was written",
      state(carrying(installed("1.0.0", { spec: template, status: { operation: anOperation(["1.0.0", "1.0.0"]) } }))),
      { mode: "Hold" },
      { phase: "Running" },
    ],
  ])("%s", (_, given, parts, verdict) => {
    expect(judgeConfigure(given, aConfigureIntent({ template, planHash: hash, ...parts }))).toMatchObject(verdict);
  });
});
