import { describe, expect, it } from "vitest";
import { ALLOWED_IN, command, type CommandContext, type CommandType, type RolloutCommand } from "./commands.ts";
import { commandContextFixture, FleetFixture, rolloutFixture, sentFixture, specFixture, targetFixture } from "./fleet.fixture.ts";
import { checkHash } from "./check.ts";
import type { Rollout, TargetDecision } from "./model.ts";
import { PHASES, phaseOf, type RolloutPhase } from "./phase.ts";

const fleet = new FleetFixture().add("a").add("b");
const context = commandContextFixture(fleet);
const FAILED: TargetDecision = { type: "Settled", result: "Failed", atMs: 1, reasons: [] };
const interruption = { atMs: 1, reason: { code: "X", message: "x" } };

/** A rollout in each phase. */
function inPhase(phase: RolloutPhase): Rollout {
  const approval = specFixture({ waves: [{ approval: { roles: ["owner"] } }] });
  const started = rolloutFixture(["a", "b"], {}, [FAILED, sentFixture(1)]);
  const { started: _started, ...draft } = rolloutFixture([], {
    targets: ["a", "b"].map((name) =>
      targetFixture(name, undefined, {
        check: { type: "Checked", planHash: "p", steps: ["2.0.0"], disruptive: false, irreversible: false, risks: [] },
      }),
    ),
  });
  switch (phase) {
    case "Draft":
      return draft;
    case "Checking":
      return { ...draft, check: { number: 1, askedAtMs: 0 } };
    case "Checked":
      return { ...draft, check: { number: 1, askedAtMs: 0, hash: checkHash(draft) } };
    case "Running":
      return { ...started, waves: [{ startedAtMs: 0, settledAtMs: 1 }] };
    case "AwaitingApproval":
      return { ...started, spec: approval, waves: [{ approvalAskedAtMs: 1 }] };
    case "Paused":
      return { ...started, paused: interruption };
    case "Aborting":
      return { ...started, aborted: interruption };
    case "RollingBack":
      return { ...started, rollingBack: interruption };
    case "Succeeded":
    case "Failed":
    case "Aborted":
    case "RolledBack":
      return { ...started, finished: { result: phase, atMs: 1 } };
  }
}

/** Its wave has come to its end, and its gate has not been passed. */
const GATE_FAILED: Rollout = {
  ...rolloutFixture(["a"], {}, [FAILED]),
  waves: [{ startedAtMs: 0, settledAtMs: 1 }],
  paused: { ...interruption, reason: { code: "GateFailed", message: "x" } },
};

const REF = { cluster: "a", namespace: "default", name: "main" };
const COMMANDS: Readonly<Record<CommandType, RolloutCommand>> = {
  check: { type: "check" },
  start: { type: "start", hash: inPhase("Checked").check?.hash ?? "" },
  pause: { type: "pause" },
  resume: { type: "resume" },
  abort: { type: "abort" },
  approve: { type: "approve" },
  reject: { type: "reject" },
  retry: { type: "retry" },
  skip: { type: "skip", targets: [REF] },
  promote: { type: "promote" },
};
/** What every command makes of every phase; what is not here is refused. */
const BECOMES: Readonly<Record<CommandType, Partial<Record<RolloutPhase, RolloutPhase>>>> = {
  check: { Draft: "Checking", Checking: "Checking", Checked: "Checking" },
  start: { Checked: "Running" },
  pause: { Running: "Paused", AwaitingApproval: "Paused" },
  resume: { Paused: "Running" },
  abort: {
    Draft: "Aborted",
    Checking: "Aborted",
    Checked: "Aborted",
    Running: "Aborting",
    AwaitingApproval: "Aborting",
    Paused: "Aborting",
    Succeeded: "Succeeded",
    Failed: "Failed",
  },
  approve: { AwaitingApproval: "Running" },
  reject: { AwaitingApproval: "Paused" },
  retry: { Running: "Running", AwaitingApproval: "AwaitingApproval", Paused: "Paused" },
  skip: { Running: "Running", AwaitingApproval: "AwaitingApproval", Paused: "Paused" },
  promote: { Running: "Running", Paused: "Running" },
};
const TABLE = Object.values(COMMANDS).flatMap((asked) => PHASES.map((phase) => [asked, phase, BECOMES[asked.type][phase]] as const));

describe("what people ask of a rollout", () => {
  it("means something in the phases that are told to who asks in another", () => {
    for (const { type } of Object.values(COMMANDS)) {
      expect([type, ALLOWED_IN[type].toSorted()]).toEqual([type, Object.keys(BECOMES[type]).toSorted()]);
    }
  });

  it.each(TABLE)("$type while it is %s becomes %s", (asked, phase, becomes) => {
    const rollout = asked.type === "promote" && phase === "Paused" ? GATE_FAILED : inPhase(phase);
    expect(phaseOf(rollout)).toBe(phase);
    const outcome = command(rollout, asked, context);
    const said = "rollout" in outcome ? phaseOf(outcome.rollout) : `${outcome.problem.code}: ${outcome.problem.message}`;
    const refusal = `WrongPhase: the rollout one is ${phase}: ${asked.type} is possible while it is `;
    expect(said.startsWith(becomes ?? refusal)).toBe(true);
  });

  const done = (rollout: Rollout, asked: RolloutCommand, changes: Partial<CommandContext> = {}): Rollout => {
    const outcome = command(rollout, asked, { ...context, ...changes });
    if ("problem" in outcome) throw new Error(outcome.problem.message);
    return outcome.rollout;
  };

  it("is written down with who asked, and why", () => {
    expect(done(inPhase("Running"), { type: "pause" }).paused).toEqual({
      atMs: 7,
      by: "ada",
      reason: { code: "PausedByUser", message: "ada paused it: because" },
    });
    expect(done(inPhase("AwaitingApproval"), { type: "approve" }).waves[0]?.approved).toEqual({ atMs: 7, by: "ada" });
  });

  it("is refused to who has none of the roles", () => {
    const actor = { name: "eve", roles: ["reader"] };
    expect(command(inPhase("AwaitingApproval"), { type: "approve" }, { ...context, actor })).toEqual({
      problem: { code: "NotAllowed", message: "wave 1 can be decided about by owner; eve is reader" },
    });
  });

  it("is refused when it was decided from an older check", () => {
    const checked = inPhase("Checked");
    const changed = { ...checked, targets: checked.targets.map((target) => ({ ...target, check: { type: "There" } as const })) };
    expect(command(changed, COMMANDS.start, context)).toMatchObject({ problem: { code: "StaleCheck" } });
  });

  it.each<[string, FleetFixture, string]>([
    ["others joined", new FleetFixture().add("a").add("b").add("c"), "new: c/default/main"],
    ["one is not chosen any more", new FleetFixture().add("a"), "not chosen any more: b/default/main"],
    ["one was rebuilt", new FleetFixture().add("a").add("b").rebuild("b"), "in another wave, or rebuilt: b/default/main"],
    ["there is nobody any more", new FleetFixture(), "no cluster of the fleet has an instance of the service cert-manager"],
  ])("is refused when %s since the check", (_case, changed, what) => {
    expect(command(inPhase("Checked"), COMMANDS.start, { ...context, fleet: changed })).toEqual({
      problem: { code: "StaleCheck", message: `the fleet has changed since the check (${what}): check it again` },
    });
  });

  it("asks whom the selector chooses now, as another rollout where those are others", () => {
    expect(done(inPhase("Checked"), { type: "check" })).toMatchObject({ uid: "ro-1", check: { number: 2 } });
    const moved = new FleetFixture().add("a").add("b", { version: "1.1.0", targetVersion: "1.1.0" });
    expect(done(inPhase("Checked"), { type: "check" }, { fleet: moved })).toMatchObject({ uid: "ro-1", targets: [{}, { from: "1.1.0" }] });
    const joined = new FleetFixture().add("a").add("b").add("c");
    expect(done(inPhase("Checked"), { type: "check" }, { fleet: joined })).toMatchObject({
      uid: "ro-2",
      targets: [{ cluster: "a" }, { cluster: "b" }, { cluster: "c", check: { type: "Asked", intentId: "ro-2.2.c2" } }],
    });
    const undo = { ...inPhase("Checked"), undoes: { name: "zero", uid: "ro-0" } };
    expect(done(undo, { type: "check" }, { fleet: joined }).targets.length).toBe(2);
    expect(done(undo, COMMANDS.start, { fleet: joined }).started).toBeDefined();
  });

  it("is refused when another open rollout has an instance, by its name", () => {
    expect(
      command(inPhase("Checked"), COMMANDS.start, { ...context, ownerOf: (key) => (key.startsWith("b/") ? "other" : undefined) }),
    ).toMatchObject({
      problem: { code: "InstanceBusy", rollout: "other", instances: [{ cluster: "b" }] },
    });
  });

  it("ends the catching up of a rollout that has ended, once", () => {
    const ended = inPhase("Succeeded");
    expect(done(ended, { type: "abort" }).aborted).toMatchObject({ by: "ada" });
    const over = { ...ended, targets: [targetFixture("a", FAILED)] };
    for (const rollout of [over, { ...ended, aborted: interruption }]) {
      expect(command(rollout, { type: "abort" }, context)).toMatchObject({ problem: { code: "NothingToDo" } });
    }
  });

  it("tolerates what has failed so far when it goes on", () => {
    expect(done(inPhase("Paused"), { type: "resume" }).targets.map(({ decision }) => decision)).toMatchObject([
      { tolerated: true },
      { type: "Sent" },
    ]);
  });

  it("asks again who did not approve in time, and lets a wave soak again whose gate has failed", () => {
    const expired = { ...inPhase("AwaitingApproval"), paused: { ...interruption, reason: { code: "ApprovalExpired", message: "x" } } };
    expect(done(expired, { type: "resume" }).waves).toEqual([{}]);
    const gate = { ...inPhase("Running"), paused: { ...interruption, reason: { code: "GateFailed", message: "x" } } };
    expect(done(gate, { type: "resume" }).waves).toEqual([{ startedAtMs: 0, settledAtMs: 7 }]);
    expect(done({ ...gate, waves: [{ startedAtMs: 0, settledAtMs: 1, promotedAtMs: 2 }] }, { type: "resume" }).waves).toEqual([
      { startedAtMs: 0, settledAtMs: 7 },
    ]);
  });

  it("forgets that somebody ended a soak when the rollout goes on after a pause, or somebody is tried again", () => {
    const promoted = { startedAtMs: 0, settledAtMs: 1, promotedAtMs: 2 };
    expect(done({ ...inPhase("Paused"), waves: [promoted] }, { type: "resume" }).waves).toEqual([{ startedAtMs: 0, settledAtMs: 1 }]);
    expect(done({ ...inPhase("Paused"), waves: [promoted] }, { type: "retry" }).waves).toEqual([{ startedAtMs: 0 }]);
  });

  it("lets a wave pass whose gate has failed, and nothing else that is paused", () => {
    const passed = done(GATE_FAILED, { type: "promote" });
    expect([phaseOf(passed), passed.waves]).toEqual(["Running", [{ startedAtMs: 0, settledAtMs: 1, promotedAtMs: 7, passedAtMs: 7 }]]);
    for (const changes of [{ paused: interruption }, { targets: [targetFixture("a")] }]) {
      const rollout = { ...GATE_FAILED, ...changes };
      expect(command(rollout, { type: "promote" }, context)).toMatchObject({ problem: { code: "NothingToDo" } });
    }
  });

  it("is refused when the approval has expired, whoever notices first", () => {
    const spec = specFixture({ waves: [{ approval: { roles: ["owner"], expiresAfterSeconds: 5 } }] });
    const waiting = { ...inPhase("AwaitingApproval"), spec };
    expect(done(waiting, { type: "approve" }, { nowMs: 5_000 }).waves[0]?.approved).toBeDefined();
    for (const type of ["approve", "reject"] as const) {
      expect(command(waiting, { type }, { ...context, nowMs: 5_001 })).toEqual({
        problem: {
          code: "ApprovalExpired",
          message: "wave 1 could be decided about until 1970-01-01T00:00:05.001Z: resume the rollout, which asks again",
        },
      });
    }
  });

  it("decides about the wave that was meant, or about none", () => {
    const waiting = inPhase("AwaitingApproval");
    expect(done(waiting, { type: "approve", wave: "1" }).waves[0]?.approved).toBeDefined();
    expect(command(waiting, { type: "approve", wave: "canary" }, context)).toEqual({
      problem: { code: "NothingToDo", message: "the wave that waits to be decided about is 1, not canary" },
    });
  });

  it("does not go on to a version that was retracted", () => {
    const retraction = (_service: string, version: string) =>
      version === "2.0.0" ? { code: "Retracted", message: "it eats data" } : undefined;
    const left = { ...inPhase("Paused"), targets: [targetFixture("a")] };
    expect(command(left, { type: "resume" }, { ...context, retraction })).toMatchObject({ problem: { code: "VersionRetracted" } });
    expect(done(left, { type: "resume" }).paused).toBeUndefined();
    // Nobody is left who would go there.
    expect(done({ ...left, targets: [targetFixture("a", FAILED)] }, { type: "resume" }, { retraction }).paused).toBeUndefined();
  });

  it.each<[string, TargetDecision, string]>([
    ["waits", { type: "Undecided" }, "Skipped"],
    ["is offline", { type: "Deferred", atMs: 1 }, "Skipped"],
    ["is on its way", sentFixture(0), "held: Skipped"],
    [
      "is held for a window",
      { type: "Sent", intent: { id: "ro-1.0", sentAtMs: 0, hold: { atMs: 1, reason: "WindowClosed", opensAtMs: 9 } } },
      "held: Skipped",
    ],
    ["has failed", FAILED, "Skipped"],
    ["has succeeded", { ...FAILED, result: "Succeeded" }, "NothingToDo"],
    ["was left out before", { ...FAILED, result: "Skipped" }, "NothingToDo"],
    ["is to be left out", { type: "Sent", intent: { id: "ro-1.0", sentAtMs: 0, hold: { atMs: 1, reason: "Skipped" } } }, "NothingToDo"],
  ])("leaves out a target that %s: %s", (_case, decision, becomes) => {
    const outcome = command({ ...inPhase("Paused"), targets: [targetFixture("a", decision)] }, COMMANDS.skip, context);
    const [target] = "rollout" in outcome ? outcome.rollout.targets : [];
    const problem = "problem" in outcome ? outcome.problem.code : undefined;
    const hold = target?.decision.type === "Sent" ? `held: ${target.decision.intent.hold?.reason ?? ""}` : undefined;
    expect(problem ?? hold ?? (target?.decision.type === "Settled" ? target.decision.result : undefined)).toBe(becomes);
  });

  it("tries again as another intent, and leaves out what runs after its step", () => {
    expect(done(inPhase("Paused"), { type: "retry" }).targets[0]).toMatchObject({ attempts: 1, decision: { type: "Undecided" } });
    const skipped = done(inPhase("Paused"), { type: "skip", targets: [REF, { ...REF, cluster: "b" }] });
    expect(skipped.targets.map(({ decision }) => decision)).toMatchObject([
      { result: "Skipped" },
      { type: "Sent", intent: { hold: { reason: "Skipped" } } },
    ]);
  });

  it("tries again nothing that its agent still works on, and what comes back to a passed wave with the wave under way", () => {
    const openIntent = { id: "ro-1.0", sentAtMs: 0, hold: { atMs: 1, reason: "ProgressDeadlineExceeded" } } as const;
    const working = { ...inPhase("Paused"), targets: [targetFixture("a", { ...FAILED, openIntent })] };
    expect(command(working, { type: "retry" }, context)).toMatchObject({ problem: { code: "NothingToDo" } });
    const spec = specFixture({ waves: [{ clusters: { count: 1 } }, {}] });
    const later = { ...inPhase("Paused"), spec, waves: [{ passedAtMs: 1 }, {}] };
    expect(done(later, { type: "retry" }).targets[0]?.wave).toBe(1);
    expect(done(later, { type: "resume" }).resumedAtMs).toBe(7);
  });

  it("goes on with what the same request has begun, where a hub was killed in the middle", () => {
    const begun: Rollout = {
      ...inPhase("Paused"),
      targets: [targetFixture("a", undefined, { attempts: 1, request: "r" }), targetFixture("b", FAILED)],
    };
    const both = [REF, { ...REF, cluster: "b" }];
    const asked = (id: string, targets?: typeof both) =>
      command(begun, { type: "retry", ...(targets === undefined ? {} : { targets }) }, { ...context, conditions: { request: { id } } });
    expect(asked("other", both)).toMatchObject({ problem: { code: "NothingToDo" } });
    for (const outcome of [asked("r", both), asked("r")]) {
      expect(outcome).toMatchObject({
        rollout: { targets: [begun.targets[0], { decision: { type: "Undecided" }, request: "r" }] },
        said: { action: "TargetsRetried", after: { count: 2, targets: ["a/default/main", "b/default/main"] } },
      });
    }
    expect(
      command({ ...begun, targets: begun.targets.slice(0, 1) }, { type: "retry" }, { ...context, conditions: { request: { id: "r" } } }),
    ).toMatchObject({ rollout: { targets: begun.targets.slice(0, 1) } });
  });

  it("names the target that there is not, and says when there is nothing to do", () => {
    const missing = { ...REF, cluster: "z" };
    expect(command(inPhase("Paused"), { type: "skip", targets: [missing] }, context)).toEqual({
      problem: { code: "UnknownTarget", message: "the rollout one has no target z/default/main" },
    });
    expect(command(inPhase("Paused"), { type: "retry", targets: [{ ...REF, cluster: "b" }] }, context)).toMatchObject({
      problem: { code: "NothingToDo" },
    });
    expect(command({ ...inPhase("Running"), waves: [{ startedAtMs: 0 }] }, { type: "promote" }, context)).toMatchObject({
      problem: { code: "NothingToDo" },
    });
  });
});
