import { describe, expect, it } from "vitest";
import { HUB_MANAGER } from "../intents/mod.ts";
import { annotations, type ServiceInstance } from "../resources/mod.ts";
import type { IntentOf } from "./intent-steps.ts";
import { judgeMove } from "./judge-move.ts";
import {
  aService,
  anInstance,
  anIntent,
  anOperation,
  anUpgrader,
  installed,
  NOW,
  planOf,
  stateOf,
  versionOwnedBy,
  type MoveParts,
} from "./state.fixture.ts";
import type { InstanceState } from "./state.ts";

const risky = aService({ upgraders: [anUpgrader("to-2", "1.0.0", "2.0.0", { risks: [{ id: "data-loss", message: "" }] })] });

/** The intent with the hash of the plan that the agent itself has. */
function agreed(state: InstanceState, parts: MoveParts = {}): IntentOf<"Move"> {
  const version = parts.version ?? "3.0.0";
  return anIntent({ planHash: planOf(state, version).hash, ...parts });
}

const windowed = { upgradePolicy: { windows: [{ cron: "0 2 * * *", duration: "1h" }] } };
const OPENS = NOW + 2 * 3_600_000;

const oneReady = stateOf(installed("1.0.0"));

/** What the hub's manager has written onto an instance. */
function carrying(instance: ServiceInstance, id = "i1", retry?: string): ServiceInstance {
  return {
    ...instance,
    metadata: {
      ...instance.metadata,
      managedFields: [versionOwnedBy(HUB_MANAGER, "Apply")],
      annotations: {
        ...instance.metadata.annotations,
        [annotations.intent]: id,
        ...(retry === undefined ? {} : { [annotations.retry]: retry }),
      },
    },
  };
}

describe("an intent that the instance does not carry yet", () => {
  it.each<[what: string, state: InstanceState, parts: MoveParts, verdict: object]>([
    [
      "is written",
      oneReady,
      {},
      { phase: "Waiting", write: { change: { type: "Version", version: "3.0.0" }, intentId: "i1", takeOverFrom: "kubectl-edit" } },
    ],
    ["is written once a Check has told the plan", oneReady, { mode: "Check" }, { phase: "Checked" }],
    ["is refused for another service", oneReady, { service: "other" }, { phase: "Refused", reason: { code: "ServiceMismatch" } }],
    ["is refused after its time", oneReady, { notAfterUnixMs: NOW - 1 }, { phase: "Refused", reason: { code: "Expired" } }],
    ["is taken up to its time", oneReady, { notAfterUnixMs: NOW }, { phase: "Waiting" }],
    [
      "is refused by an instance that ignores the fleet",
      stateOf(installed("1.0.0", { spec: { fleet: "Ignore" } })),
      {},
      { phase: "Refused", reason: { code: "FleetIgnored" } },
    ],
    [
      "is refused by a suspended instance",
      stateOf(installed("1.0.0", { spec: { suspend: true } })),
      {},
      { phase: "Refused", reason: { code: "Suspended" } },
    ],
    [
      "is refused by an instance that is being deleted",
      stateOf(installed("1.0.0", { metadata: { deletionTimestamp: "2030-01-01T00:00:00Z" } })),
      {},
      { phase: "Refused", reason: { code: "Removing" } },
    ],
    [
      "is refused where Flux owns the version, by name",
      stateOf(installed("1.0.0", { metadata: { managedFields: [versionOwnedBy("kustomize-controller", "Apply")] } })),
      {},
      { phase: "Refused", reason: { code: "OwnedByOther", message: expect.stringContaining("kustomize-controller") } },
    ],
    [
      "waits for another operation",
      stateOf(installed("1.0.0", { status: { operation: anOperation(["1.0.0", "2.0.0"]) } })),
      {},
      { phase: "Waiting", reason: { code: "OperationRunning" } },
    ],
    ["is done where everything is so already", stateOf(installed("3.0.0")), { planHash: "" }, { phase: "Done" }],
    [
      "is refused for another plan, with the agent's own",
      oneReady,
      { planHash: "other" },
      { phase: "Refused", reason: { code: "PlanChanged" }, planHash: planOf(oneReady, "3.0.0").hash },
    ],
    [
      "is refused for a version that cannot be reached",
      stateOf(installed("3.0.0")),
      { version: "1.0.0", planHash: "x" },
      { phase: "Refused", reason: { code: "NoRoute" } },
    ],
    [
      "is refused where the service is unknown",
      stateOf(installed("1.0.0"), { service: "unknown" }),
      { planHash: "x" },
      { phase: "Refused", reason: { code: "UnknownService" } },
    ],
    [
      "is refused for a risk that it does not accept",
      stateOf(installed("1.0.0"), { service: risky }),
      { version: "2.0.0" },
      { phase: "Refused", reason: { code: "RisksNotAccepted" } },
    ],
    [
      "takes risks that it accepts",
      stateOf(installed("1.0.0"), { service: risky }),
      { version: "2.0.0", acceptRisks: ["data-loss"] },
      { phase: "Waiting", write: { acceptRisks: ["data-loss"] } },
    ],
    [
      "does not take risks that only an earlier intent accepted",
      stateOf(carrying(installed("1.0.0", { metadata: { annotations: { [annotations.acceptedRisks]: "data-loss" } } }), "earlier"), {
        service: risky,
      }),
      { version: "2.0.0" },
      { phase: "Refused", reason: { code: "RisksNotAccepted" } },
    ],
    [
      "is refused while a secret is missing",
      stateOf(installed("1.0.0"), { secrets: { values: {}, missing: ["the Secret apps/db does not exist"] } }),
      {},
      { phase: "Refused", reason: { code: "SecretsMissing" } },
    ],
    [
      "waits for the maintenance window, unwritten, and says until when",
      stateOf(installed("1.0.0", { spec: windowed })),
      {},
      { phase: "Waiting", reason: { code: "WindowClosed" }, waitsUntilUnixMs: OPENS, planHash: planOf(oneReady, "3.0.0").hash },
    ],
    ["is written when that opens", stateOf(installed("1.0.0", { spec: windowed }), { now: OPENS }), {}, { phase: "Waiting", write: {} }],
    ["is checked while that is closed", stateOf(installed("1.0.0", { spec: windowed })), { mode: "Check" }, { phase: "Checked" }],
    ["does not wait for it with an installation", stateOf(anInstance({ spec: windowed })), {}, { phase: "Waiting", write: {} }],
    [
      "is refused while the windows cannot be read",
      stateOf(installed("1.0.0", { spec: { upgradePolicy: { windows: [{ cron: "x", duration: "1h" }] } } })),
      {},
      { phase: "Refused", reason: { code: "ConfigInvalid" } },
    ],
    [
      "is refused where the cluster's policy does not allow it",
      stateOf(installed("1.0.0"), { clusterPolicy: { actions: ["install"], disruptive: true, irreversible: true } }),
      {},
      { phase: "Refused", reason: { code: "ForbiddenByPolicy", message: expect.stringContaining("the action upgrade") } },
    ],
    [
      "is refused by a Check for the same reason",
      stateOf(installed("1.0.0"), { clusterPolicy: { services: [], disruptive: true, irreversible: true } }),
      { mode: "Check" },
      { phase: "Refused", reason: { code: "ForbiddenByPolicy", message: expect.stringContaining("the service web") } },
    ],
    [
      "is refused where its objects would go into a namespace that the policy does not allow",
      stateOf(installed("1.0.0", { spec: { targetNamespace: "elsewhere" } }), {
        clusterPolicy: { namespaces: ["apps"], disruptive: true, irreversible: true },
      }),
      {},
      { phase: "Refused", reason: { code: "ForbiddenByPolicy", message: expect.stringContaining("the namespace elsewhere") } },
    ],
    [
      "is refused where the policy cannot be used",
      stateOf(installed("1.0.0"), { clusterPolicy: { problem: "it is no YAML" } }),
      {},
      { phase: "Refused", reason: { code: "PolicyInvalid", message: expect.stringContaining("it is no YAML") } },
    ],
    ["is stopped before it starts", oneReady, { mode: "Hold" }, { phase: "Held", reason: { code: "NotStarted" } }],
  ])("%s", (_, state, parts, verdict) => {
    const intent = parts.planHash === undefined && state.graph !== undefined ? agreed(state, parts) : anIntent(parts);
    expect(judgeMove(state, intent)).toMatchObject(verdict);
  });

  it("that only checks writes nothing, and may ask for the plan without knowing it", () => {
    const verdict = judgeMove(oneReady, anIntent({ mode: "Check" }));
    expect(verdict).toEqual({
      phase: "Checked",
      planHash: planOf(oneReady, "3.0.0").hash,
      check: { steps: ["2.0.0", "3.0.0"], disruptive: false, irreversible: false, risks: [] },
    });
    const upgraders = [anUpgrader("to-2", "1.0.0", "2.0.0", { disruptive: true, irreversible: true })];
    const oneWay = stateOf(installed("1.0.0"), { service: aService({ upgraders }) });
    expect(judgeMove(oneWay, anIntent({ mode: "Check", version: "2.0.0" }))).toMatchObject({
      phase: "Checked",
      check: { steps: ["2.0.0"], disruptive: true, irreversible: true },
    });
    expect(judgeMove(oneReady, anIntent({ mode: "Check", planHash: "other" }))).toMatchObject({
      phase: "Refused",
      reason: { code: "PlanChanged" },
    });
  });

  it("that applies is never written without the plan that was agreed to", () => {
    expect(judgeMove(oneReady, anIntent())).toMatchObject({ phase: "Refused", reason: { code: "PlanChanged" } });
  });

  it("is not written while the maintenance window is closed", () => {
    const state = stateOf(installed("1.0.0", { spec: windowed }));
    expect(judgeMove(state, agreed(state))).not.toHaveProperty("write");
  });

  it("takes nobody's version over silently: only a person's edit is named", () => {
    const nobody = stateOf(installed("1.0.0", { metadata: { managedFields: [] } }));
    expect(judgeMove(nobody, agreed(nobody)).write).not.toHaveProperty("takeOverFrom");
  });
});

describe("an intent that the instance carries", () => {
  const failure = { generation: 1, reason: "JobFailed", message: "it failed", at: "2030-01-01T00:00:00Z" };
  const stalled = [
    { type: "Stalled", status: "True", reason: "SecretsMissing", message: "no secret", lastTransitionTime: "2030-01-01T00:00:00Z" },
  ] as const;

  it.each<[what: string, instance: ServiceInstance, verdict: object]>([
    [
      "runs while its operation runs",
      installed("1.0.0", { spec: { version: "3.0.0" }, status: { operation: anOperation(["1.0.0", "2.0.0", "3.0.0"]) } }),
      { phase: "Running" },
    ],
    [
      "waits until the spec was seen",
      installed("1.0.0", { metadata: { generation: 2 }, spec: { version: "3.0.0" }, status: { observedGeneration: 1 } }),
      { phase: "Waiting" },
    ],
    [
      "waits between two steps for the maintenance window",
      installed("1.0.0", {
        spec: { version: "3.0.0", ...windowed },
        status: { operation: anOperation(["1.0.0", "2.0.0", "3.0.0"], { cursor: { step: 1 } }) },
      }),
      { phase: "Waiting", reason: { code: "WindowClosed" }, waitsUntilUnixMs: OPENS },
    ],
    [
      "runs a step to its end outside of the window",
      installed("1.0.0", {
        spec: { version: "3.0.0", ...windowed },
        status: { operation: anOperation(["1.0.0", "2.0.0", "3.0.0"], { cursor: { step: 1, action: "deploy" } }) },
      }),
      { phase: "Running" },
    ],
    [
      "waits for the window that closed before it was begun",
      installed("1.0.0", {
        spec: { version: "3.0.0", ...windowed },
        status: {
          conditions: [{ type: "Ready", status: "False", reason: "WindowClosed", message: "", lastTransitionTime: "2030-01-01T00:00:00Z" }],
        },
      }),
      { phase: "Waiting", reason: { code: "WindowClosed" }, waitsUntilUnixMs: OPENS },
    ],
    ["is done when its version is installed and ready", installed("3.0.0"), { phase: "Done" }],
    [
      "waits, with the reason, until it is ready",
      installed("3.0.0", {
        status: {
          conditions: [
            {
              type: "Ready",
              status: "False",
              reason: "ObjectsNotReady",
              message: "Deployment web",
              lastTransitionTime: "2030-01-01T00:00:00Z",
            },
          ],
        },
      }),
      { phase: "Waiting", reason: { code: "ObjectsNotReady", message: "Deployment web" } },
    ],
    [
      "has failed when its operation has",
      installed("1.0.0", { spec: { version: "3.0.0" }, status: { failure } }),
      { phase: "Failed", reason: { code: "JobFailed", message: "it failed" } },
    ],
    [
      "runs while it is rolled back",
      installed("1.0.0", {
        spec: { version: "3.0.0" },
        status: { failure, operation: anOperation(["2.0.0", "1.0.0"], { kind: "Rollback" }) },
      }),
      { phase: "Running" },
    ],
    [
      "has failed when it was rolled back",
      installed("1.0.0", { spec: { version: "3.0.0" }, status: { failure: { ...failure, reason: "RolledBack" } } }),
      { phase: "Failed", reason: { code: "RolledBack" } },
    ],
    [
      "has failed when the agent will not go on by itself",
      installed("1.0.0", { spec: { version: "3.0.0" }, status: { conditions: stalled } }),
      { phase: "Failed", reason: { code: "SecretsMissing" } },
    ],
    [
      "is superseded when someone else set another version",
      installed("1.0.0", { spec: { version: "2.0.0" } }),
      { phase: "Refused", reason: { code: "Superseded" } },
    ],
    [
      "goes on although its time is over",
      installed("1.0.0", { spec: { version: "3.0.0", fleet: "Ignore" }, status: { operation: anOperation(["1.0.0", "3.0.0"]) } }),
      { phase: "Running" },
    ],
  ])("%s", (_, instance, verdict) => {
    const judged = judgeMove(stateOf(carrying(instance)), anIntent({ notAfterUnixMs: 1 }));
    expect(judged).toMatchObject(verdict);
    expect(judged).not.toHaveProperty("write");
  });

  it.each([
    ["an earlier failure", installed("1.0.0", { spec: { version: "3.0.0" }, status: { failure, lastHandledRetry: "i0" } })],
    ["an earlier refusal", installed("1.0.0", { spec: { version: "3.0.0" }, status: { conditions: stalled, lastHandledRetry: "i0" } })],
  ])("is not blamed for %s of the same version", (_, instance) => {
    expect(judgeMove(stateOf(carrying(instance, "i1", "i1")), anIntent())).toEqual({ phase: "Waiting" });
  });
});

describe("a Hold of an intent that the instance carries", () => {
  const upgrading = (cursor: object, spec = "3.0.0") =>
    carrying(
      installed("1.0.0", {
        spec: { version: spec },
        status: { operation: anOperation(["1.0.0", "2.0.0", "3.0.0"], { cursor: { step: 0, ...cursor } }) },
      }),
    );
  const failure = { generation: 1, reason: "JobFailed", message: "", at: "2030-01-01T00:00:00Z" };

  it.each<[what: string, instance: ServiceInstance, verdict: object, version: string | undefined]>([
    ["goes back to where it was, when no step has begun", upgrading({}), { phase: "Running" }, "1.0.0"],
    ["aims at the version of the running step", upgrading({ action: "deploy" }), { phase: "Running" }, "2.0.0"],
    ["aims at the version that it stands at, between two steps", upgrading({ step: 1 }), { phase: "Running" }, "2.0.0"],
    ["has nothing to change in the last step", upgrading({ step: 1, action: "deploy" }), { phase: "Running" }, undefined],
    ["waits for the running step, once it aims at its version", upgrading({ action: "deploy" }, "2.0.0"), { phase: "Running" }, undefined],
    [
      "takes back a target whose plan was not accepted yet",
      carrying(installed("1.0.0", { spec: { version: "3.0.0" } })),
      { phase: "Running" },
      "1.0.0",
    ],
    [
      "leaves a rollback alone",
      carrying(
        installed("2.0.0", {
          spec: { version: "3.0.0" },
          status: { failure, operation: anOperation(["3.0.0", "2.0.0", "1.0.0"], { kind: "Rollback", cursor: { step: 1 } }) },
        }),
      ),
      { phase: "Running" },
      undefined,
    ],
    [
      "says that it was rolled back, and moves nothing",
      carrying(installed("1.0.0", { spec: { version: "3.0.0" }, status: { failure: { ...failure, reason: "RolledBack" } } })),
      { phase: "Failed", reason: { code: "RolledBack" } },
      undefined,
    ],
    ["is held when that version is there", carrying(installed("2.0.0")), { phase: "Held" }, undefined],
    ["is done when the target was reached in spite of it", carrying(installed("3.0.0")), { phase: "Done" }, undefined],
    [
      "says that it failed, and moves nothing",
      carrying(installed("1.0.0", { spec: { version: "3.0.0" }, status: { failure } })),
      { phase: "Failed" },
      undefined,
    ],
    [
      "cannot take back an installation: a version cannot be unset",
      carrying(anInstance({ spec: { version: "3.0.0" } })),
      { phase: "Waiting" },
      undefined,
    ],
    [
      "leaves alone what a person has set since",
      {
        ...carrying(installed("1.0.0", { spec: { version: "3.0.0" } })),
        metadata: { ...carrying(installed("1.0.0")).metadata, managedFields: [versionOwnedBy("kubectl-edit", "Update")] },
      },
      { phase: "Refused", reason: { code: "Superseded" } },
      undefined,
    ],
    [
      "leaves alone an instance that ignores the fleet by now",
      carrying(installed("1.0.0", { spec: { version: "3.0.0", fleet: "Ignore" } })),
      { phase: "Refused", reason: { code: "FleetIgnored" } },
      undefined,
    ],
  ])("%s", (_, instance, verdict, version) => {
    const judged = judgeMove(stateOf(instance), anIntent({ mode: "Hold" }));
    expect(judged).toMatchObject(verdict);
    expect(judged.write?.change).toEqual(version === undefined ? undefined : { type: "Version", version });
  });
});
