import { beforeEach, describe, expect, it } from "vitest";
import type { IntentState } from "@portolan/shared/wire";
import { advance, type AdvanceContext } from "./advance.ts";
import { advanced, brief, contextFixture, FleetFixture, rolloutFixture, sentFixture, specFixture, targetFixture } from "./fleet.fixture.ts";
import { selectMembers } from "./members.ts";
import type { Rollout, TargetDecision, TargetResult } from "./model.ts";
import { phaseOf } from "./phase.ts";

const ARRIVED = { version: "2.0.0", targetVersion: "2.0.0" };

describe("advance", () => {
  let fleet: FleetFixture;
  beforeEach(() => {
    fleet = new FleetFixture().add("a");
  });
  const after = (rollout: Rollout, nowMs = 1): readonly string[] => advanced(rollout, fleet, nowMs).targets.map(brief);

  describe("a target that waits", () => {
    it.each<[string, (fleet: FleetFixture) => void, object, string]>([
      ["is sent when it can go", () => {}, {}, "Sent"],
      ["has succeeded when it is there", (f) => f.set("a", ARRIVED), {}, "Succeeded"],
      [
        "is left out when it is there but not ready",
        (f) => f.set("a", { ...ARRIVED, ready: false, message: "no" }),
        {},
        "Skipped NotReady",
      ],
      [
        "waits when it was changed, and what is said is older",
        (f) => f.set("a", { ...ARRIVED, generation: 9, observedGeneration: 4 }),
        {},
        "Undecided",
      ],
      ["is sent when it is there, but leaving", (f) => f.set("a", { version: "2.0.0", targetVersion: "2.1.0" }), {}, "Sent"],
      ["is refused when the version became unreachable", (f) => f.set("a", {}, []), {}, "Refused UnknownVersion"],
      ["is left out when that is what was asked for", (f) => f.set("a", {}, []), { unreachable: "Skip" }, "Skipped UnknownVersion"],
      ["waits for its availability", (f) => f.set("a", {}, "unknown"), {}, "Undecided"],
      ["waits for an availability of its present state", (f) => f.set("a", { availabilityDigest: "newer" }), {}, "Undecided"],
      ["is left out when its cluster was rebuilt", (f) => f.rebuild("a"), {}, "Skipped ClusterReplaced"],
      ["is left out when it is gone", (f) => f.remove("a"), {}, "Skipped InstanceGone"],
      ["waits when it was merely not heard of", (f) => f.remove("a").change("a", { inSync: false }), {}, "Undecided"],
      ["goes last when its cluster is offline", (f) => f.change("a", { connectivity: "Offline" }), {}, "Deferred"],
      ["is left out for that when told so", (f) => f.change("a", { connectivity: "Offline" }), { offline: "Skip" }, "Skipped Offline"],
      ["takes no place while the rollout's window is closed", () => {}, { windows: [{ cron: "0 2 * * *", duration: "1h" }] }, "Undecided"],
    ])("%s", (_case, arrange, changes, expected) => {
      arrange(fleet);
      expect(after(rolloutFixture(["a"], { spec: specFixture(changes) }))).toEqual([expected]);
    });

    it("is sent with the plan that was agreed to, or else with the agent's own", () => {
      const check = { type: "Checked", planHash: "agreed", steps: ["2.0.0"], disruptive: false, irreversible: false, risks: [] } as const;
      const checked = rolloutFixture([], { targets: [targetFixture("a", undefined, { check })] });
      expect(advanced(checked, fleet, 5).targets[0]?.decision).toMatchObject({ intent: { id: "ro-1.0", planHash: "agreed", sentAtMs: 5 } });
      expect(advanced(rolloutFixture(["a"]), fleet, 5).targets[0]?.decision).toMatchObject({ intent: { planHash: "1.0.0-2.0.0" } });
    });

    it("goes to the newest version within a range that it can reach", () => {
      fleet.set("a", {}, ["1.2.0", "1.9.0", "2.0.0"]);
      const { to: _to, ...target } = targetFixture("a");
      const rollout = rolloutFixture([], { spec: specFixture({ version: undefined, versionRange: "^1.0.0" }), targets: [target] });
      expect(advanced(rollout, fleet, 1).targets[0]).toMatchObject({ to: "1.9.0", decision: { type: "Sent" } });
      fleet.set("a", { version: "3.0.0", targetVersion: "3.0.0" }, []);
      expect(advanced(rollout, fleet, 1).targets.map(brief)).toEqual(["Refused NothingInRange"]);
    });

    it("never goes down by an upgrade", () => {
      fleet.set("a", {}, ["0.9.0"]);
      const rollout = rolloutFixture([], {
        spec: specFixture({ version: "0.9.0" }),
        targets: [targetFixture("a", undefined, { to: "0.9.0" })],
      });
      expect(after(rollout)).toEqual(["Refused WrongDirection"]);
    });

    it("has its whole time again when a pause is over", () => {
      fleet.set("a", {}, "unknown");
      const resumed = rolloutFixture(["a"], { resumedAtMs: 1_000_000 });
      expect(after(resumed, 1_009_999)).toEqual(["Undecided"]);
      expect(after(resumed, 1_010_000)).toEqual(["Failed AvailabilityUnknown"]);
    });

    it("fails in the end when its plan never becomes known and nothing else is left", () => {
      fleet.set("a", {}, "unknown");
      const rollout = rolloutFixture(["a"]);
      expect(advance(rollout, contextFixture(fleet, 9_999))).toMatchObject({ wakeAtMs: 10_000 });
      expect(after(rollout, 10_000)).toEqual(["Failed AvailabilityUnknown"]);
    });
  });

  describe("a target whose intent was sent", () => {
    const done = (f: FleetFixture, generation: number) => f.answer("a", "ro-1.0", { phase: "Done", generation });
    it.each<[string, (fleet: FleetFixture) => void, string]>([
      ["waits for the agent", () => {}, "Sent"],
      ["waits while the agent has not started", (f) => f.answer("a", "ro-1.0", { phase: "Waiting" }), "Sent"],
      ["waits while it runs", (f) => f.answer("a", "ro-1.0", { phase: "Running" }), "Sent"],
      [
        "has failed when the agent says so",
        (f) => f.answer("a", "ro-1.0", { phase: "Failed", reason: { code: "JobFailed", message: "x" } }),
        "Failed JobFailed",
      ],
      [
        "is refused when the agent says so",
        (f) => f.answer("a", "ro-1.0", { phase: "Refused", reason: { code: "PlanChanged", message: "x" } }),
        "Refused PlanChanged",
      ],
      ["is held when somebody there stopped it", (f) => f.answer("a", "ro-1.0", { phase: "Held" }), "Held"],
      [
        "has succeeded when it is done and the report proves it",
        (f) => done(f, 4).set("a", { ...ARRIVED, generation: 4, observedGeneration: 4 }),
        "Succeeded",
      ],
      ["is not done by an older report", (f) => done(f, 4).set("a", { ...ARRIVED, generation: 3, observedGeneration: 3 }), "Sent"],
      [
        "is not done when it was changed once more, and what is said is older",
        (f) => done(f, 4).set("a", { ...ARRIVED, generation: 9, observedGeneration: 4 }),
        "Sent",
      ],
      ["is not done by a report of the former version", (f) => done(f, 1), "Sent"],
      ["is not done while it is not ready", (f) => done(f, 1).set("a", { ...ARRIVED, ready: false }), "Sent"],
      ["is not done by a report alone", (f) => f.set("a", { ...ARRIVED, generation: 9, observedGeneration: 9 }), "Sent"],
      ["is not done by another intent", (f) => f.set("a", ARRIVED).answer("a", "ro-0.0", { phase: "Done" }), "Sent"],
      ["has failed when its cluster was rebuilt", (f) => f.rebuild("a"), "Failed ClusterReplaced"],
      ["has failed when it is gone", (f) => f.remove("a"), "Failed InstanceGone"],
      ["waits when it was merely not heard of", (f) => f.remove("a").change("a", { inSync: false }), "Sent"],
    ])("%s", (_case, arrange, expected) => {
      arrange(fleet);
      expect(after(rolloutFixture(["a"], {}, [sentFixture(0)]))).toEqual([expected]);
    });

    it("fails at its deadline, which every progress moves, and is told to hold", () => {
      const rollout = rolloutFixture(["a"], {}, [sentFixture(0)]);
      const wakeAtMs = (nowMs: number) => advance(rollout, contextFixture(fleet, nowMs)).wakeAtMs;
      expect(wakeAtMs(9_999)).toBe(10_000);
      expect(after(rollout, 10_000)).toEqual(["Failed ProgressDeadlineExceeded, held"]);
      fleet.answer("a", "ro-1.0", { phase: "Running" }, 3_000);
      expect(wakeAtMs(10_000)).toBe(13_000);
      fleet.set("a", {}, ["2.0.0"], 6_000);
      expect(wakeAtMs(13_000)).toBe(16_000);
      expect(after(rollout, 16_000)).toEqual(["Failed ProgressDeadlineExceeded, held"]);
    });

    it("fails at the end of all its time, however much it moves", () => {
      const rollout = rolloutFixture(["a"], { spec: specFixture({ targetDeadlineSeconds: 12 }) }, [sentFixture(0)]);
      fleet.answer("a", "ro-1.0", { phase: "Running", generation: 2 }, 11_000);
      expect(advance(rollout, contextFixture(fleet, 11_999)).wakeAtMs).toBe(12_000);
      expect(after(rollout, 12_000)).toEqual(["Failed ProgressDeadlineExceeded, held"]);
      // What it waits for a window does not count.
      fleet.answer("a", "ro-1.0", { phase: "Waiting", waitsUntilUnixMs: 60_000 }, 3_000);
      expect(after(rollout, 69_999)).toEqual(["Sent"]);
    });

    it.each<[what: string, state: Partial<IntentState> & Pick<IntentState, "phase">, nowMs: number, expected: string]>([
      ["waits for a closed window past its deadline", { phase: "Waiting", waitsUntilUnixMs: 60_000 }, 50_000, "Sent"],
      ["has its whole deadline from when the window opens", { phase: "Waiting", waitsUntilUnixMs: 60_000 }, 69_999, "Sent"],
      [
        "fails when nothing moved for so long after that",
        { phase: "Waiting", waitsUntilUnixMs: 60_000 },
        70_000,
        "Failed ProgressDeadlineExceeded, held",
      ],
      [
        "does not wait for a window that is over",
        { phase: "Waiting", waitsUntilUnixMs: 1 },
        13_000,
        "Failed ProgressDeadlineExceeded, held",
      ],
      ["does not wait without a time", { phase: "Waiting" }, 13_000, "Failed ProgressDeadlineExceeded, held"],
      ["does not wait once it runs", { phase: "Running", waitsUntilUnixMs: 60_000 }, 13_000, "Failed ProgressDeadlineExceeded, held"],
    ])("%s", (_case, state, nowMs, expected) => {
      fleet.answer("a", "ro-1.0", state, 3_000);
      expect(after(rolloutFixture(["a"], {}, [sentFixture(0)]), nowMs)).toEqual([expected]);
    });

    it("is asked for its plan first where nobody knows it, and told to carry out what it said", () => {
      const asked: TargetDecision = { type: "Sent", intent: { id: "ro-1.0", sentAtMs: 0 } };
      fleet.answer("a", "ro-1.0", { phase: "Checked", planHash: "own" });
      expect(advanced(rolloutFixture(["a"], {}, [asked]), fleet, 1).targets[0]?.decision).toEqual({
        type: "Sent",
        intent: { id: "ro-1.0", planHash: "own", sentAtMs: 0 },
      });
    });
  });

  describe("a target whose agent has answered what it would do", () => {
    const asked: TargetDecision = { type: "Sent", intent: { id: "ro-1.0", sentAtMs: 0 } };
    const interruption = { atMs: 1, reason: { code: "X", message: "x" } };
    it.each<[string, Partial<Rollout>, readonly string[]]>([
      ["is told to do it while the rollout runs", {}, ["Sent"]],
      ["is told nothing while it is paused, and waits for its turn again", { paused: interruption }, ["Undecided"]],
      ["is told nothing when it was aborted", { aborted: interruption }, ["Skipped Aborted"]],
      ["is told nothing when it goes back", { rollingBack: interruption }, ["Skipped RollingBack"]],
    ])("%s", (_case, changes, expected) => {
      fleet.answer("a", "ro-1.0", { phase: "Checked", planHash: "own" });
      const next = advanced(rolloutFixture(["a"], changes, [asked]), fleet, 1);
      expect(next.targets.map(brief)).toEqual(expected);
    });

    it("is told nothing when another one has failed beyond the budget, or the version was retracted", () => {
      fleet.answer("a", "ro-1.0", { phase: "Checked", planHash: "own" });
      fleet.add("b").answer("b", "ro-1.1", { phase: "Failed" });
      const exceeded = advanced(rolloutFixture(["a", "b"], {}, [asked, sentFixture(1)]), fleet, 1);
      expect([phaseOf(exceeded), exceeded.targets.map(brief)]).toEqual(["Paused", ["Undecided", "Failed"]]);
      const retraction = () => ({ code: "Retracted", message: "it loses data" });
      const retracted = advanced(rolloutFixture(["a"], {}, [asked]), fleet, 1, { retraction });
      expect([phaseOf(retracted), retracted.targets.map(brief)]).toEqual(["Paused", ["Undecided"]]);
      const over = { finished: { result: "Succeeded", atMs: 0 }, spec: specFixture({ offline: "CatchUp" }) } as const;
      expect(advanced(rolloutFixture(["a"], over, [asked]), fleet, 1, { retraction }).targets.map(brief)).toEqual([
        "Skipped VersionRetracted",
      ]);
    });
  });

  describe("as a whole", () => {
    beforeEach(() => {
      fleet.add("b").add("c").add("d");
    });
    const all = ["a", "b", "c", "d"];
    const settled = (result: TargetResult): TargetDecision => ({ type: "Settled", result, atMs: 0, reasons: [] });

    it("has so many in flight as it may", () => {
      expect(after(rolloutFixture(all))).toEqual(["Sent", "Sent", "Undecided", "Undecided"]);
      expect(after(rolloutFixture(all, {}, [sentFixture(0)]))).toEqual(["Sent", "Sent", "Undecided", "Undecided"]);
    });

    it.each<[string, (fleet: FleetFixture) => void, readonly string[]]>([
      ["keeps its place while its agent works on", () => {}, ["Failed, held", "Undecided"]],
      ["keeps it no longer than its agent works", (f) => f.answer("a", "ro-1.0", { phase: "Held" }), ["Failed", "Sent"]],
      ["has none while its cluster is offline", (f) => f.change("a", { connectivity: "Offline" }), ["Failed, held", "Sent"]],
    ])("a target that was given up %s", (_case, arrange, expected) => {
      const spec = specFixture({ failureBudget: { count: 1 }, waves: [{ maxConcurrent: 1 }] });
      const hold = { atMs: 0, reason: "ProgressDeadlineExceeded" } as const;
      const openIntent = { id: "ro-1.0", planHash: "p", sentAtMs: 0, hold };
      fleet.answer("a", "ro-1.0", { phase: "Running" });
      arrange(fleet);
      const given: TargetDecision = { type: "Settled", result: "Failed", atMs: 0, reasons: [], openIntent };
      expect(after(rolloutFixture(["a", "b"], { spec }, [given]))).toEqual(expected);
    });

    it("does not count against the limit what is there already", () => {
      fleet.set("c", ARRIVED).set("d", ARRIVED);
      expect(after(rolloutFixture(all, { spec: specFixture({ waves: [{ maxConcurrent: 1 }] }) }))).toEqual([
        "Sent",
        "Undecided",
        "Succeeded",
        "Succeeded",
      ]);
    });

    it("sends the next one when one ends", () => {
      fleet.set("a", ARRIVED).answer("a", "ro-1.0", { phase: "Done" });
      expect(after(rolloutFixture(["a", "b", "c"], {}, [sentFixture(0), sentFixture(1)]))).toEqual(["Succeeded", "Sent", "Sent"]);
    });

    it.each<[string, object, string, readonly string[]]>([
      ["pauses beyond its budget", {}, "Paused", ["Failed", "Sent", "Undecided"]],
      ["goes on within it", { failureBudget: { count: 1 } }, "Running", ["Failed", "Sent", "Sent"]],
      ["rounds a percentage down", { failureBudget: { percent: 33 } }, "Paused", ["Failed", "Sent", "Undecided"]],
      [
        "pauses for one wave's own",
        { failureBudget: { count: 9 }, waves: [{ maxConcurrent: 2, failureBudget: { count: 0 } }] },
        "Paused",
        ["Failed", "Sent", "Undecided"],
      ],
      [
        "takes a wave's percentage of that wave",
        { failureBudget: { count: 9 }, waves: [{ maxConcurrent: 2, failureBudget: { percent: 33 } }] },
        "Paused",
        ["Failed", "Sent", "Undecided"],
      ],
      [
        "goes on within a wave's percentage",
        { failureBudget: { count: 9 }, waves: [{ maxConcurrent: 2, failureBudget: { percent: 34 } }] },
        "Running",
        ["Failed", "Sent", "Sent"],
      ],
      ["goes on when told so", { onFailure: "Continue" }, "Running", ["Failed", "Sent", "Sent"]],
      ["rolls back when told so", { onFailure: "Rollback" }, "RollingBack", ["Failed", "Sent, held", "Skipped RollingBack"]],
    ])("%s", (_case, changes, phase, expected) => {
      fleet.answer("a", "ro-1.0", { phase: "Failed" });
      const spec = specFixture(changes);
      const next = advanced(rolloutFixture(["a", "b", "c"], { spec }, [sentFixture(0), sentFixture(1)]), fleet, 1);
      expect([phaseOf(next), next.targets.map(brief)]).toEqual([phase, expected]);
    });

    it("goes from wave to wave, as far as their gates are passed", () => {
      const spec = specFixture({
        waves: [{ clusters: { count: 1 }, soakSeconds: 5, verifyDeadlineSeconds: 3, verify: "instance.ready" }, {}],
      });
      const targets = [targetFixture("a", settled("Succeeded")), targetFixture("b", undefined, { wave: 1 })];
      const rollout = rolloutFixture([], { spec, targets });
      fleet.set("a", ARRIVED);
      const soaking = advanced(rollout, fleet, 1_000);
      expect([soaking.waves[0], advance(soaking, contextFixture(fleet, 1_000)).wakeAtMs]).toEqual([
        { startedAtMs: 0, settledAtMs: 1_000 },
        6_000,
      ]);
      expect(advanced(soaking, fleet, 5_999).targets.map(brief)).toEqual(["Succeeded", "Undecided"]);
      expect(advanced(soaking, fleet, 6_000).targets.map(brief)).toEqual(["Succeeded", "Sent"]);
      // It looks at what is true now, not at what was true when the target ended.
      fleet.set("a", { ...ARRIVED, ready: false, message: "it crashes" });
      expect(advanced(soaking, fleet, 8_999).targets.map(brief)).toEqual(["Succeeded", "Undecided"]);
      const failed = advanced(soaking, fleet, 9_000);
      expect([phaseOf(failed), failed.paused?.reason]).toEqual([
        "Paused",
        { code: "GateFailed", message: "wave 1: a/default/main is not ready at 2.0.0 any more: it crashes" },
      ]);
    });

    it.each([
      ["Rollback", "RollingBack", ["Succeeded", "Skipped RollingBack"]],
      ["Continue", "Running", ["Succeeded", "Sent"]],
    ])("does %s, when told so, where a gate fails", (onFailure, phase, expected) => {
      const spec = specFixture({ onFailure, waves: [{ clusters: { count: 1 }, verifyDeadlineSeconds: 0, verify: "false" }, {}] });
      fleet.set("a", ARRIVED);
      const targets = [targetFixture("a", settled("Succeeded")), targetFixture("b", undefined, { wave: 1 })];
      const next = advanced(rolloutFixture([], { spec, targets }), fleet, 1);
      expect([phaseOf(next), next.targets.map(brief)]).toEqual([phase, expected]);
    });

    it("does not pass a gate on what is said of an older generation", () => {
      const spec = specFixture({ waves: [{ clusters: { count: 1 }, verifyDeadlineSeconds: 1 }, {}] });
      fleet.set("a", { ...ARRIVED, generation: 9, observedGeneration: 4 });
      const targets = [targetFixture("a", settled("Succeeded")), targetFixture("b", undefined, { wave: 1 })];
      const waiting = advanced(rolloutFixture([], { spec, targets }), fleet, 1_000);
      expect(waiting.targets.map(brief)).toEqual(["Succeeded", "Undecided"]);
      expect(advanced(waiting, fleet, 2_000).paused?.reason.message).toBe(
        "wave 1: a/default/main was changed, and its agent has not seen that yet",
      );
      fleet.set("a", { ...ARRIVED, generation: 9, observedGeneration: 9 });
      expect(advanced(waiting, fleet, 1_999).targets.map(brief)).toEqual(["Succeeded", "Sent"]);
    });

    it("does not pass a gate on what was last heard of a cluster that is offline", () => {
      const spec = specFixture({ waves: [{ clusters: { count: 1 }, verifyDeadlineSeconds: 1 }, {}] });
      fleet.set("a", ARRIVED).change("a", { connectivity: "Offline" });
      const targets = [targetFixture("a", settled("Succeeded")), targetFixture("b", undefined, { wave: 1 })];
      const waiting = advanced(rolloutFixture([], { spec, targets }), fleet, 1_000);
      expect(waiting.targets.map(brief)).toEqual(["Succeeded", "Undecided"]);
      expect(advanced(waiting, fleet, 2_000).paused?.reason).toMatchObject({ code: "GateFailed" });
      fleet.change("a", { connectivity: "Online" });
      expect(advanced(waiting, fleet, 1_500).targets.map(brief)).toEqual(["Succeeded", "Sent"]);
    });

    it("lets who comes back to a wave that has passed go with the one under way, and its gate look at it", () => {
      const spec = specFixture({ waves: [{ clusters: { count: 1 } }, { verify: "cluster.name != 'a'", verifyDeadlineSeconds: 0 }] });
      const targets = [
        targetFixture("a", { type: "Deferred", atMs: 0 }, { attempts: 0 }),
        targetFixture("b", settled("Succeeded"), { wave: 1 }),
      ];
      const rollout = rolloutFixture([], { spec, targets, waves: [{ startedAtMs: 0, passedAtMs: 1 }, { startedAtMs: 1 }] });
      fleet.set("b", ARRIVED);
      const sent = advanced(rollout, fleet, 2);
      expect(sent.targets.map((target) => `${target.wave} ${brief(target)}`)).toEqual(["1 Sent", "1 Succeeded"]);
      fleet.set("a", ARRIVED).answer("a", "ro-1.0", { phase: "Done" });
      expect(advanced(sent, fleet, 3).paused?.reason.message).toContain("a/default/main does not satisfy");
      // After the last gate there is nothing to keep from beginning.
      const all = [
        { startedAtMs: 0, passedAtMs: 1 },
        { startedAtMs: 1, passedAtMs: 2 },
      ];
      const last = advanced({ ...rollout, waves: all }, fleet.set("a", {}), 3);
      expect(last.targets.map((target) => `${target.wave} ${brief(target)}`)).toEqual(["0 Sent", "1 Succeeded"]);
    });

    it("soaks anew when somebody joined it while the rollout stood still, and has left before it goes on", () => {
      const spec = specFixture({ waves: [{ clusters: { count: 1 }, soakSeconds: 5 }, {}] });
      const joined = targetFixture("b");
      const waves = [{ startedAtMs: 0, settledAtMs: 1, promotedAtMs: 2 }, {}];
      const paused = { atMs: 3, reason: { code: "PausedByUser", message: "x" } };
      const still = advanced(rolloutFixture([], { spec, targets: [joined], waves, paused }), fleet, 4);
      expect(still.waves).toEqual([{ startedAtMs: 0 }, {}]);
    });

    it("soaks anew when somebody is tried again in a wave whose soak was ended", () => {
      const spec = specFixture({ waves: [{ clusters: { count: 1 }, soakSeconds: 5 }, {}] });
      const targets = [targetFixture("a"), targetFixture("b", undefined, { wave: 1 })];
      const promoted = { startedAtMs: 0, settledAtMs: 1, promotedAtMs: 2 };
      const again = advanced(rolloutFixture([], { spec, targets, waves: [promoted, {}] }), fleet, 3);
      expect(again.targets.map(brief)).toEqual(["Sent", "Undecided"]);
      fleet.set("a", ARRIVED).answer("a", "ro-1.0", { phase: "Done" });
      expect(advanced(again, fleet, 4).targets.map(brief)).toEqual(["Succeeded", "Undecided"]);
    });

    it.each([
      ["instance.labels.team == 'web'", true],
      ["instance.version == '2.0.0' && cluster.labels.tier == 'gold'", true],
      ["cluster.kubernetesVersion.startsWith('v1.')", false],
      ["instance.nothing > 1", false],
    ])("verifies %s", (verify, passes) => {
      const spec = specFixture({ waves: [{ clusters: { count: 1 }, verify, verifyDeadlineSeconds: 0 }, {}] });
      fleet.set("a", { ...ARRIVED, labels: { team: "web" } });
      const rollout = rolloutFixture([], {
        spec,
        targets: [targetFixture("a", settled("Succeeded")), targetFixture("b", undefined, { wave: 1 })],
      });
      expect(phaseOf(advanced(rollout, fleet, 1, { labelsOf: () => ({ tier: "gold" }) }))).toBe(passes ? "Running" : "Paused");
    });

    it("asks for approval when a wave's turn comes, and pauses when nobody gives it in time", () => {
      const spec = specFixture({ waves: [{ approval: { roles: ["owner"], expiresAfterSeconds: 60 } }] });
      const asking = advanced(rolloutFixture(["a"], { spec, waves: [{}] }), fleet, 1_000);
      expect([phaseOf(asking), asking.targets.map(brief)]).toEqual(["AwaitingApproval", ["Undecided"]]);
      expect(phaseOf(advanced(asking, fleet, 60_999))).toBe("AwaitingApproval");
      expect(advanced(asking, fleet, 61_000).paused?.reason.code).toBe("ApprovalExpired");
    });

    it("pauses when a version was retracted that somebody still is to go to", () => {
      const retraction = () => ({ code: "Retracted", message: "it loses data" });
      expect(advanced(rolloutFixture(["a", "b", "c"]), fleet, 1, { retraction }).paused?.reason).toEqual({
        code: "VersionRetracted",
        message: "it loses data",
      });
      expect(advanced(rolloutFixture(["a"], {}, [sentFixture(0)]), fleet, 1, { retraction }).paused).toBeUndefined();
    });

    it("takes in who joins, and leaves out who leaves before its turn", () => {
      const spec = specFixture({ waves: [{ maxConcurrent: 1 }], selector: { clusters: ["a", "c"] } });
      const members = selectMembers(spec, fleet, () => ({}));
      const next = advanced(rolloutFixture(["a", "b"], { spec }, [sentFixture(0)]), fleet, 1, { candidates: members });
      expect(next.targets.map((target) => `${target.cluster} ${brief(target)}`)).toEqual([
        "a Sent",
        "b Skipped NotSelected",
        "c Undecided",
      ]);
    });

    it("goes on without who is offline, and brings them up last, or after its end", () => {
      fleet.change("b", { connectivity: "Offline" });
      const deferred = (offline: string) =>
        rolloutFixture(["a", "b"], { spec: specFixture({ offline }) }, [settled("Succeeded"), { type: "Deferred", atMs: 0 }]);
      fleet.set("a", ARRIVED);
      expect(phaseOf(advanced(deferred("Defer"), fleet, 1))).toBe("Running");
      const given = advanced(advanced(deferred("Defer"), fleet, 1), fleet, 10_001);
      expect([phaseOf(given), given.targets.map(brief)]).toEqual(["Succeeded", ["Succeeded", "Skipped Offline"]]);
      const over = advanced(deferred("CatchUp"), fleet, 1);
      expect([phaseOf(over), over.targets.map(brief)]).toEqual(["Succeeded", ["Succeeded", "Deferred"]]);
      fleet.change("b", { connectivity: "Online" });
      expect(advanced(over, fleet, 100_000).targets.map(brief)).toEqual(["Succeeded", "Sent"]);
      expect(advanced(over, fleet, 100_000, { isTaken: () => true }).targets.map(brief)).toEqual(["Succeeded", "Skipped Superseded"]);
      expect(advanced(over, fleet, 8 * 24 * 3_600_000).targets.map(brief)).toEqual(["Succeeded", "Skipped Offline"]);
    });

    describe("after its end, with clusters to catch up", () => {
      const ended = (changes: Partial<Rollout> = {}, decision: TargetDecision = { type: "Deferred", atMs: 0 }): Rollout =>
        rolloutFixture(
          ["a", "b"],
          {
            spec: specFixture({ offline: "CatchUp" }),
            finished: { result: "Succeeded", atMs: 0 },
            waves: [{ startedAtMs: 0, passedAtMs: 0 }],
            ...changes,
          },
          [settled("Succeeded"), decision],
        );
      const undo = rolloutFixture([], { name: "one-undo", uid: "ro-2", undoes: { name: "one", uid: "ro-1" } });
      const aborted = { atMs: 1, reason: { code: "AbortedByUser", message: "no" } };

      it("keeps to its windows", () => {
        const windows = [{ cron: "0 2 * * *", duration: "1h" }];
        const rollout = ended({ spec: specFixture({ offline: "CatchUp", windows }) });
        expect(after(rollout)).toEqual(["Succeeded", "Undecided"]);
        expect(after(rollout, 2 * 3_600_000)).toEqual(["Succeeded", "Sent"]);
        expect(after({ ...rollout, targets: ended({}, sentFixture(1)).targets })).toEqual(["Succeeded", "Sent, held"]);
      });

      it.each<[string, Partial<AdvanceContext>, Partial<Rollout>, string, string]>([
        ["has been undone", { undo }, {}, "Skipped RollingBack", "Sent, held"],
        ["was aborted", {}, { aborted }, "Skipped Aborted", "Sent, held"],
        [
          "goes to a version that was retracted",
          { retraction: () => ({ code: "Retracted", message: "it eats data" }) },
          {},
          "Skipped VersionRetracted",
          "Sent",
        ],
      ])("brings up nobody when it %s", (_case, context, changes, waiting, sent) => {
        const decide = (decision?: TargetDecision) => advanced(ended(changes, decision), fleet, 1, context).targets.map(brief)[1];
        expect([decide(), decide({ type: "Undecided" }), decide(sentFixture(1))]).toEqual([waiting, waiting, sent]);
      });
    });

    it("when aborted sends nothing new and holds what is in flight, each once", () => {
      fleet.set("a", ARRIVED).answer("a", "ro-1.0", { phase: "Done" });
      const aborted = { atMs: 1, reason: { code: "AbortedByUser", message: "no" } };
      const rollout = rolloutFixture(["a", "b", "c"], { aborted }, [sentFixture(0), sentFixture(1)]);
      const next = advanced(rollout, fleet, 1);
      expect([phaseOf(next), next.targets.map(brief)]).toEqual(["Aborting", ["Succeeded", "Sent, held", "Skipped Aborted"]]);
      fleet.answer("b", "ro-1.1", { phase: "Held" });
      expect(phaseOf(advanced(next, fleet, 3))).toBe("Aborted");
    });

    it("when aborted does not wait for ever for a cluster that is silent", () => {
      const aborted = { atMs: 1, reason: { code: "AbortedByUser", message: "no" } };
      const rollout = rolloutFixture(["a"], { aborted }, [sentFixture(0, { hold: { atMs: 1, reason: "Aborted" } })]);
      expect(advance(rollout, contextFixture(fleet, 10_000)).wakeAtMs).toBe(10_001);
      expect(phaseOf(advanced(rollout, fleet, 10_001))).toBe("Aborted");
    });

    it.each<[string, object, readonly TargetResult[], string]>([
      ["Succeeded when all are there or were left out", {}, ["Succeeded", "Skipped"], "Succeeded"],
      ["Succeeded when no more failed than may", { failureBudget: { count: 1 } }, ["Succeeded", "Failed"], "Succeeded"],
      ["Failed when more failed than may", { onFailure: "Continue" }, ["Succeeded", "Failed"], "Failed"],
      ["Failed when one was refused", { onFailure: "Continue" }, ["Refused", "Succeeded"], "Failed"],
      ["Failed when one was held by somebody else", {}, ["Held"], "Failed"],
    ])("ends %s", (_case, changes, results, expected) => {
      for (const name of all) {
        fleet.set(name, ARRIVED);
      }
      const rollout = rolloutFixture(all.slice(0, results.length), { spec: specFixture(changes) }, results.map(settled));
      expect(phaseOf(advanced(rollout, fleet, 1))).toBe(expected);
    });
  });
});
