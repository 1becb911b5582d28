import { describe, expect, it } from "vitest";
import type { IntentOf } from "./intent-steps.ts";
import { judgeRemove } from "./judge-remove.ts";
import { anOperation, aRemoveIntent, installed, stateOf } from "./state.fixture.ts";
import type { InstanceState } from "./state.ts";

const here = installed("1.0.0", { status: { inventory: { digest: "d", count: 4 } } });
const hashOf = (parts: Partial<IntentOf<"Remove">> = {}): string => judgeRemove(stateOf(here), aRemoveIntent(parts)).planHash ?? "";
const argo = {
  manager: "argocd-controller",
  operation: "Update" as const,
  apiVersion: "portolan.dev/v1alpha1",
  fieldsType: "FieldsV1",
  time: "2030-01-01T00:00:00Z",
  fieldsV1: { "f:spec": { "f:service": {} } },
};

describe("an intent to remove", () => {
  it.each<[what: string, state: InstanceState, parts: Partial<IntentOf<"Remove">>, verdict: object]>([
    ["deletes the instance", stateOf(here), {}, { phase: "Waiting", write: { change: { type: "Delete" } } }],
    [
      "leaves what is there when it is told so",
      stateOf(here),
      { deletionPolicy: "Orphan", planHash: hashOf({ deletionPolicy: "Orphan" }) },
      { phase: "Waiting", write: { change: { type: "Delete", deletionPolicy: "Orphan" } } },
    ],
    [
      "tells what would be gone",
      stateOf(here),
      { mode: "Check" },
      { phase: "Checked", check: { steps: [], disruptive: true, irreversible: true, changes: { deleted: 4 } } },
    ],
    [
      "tells that nothing would be gone",
      stateOf(here),
      { mode: "Check", deletionPolicy: "Orphan", planHash: hashOf({ deletionPolicy: "Orphan" }) },
      { phase: "Checked", check: { disruptive: false, irreversible: false, changes: { deleted: 0 } } },
    ],
    [
      "is not what was agreed to when another policy was",
      stateOf(here),
      { deletionPolicy: "Orphan" },
      { phase: "Refused", reason: { code: "PlanChanged" } },
    ],
    [
      "is refused while others require the service",
      stateOf(here, { dependents: ["shop 2.0.0 (apps/shop)"] }),
      {},
      { phase: "Refused", reason: { code: "RequiredByOthers", message: expect.stringContaining("apps/shop") } },
    ],
    [
      "is refused where GitOps would make it again",
      stateOf(installed("1.0.0", { metadata: { managedFields: [argo] } })),
      {},
      { phase: "Refused", reason: { code: "OwnedByOther", message: expect.stringContaining("argocd-controller") } },
    ],
    [
      "is refused where nothing may be lost",
      stateOf(here, { clusterPolicy: { disruptive: true, irreversible: false } }),
      {},
      { phase: "Refused", reason: { code: "ForbiddenByPolicy" } },
    ],
    [
      "waits for another operation",
      stateOf(installed("1.0.0", { status: { operation: anOperation(["1.0.0", "2.0.0"]) } })),
      {},
      { phase: "Waiting", reason: { code: "OperationRunning" } },
    ],
    [
      "runs while the instance goes",
      stateOf(installed("1.0.0", { metadata: { deletionTimestamp: "2030-01-01T00:00:00Z" } })),
      {},
      { phase: "Running" },
    ],
    [
      "cannot be held any more while the instance goes",
      stateOf(installed("1.0.0", { metadata: { deletionTimestamp: "2030-01-01T00:00:00Z" } })),
      { mode: "Hold" },
      { phase: "Running" },
    ],
    ["was never begun when it is held", stateOf(here), { mode: "Hold" }, { phase: "Held", reason: { code: "NotStarted" } }],
  ])("%s", (_, state, parts, verdict) => {
    expect(judgeRemove(state, aRemoveIntent({ planHash: hashOf(), ...parts }))).toMatchObject(verdict);
  });
});
