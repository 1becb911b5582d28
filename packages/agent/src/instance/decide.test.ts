import { describe, expect, it } from "vitest";
import { annotations } from "../resources/mod.ts";
import { decide } from "./decide.ts";
import { aService, anInstance, anInstaller, anIntent, anOperation, anUpgrader, installed, NOW, planOf, stateOf } from "./state.fixture.ts";
import type { InstanceState } from "./state.ts";

const running = (parts: Parameters<typeof anOperation>[1]) => anOperation(["1.0.0", "2.0.0", "3.0.0"], parts);
const upgrading = (parts: Parameters<typeof anOperation>[1], spec: object = {}, generation = 1) =>
  installed("1.0.0", { metadata: { generation }, spec: { version: "3.0.0", ...spec }, status: { operation: running(parts) } });
const HOUR = 3_600_000;
const windowed = { upgradePolicy: { windows: [{ cron: "0 2 * * *", duration: "1h" }] } };
const unreadable = { upgradePolicy: { windows: [{ cron: "0 2 * * *", duration: "1h", timeZone: "Mars/Olympus" }] } };
const failure = { generation: 1, reason: "JobFailed", message: "before/backup: it failed", at: "2029-12-31T00:00:00Z" };
const rolledBack = { ...failure, reason: "RolledBack" };
/** From 3.0.0, which failed, back to 1.0.0: the second of two steps is next. */
const goingBack = (spec: object, generation = 1) =>
  installed("2.0.0", {
    metadata: { generation },
    spec: { version: "3.0.0", ...spec },
    status: { failure, operation: anOperation(["3.0.0", "2.0.0", "1.0.0"], { kind: "Rollback", cursor: { step: 1 } }) },
  });
const risky = aService({
  upgraders: [anUpgrader("to-2", "1.0.0", "2.0.0", { risks: [{ id: "data-loss", message: "data may be lost" }] })],
});

describe("decide", () => {
  it.each<[what: string, state: InstanceState, decision: object]>([
    [
      "shows what there is, without a version",
      stateOf(anInstance()),
      { do: "rest", phase: "Discovered", reason: { code: "NoVersion" }, stalled: false, judged: true },
    ],
    [
      "says that a service is unknown",
      stateOf(anInstance(), { service: "unknown" }),
      { do: "rest", phase: "Discovered", reason: { code: "UnknownService" }, stalled: true },
    ],
    [
      "says so too when a version is wanted",
      stateOf(anInstance({ spec: { version: "1.0.0" } }), { service: "unknown" }),
      { do: "rest", phase: "Discovered", reason: { code: "UnknownService" }, stalled: true, judged: true },
    ],
    [
      "holds the instance before anything is installed",
      stateOf(anInstance({ metadata: { finalizers: [] }, spec: { version: "1.0.0" } })),
      { do: "addFinalizer" },
    ],
    [
      "accepts an installation",
      stateOf(anInstance({ spec: { version: "2.0.0" } })),
      { do: "accept", kind: "Install", plan: { to: "2.0.0" } },
    ],
    [
      "accepts an upgrade over two hops",
      stateOf(installed("1.0.0", { spec: { version: "3.0.0" } })),
      { do: "accept", kind: "Upgrade", plan: { steps: [{}, {}] } },
    ],
    ["accepts a downgrade", stateOf(installed("2.0.0", { spec: { version: "1.0.0" } })), { do: "accept", kind: "Downgrade" }],
    [
      "refuses an unknown version with the versions that there are",
      stateOf(installed("1.0.0", { spec: { version: "9.9.9" } })),
      { do: "rest", phase: "Ready", reason: { code: "UnknownVersion" }, stalled: true },
    ],
    [
      "refuses a version that no upgrader leads to",
      stateOf(installed("3.0.0", { spec: { version: "1.0.0" } })),
      { do: "rest", phase: "Ready", reason: { code: "NoRoute" }, stalled: true },
    ],
    [
      "refuses what a later hop would not take, before the first",
      stateOf(installed("1.0.0", { spec: { version: "3.0.0", overrides: { size: "large" } } }), {
        service: aService({
          installers: [
            anInstaller("1.0.0"),
            anInstaller("2.0.0"),
            anInstaller("3.0.0", { valuesSchema: { type: "object", properties: { size: { type: "integer" } } } }),
          ],
        }),
      }),
      { do: "rest", reason: { code: "ConfigInvalid", message: expect.stringMatching(/\/size.*\(step to 3\.0\.0\)/u) }, stalled: true },
    ],
    [
      "refuses while a secret is missing",
      stateOf(anInstance({ spec: { version: "1.0.0" } }), { secrets: { values: {}, missing: ["the Secret apps/db does not exist"] } }),
      { do: "rest", reason: { code: "SecretsMissing", message: "the Secret apps/db does not exist" }, stalled: true },
    ],
    [
      "refuses a risk that nobody accepted",
      stateOf(installed("1.0.0", { spec: { version: "2.0.0" } }), { service: risky }),
      { do: "rest", reason: { code: "RisksNotAccepted", message: expect.stringContaining("data-loss (data may be lost)") } },
    ],
    [
      "takes a risk that the instance's policy accepts",
      stateOf(installed("1.0.0", { spec: { version: "2.0.0", upgradePolicy: { acceptRisks: ["data-loss"] } } }), { service: risky }),
      { do: "accept" },
    ],
    [
      "does not take a risk that an intent accepted, once a person has changed the version",
      stateOf(installed("1.0.0", { metadata: { annotations: { [annotations.acceptedRisks]: "data-loss" } }, spec: { version: "2.0.0" } }), {
        service: risky,
      }),
      { do: "rest", reason: { code: "RisksNotAccepted" } },
    ],
    [
      "installs a service of scope Namespace once in each namespace",
      stateOf(anInstance({ spec: { version: "1.0.0" } }), {
        siblings: [{ key: "other/one", namespace: "other", createdAt: "2020-01-01T00:00:00Z" }],
      }),
      { do: "accept" },
    ],
    [
      "refuses a second one in the same namespace, naming the older",
      stateOf(anInstance({ spec: { version: "1.0.0" } }), {
        siblings: [{ key: "apps/first", namespace: "apps", createdAt: "2020-01-01T00:00:00Z" }],
      }),
      { do: "rest", reason: { code: "AlreadyInstalled", message: expect.stringContaining("apps/first") } },
    ],
    [
      "of two that were made at once, the first by name stays",
      stateOf(anInstance({ spec: { version: "1.0.0" } }), {
        siblings: [{ key: "apps/two", namespace: "apps", createdAt: "2029-12-31T00:00:00Z" }],
      }),
      { do: "accept" },
    ],
    [
      "refuses a second one in the cluster for scope Cluster",
      stateOf(anInstance({ spec: { version: "1.0.0" } }), {
        service: aService({ scope: "Cluster" }),
        siblings: [{ key: "other/one", namespace: "other", createdAt: "2020-01-01T00:00:00Z" }],
      }),
      { do: "rest", reason: { code: "AlreadyInstalled" } },
    ],
    ["looks after what is installed", stateOf(installed("1.0.0")), { do: "maintain" }],
    ["takes back its hold of what is installed", stateOf(installed("1.0.0", { metadata: { finalizers: [] } })), { do: "addFinalizer" }],
    [
      "accepts another configuration",
      stateOf(installed("1.0.0", { spec: { config: { color: "green" } }, status: { configDigest: "before" } })),
      { do: "accept", kind: "Configure", plan: { from: "1.0.0", to: "1.0.0", steps: [] } },
    ],
    [
      "configures anew what a failed step may have touched",
      stateOf(installed("1.0.0", { status: { configDigest: undefined } as object })),
      { do: "accept", kind: "Configure" },
    ],
    [
      "refuses another configuration that does not fit",
      stateOf(installed("1.0.0", { spec: { config: { color: "purple" } }, status: { configDigest: "before" } })),
      { do: "rest", phase: "Ready", reason: { code: "ConfigInvalid", message: expect.stringContaining("/color") }, stalled: true },
    ],
    [
      "leaves a suspended instance as it is",
      stateOf(installed("1.0.0", { spec: { version: "2.0.0", suspend: true } })),
      { do: "rest", phase: "Suspended", judged: false },
    ],
    [
      "does not try again what failed for this spec",
      stateOf(installed("1.0.0", { spec: { version: "2.0.0" }, status: { failure } })),
      { do: "rest", phase: "Failed", reason: { code: "JobFailed" }, stalled: true, judged: false },
    ],
    [
      "tries again when the spec has changed",
      stateOf(installed("1.0.0", { metadata: { generation: 2 }, spec: { version: "2.0.0" }, status: { failure } })),
      { do: "accept" },
    ],
    [
      "tries again when someone asks for it",
      stateOf(
        installed("1.0.0", {
          metadata: { annotations: { [annotations.retry]: "b" } },
          spec: { version: "2.0.0" },
          status: { failure, lastHandledRetry: "a" },
        }),
      ),
      { do: "accept" },
    ],
    [
      "does so once for each value",
      stateOf(
        installed("1.0.0", {
          metadata: { annotations: { [annotations.retry]: "b" } },
          spec: { version: "2.0.0" },
          status: { failure, lastHandledRetry: "b" },
        }),
      ),
      { do: "rest", phase: "Failed" },
    ],
    [
      "removes an instance that is being deleted, whatever runs",
      stateOf(withDeletion(upgrading({ cursor: { step: 0, action: "deploy" } }))),
      { do: "remove" },
    ],
    [
      "does nothing to one that waits for others' finalizers",
      stateOf(installed("1.0.0", { metadata: { deletionTimestamp: "2030-01-01T00:00:00Z", finalizers: ["other"] } })),
      { do: "rest", phase: "Removing" },
    ],
    ["runs an operation from its start", stateOf(upgrading({})), { do: "run" }],
    ["runs the action at its cursor", stateOf(upgrading({ cursor: { step: 1, action: "ready" } })), { do: "run" }],
    [
      "gives a failed attempt its pause",
      stateOf(upgrading({ cursor: { step: 1, action: "deploy", nextAttemptAt: "2030-01-01T00:00:07.000Z" } })),
      { do: "wait", ms: 7_000 },
    ],
    [
      "goes on after the pause",
      stateOf(upgrading({ cursor: { step: 1, action: "deploy", nextAttemptAt: "2029-12-31T23:59:59.000Z" } })),
      { do: "run" },
    ],
    [
      "runs the step to its end although the target changed",
      stateOf(upgrading({ cursor: { step: 0, action: "ready" } }, { version: "1.0.0" }, 2)),
      { do: "run" },
    ],
    [
      "runs the step to its end although it is suspended",
      stateOf(upgrading({ cursor: { step: 0, action: "ready" } }, { suspend: true }, 2)),
      { do: "run" },
    ],
    [
      "stops between two steps when the target changed",
      stateOf(upgrading({ cursor: { step: 1 } }, { version: "2.0.0" }, 2)),
      { do: "stop", result: "Held" },
    ],
    [
      "stops before the first step when the target changed",
      stateOf(upgrading({}, { version: "2.0.0" }, 2)),
      { do: "stop", result: "Held" },
    ],
    ["does not start while it is suspended", stateOf(upgrading({}, { suspend: true }, 2)), { do: "rest", phase: "Suspended" }],
    [
      "goes no further while it is suspended",
      stateOf(upgrading({ cursor: { step: 1 } }, { suspend: true }, 2)),
      { do: "rest", phase: "Suspended" },
    ],
    [
      "ends it although it is suspended, when all is done",
      stateOf(upgrading({ cursor: { step: 2 } }, { suspend: true }, 2)),
      { do: "complete" },
    ],
    [
      "stops when the configuration does not fit the steps that are left",
      stateOf(upgrading({ cursor: { step: 1 } }, { config: { color: "purple" } }, 2)),
      { do: "stop", result: "Failed", reason: { code: "ConfigInvalid", message: expect.stringContaining("(step to 3.0.0)") } },
    ],
    [
      "looks after what was rolled back, and does not try again",
      stateOf(installed("1.0.0", { spec: { version: "2.0.0" }, status: { failure: rolledBack } })),
      { do: "maintain", pending: { phase: "Failed", reason: { code: "RolledBack" }, stalled: true } },
    ],
    [
      "leaves alone what was rolled back with another configuration",
      stateOf(installed("1.0.0", { spec: { version: "2.0.0" }, status: { failure: rolledBack, configDigest: "other" } })),
      { do: "rest", phase: "Failed", reason: { code: "RolledBack" } },
    ],
    [
      "tries again when someone asks for it after a rollback",
      stateOf(
        installed("1.0.0", {
          metadata: { annotations: { [annotations.retry]: "b" } },
          spec: { version: "2.0.0" },
          status: { failure: rolledBack },
        }),
      ),
      { do: "accept", kind: "Upgrade" },
    ],
    ["takes a rollback to its end, whatever the spec asks for", stateOf(goingBack({ version: "3.0.0" }, 7)), { do: "run" }],
    ["takes a rollback to its end outside of the window", stateOf(goingBack({ ...windowed })), { do: "run" }],
    ["takes a rollback to its end although the windows cannot be read", stateOf(goingBack({ ...unreadable })), { do: "run" }],
    ["stops a rollback while it is suspended", stateOf(goingBack({ suspend: true }, 2)), { do: "rest", phase: "Suspended" }],
    [
      "holds an upgrade for its window",
      stateOf(installed("1.0.0", { spec: { version: "3.0.0", ...windowed } })),
      {
        do: "hold",
        reason: { code: "WindowClosed", message: expect.stringContaining("2030-01-01T02:00:00Z") },
        opensAtMs: NOW + 2 * HOUR,
      },
    ],
    ["holds a downgrade for it", stateOf(installed("2.0.0", { spec: { version: "1.0.0", ...windowed } })), { do: "hold" }],
    [
      "holds another configuration for it",
      stateOf(installed("1.0.0", { spec: { config: { color: "green" }, ...windowed }, status: { configDigest: "before" } })),
      { do: "hold" },
    ],
    ["holds no installation", stateOf(anInstance({ spec: { version: "1.0.0", ...windowed } })), { do: "accept", kind: "Install" }],
    [
      "holds nothing while it is open",
      stateOf(installed("1.0.0", { spec: { version: "3.0.0", ...windowed } }), { now: NOW + 2 * HOUR }),
      { do: "accept" },
    ],
    ["looks after what is installed outside of it", stateOf(installed("1.0.0", { spec: windowed })), { do: "maintain" }],
    [
      "says what would be refused anyway without waiting for it",
      stateOf(installed("1.0.0", { spec: { version: "9.9.9", ...windowed } })),
      { do: "rest", reason: { code: "UnknownVersion" } },
    ],
    ["holds the next step for it", stateOf(upgrading({ cursor: { step: 1 } }, windowed)), { do: "hold", opensAtMs: NOW + 2 * HOUR }],
    ["holds the first step for it", stateOf(upgrading({}, windowed)), { do: "hold" }],
    ["runs a step to its end outside of it", stateOf(upgrading({ cursor: { step: 0, action: "ready" } }, windowed)), { do: "run" }],
    ["ends an operation outside of it", stateOf(upgrading({ cursor: { step: 2 } }, windowed)), { do: "complete" }],
    [
      "stops outside of it when the target changed",
      stateOf(upgrading({ cursor: { step: 1 } }, { version: "2.0.0", ...windowed }, 2)),
      { do: "stop" },
    ],
    ["holds no step of an installation", stateOf(upgrading({ kind: "Install", cursor: { step: 1 } }, windowed)), { do: "run" }],
    ...(
      [
        ["an installation", anInstance({ spec: { version: "1.0.0", ...unreadable } })],
        ["an upgrade", installed("1.0.0", { spec: { version: "3.0.0", ...unreadable } })],
        ["another configuration", installed("1.0.0", { spec: unreadable, status: { configDigest: "before" } })],
        ["the next step", upgrading({ cursor: { step: 1 } }, unreadable)],
      ] as const
    ).map(([what, instance]): [string, InstanceState, object] => [
      `does not begin ${what} while its windows cannot be read`,
      stateOf(instance),
      { do: "rest", reason: { code: "ConfigInvalid", message: expect.stringContaining("windows[0].timeZone") }, stalled: true },
    ]),
    ["lets the operation tell that its definitions are lost", stateOf(upgrading({ cursor: { step: 1 } }), { kept: "lost" }), { do: "run" }],
  ])("%s", (_, state, decision) => {
    expect(decide(state)).toMatchObject(decision);
  });

  it("writes an intent before anything else, but not onto an instance that is being deleted", () => {
    const state = stateOf(installed("1.0.0"));
    const intent = anIntent({ planHash: planOf(state, "3.0.0").hash });
    expect(decide({ ...state, intent })).toMatchObject({
      do: "writeIntent",
      write: { change: { type: "Version", version: "3.0.0" }, intentId: "i1", takeOverFrom: "kubectl-edit" },
    });
    const leaving = stateOf(withDeletion(installed("1.0.0")), { intent });
    expect(decide(leaving)).toEqual({ do: "remove" });
  });

  it("needs no catalog for an operation that was accepted", () => {
    const instance = upgrading({ cursor: { step: 1 } });
    expect(decide(stateOf(instance, { service: "unknown", kept: aService() }))).toMatchObject({ do: "run" });
  });
});

function withDeletion<T extends { readonly metadata: object }>(instance: T): T {
  return { ...instance, metadata: { ...instance.metadata, deletionTimestamp: "2030-01-01T00:00:00Z" } };
}
