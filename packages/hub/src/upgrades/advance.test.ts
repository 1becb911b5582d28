import * as fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import type { IntentState } from "@portolan/shared/wire";
import { advance, applyAdvance } from "./advance.ts";
import { FleetFixture, sentFixture, SETTINGS, upgradeFixture } from "./fleet.fixture.ts";
import { intentsFor } from "./intents-for.ts";
import { isOpen, type TargetDecision, type Upgrade } from "./model.ts";
import { progressOf } from "./progress.ts";

/** A decision in few words, for tables. */
function brief(decision: TargetDecision | undefined): string {
  switch (decision?.type) {
    case undefined:
      return "nothing";
    case "Undecided":
      return "Undecided";
    case "Sent":
      return decision.intent.hold === undefined ? "Sent" : "Sent, held";
    case "Settled": {
      const codes = decision.reasons.map(({ code }) => code).join();
      return `${decision.result}${codes === "" ? "" : ` ${codes}`}${decision.openIntent === undefined ? "" : ", held"}`;
    }
  }
}

describe("advance", () => {
  let fleet: FleetFixture;
  beforeEach(() => {
    fleet = new FleetFixture().add("a");
  });

  describe("a target that waits", () => {
    it.each<[string, (fleet: FleetFixture) => void, Partial<Upgrade["settings"]>, string]>([
      ["is sent when it can go", () => {}, {}, "Sent"],
      ["has succeeded when it is there", (f) => f.set("a", { version: "2.0.0", targetVersion: "2.0.0" }), {}, "Succeeded"],
      [
        "is left out when it is there but not ready",
        (f) => f.set("a", { version: "2.0.0", targetVersion: "2.0.0", ready: false, message: "no" }),
        {},
        "Skipped NotReady",
      ],
      ["is sent when it is there, but leaving", (f) => f.set("a", { version: "2.0.0", targetVersion: "2.1.0" }), {}, "Sent"],
      ["is refused when the version became unreachable", (f) => f.set("a", {}, []), {}, "Refused UnknownVersion"],
      ["is left out when that is what was asked for", (f) => f.set("a", {}, []), { unreachable: "Skip" }, "Skipped UnknownVersion"],
      ["waits for its availability", (f) => f.set("a", {}, "unknown"), {}, "nothing"],
      ["waits for an availability of its present state", (f) => f.set("a", { availabilityDigest: "newer" }), {}, "nothing"],
      ["is left out when its cluster was rebuilt", (f) => f.rebuild("a"), {}, "Skipped ClusterReplaced"],
      ["is left out when it is gone", (f) => f.remove("a"), {}, "Skipped InstanceGone"],
      ["waits when it was merely not heard of", (f) => f.remove("a").change("a", { inSync: false }), {}, "nothing"],
    ])("%s", (_case, arrange, settings, expected) => {
      arrange(fleet);
      const upgrade = upgradeFixture(["a"], { settings: { ...SETTINGS, ...settings } });
      expect(brief(advance(upgrade, fleet, 1).decisions.get(0))).toBe(expected);
    });

    it("is sent with the agent's own plan", () => {
      expect(advance(upgradeFixture(["a"]), fleet, 5).decisions.get(0)).toEqual({
        type: "Sent",
        intent: { id: "up-1.0", planHash: "1.0.0-2.0.0", sentAtMs: 5 },
      });
    });

    it("fails in the end when its plan never becomes known and nothing else is left", () => {
      fleet.set("a", {}, "unknown");
      const upgrade = upgradeFixture(["a"]);
      expect(advance(upgrade, fleet, 9_999)).toMatchObject({ wakeAtMs: 10_000 });
      const { decisions, finished } = advance(upgrade, fleet, 10_000);
      expect([brief(decisions.get(0)), finished]).toEqual(["Failed AvailabilityUnknown", "Failed"]);
    });
  });

  describe("a target whose intent was sent", () => {
    const done = (f: FleetFixture, generation: number) => f.answer("a", "up-1.0", { phase: "Done", generation });
    const arrived = { version: "2.0.0", targetVersion: "2.0.0" };
    it.each<[string, (fleet: FleetFixture) => void, string]>([
      ["waits for the agent", () => {}, "nothing"],
      ["waits while the agent has not started", (f) => f.answer("a", "up-1.0", { phase: "Waiting" }), "nothing"],
      ["waits while it runs", (f) => f.answer("a", "up-1.0", { phase: "Running" }), "nothing"],
      [
        "has failed when the agent says so",
        (f) => f.answer("a", "up-1.0", { phase: "Failed", reason: { code: "JobFailed", message: "x" } }),
        "Failed JobFailed",
      ],
      [
        "is refused when the agent says so",
        (f) => f.answer("a", "up-1.0", { phase: "Refused", reason: { code: "PlanChanged", message: "x" } }),
        "Refused PlanChanged",
      ],
      ["is held when somebody there stopped it", (f) => f.answer("a", "up-1.0", { phase: "Held" }), "Held"],
      [
        "has succeeded when it is done and the report proves it",
        (f) => done(f, 4).set("a", { ...arrived, generation: 4, observedGeneration: 4 }),
        "Succeeded",
      ],
      ["is not done by an older report", (f) => done(f, 4).set("a", { ...arrived, generation: 3, observedGeneration: 3 }), "nothing"],
      ["is not done by a report of the former version", (f) => done(f, 1), "nothing"],
      ["is not done while it is not ready", (f) => done(f, 1).set("a", { ...arrived, ready: false }), "nothing"],
      ["is not done by a report alone", (f) => f.set("a", { ...arrived, generation: 9, observedGeneration: 9 }), "nothing"],
      ["is not done by another intent", (f) => f.set("a", arrived).answer("a", "up-0.0", { phase: "Done" }), "nothing"],
      ["has failed when its cluster was rebuilt", (f) => f.rebuild("a"), "Failed ClusterReplaced"],
      ["has failed when it is gone", (f) => f.remove("a"), "Failed InstanceGone"],
      ["waits when it was merely not heard of", (f) => f.remove("a").change("a", { inSync: false }), "nothing"],
    ])("%s", (_case, arrange, expected) => {
      arrange(fleet);
      expect(brief(advance(upgradeFixture(["a"], {}, [sentFixture(0)]), fleet, 1).decisions.get(0))).toBe(expected);
    });

    it("fails at its deadline, which every progress moves, and is told to hold", () => {
      const upgrade = upgradeFixture(["a"], {}, [sentFixture(0)]);
      expect(advance(upgrade, fleet, 9_999)).toMatchObject({ wakeAtMs: 10_000 });
      expect(brief(advance(upgrade, fleet, 10_000).decisions.get(0))).toBe("Failed ProgressDeadlineExceeded, held");
      fleet.answer("a", "up-1.0", { phase: "Running" }, 3_000);
      expect(advance(upgrade, fleet, 10_000)).toMatchObject({ wakeAtMs: 13_000 });
      fleet.set("a", {}, ["2.0.0"], 6_000);
      expect(advance(upgrade, fleet, 13_000)).toMatchObject({ wakeAtMs: 16_000 });
      expect(brief(advance(upgrade, fleet, 16_000).decisions.get(0))).toBe("Failed ProgressDeadlineExceeded, held");
    });

    it.each<[what: string, state: Partial<IntentState> & Pick<IntentState, "phase">, nowMs: number, decision: string, wakeAtMs?: number]>([
      ["waits for a closed window past its deadline", { phase: "Waiting", waitsUntilUnixMs: 60_000 }, 50_000, "nothing", 70_000],
      ["has its whole deadline from when the window opens", { phase: "Waiting", waitsUntilUnixMs: 60_000 }, 69_999, "nothing", 70_000],
      [
        "fails when nothing moved for so long after that",
        { phase: "Waiting", waitsUntilUnixMs: 60_000 },
        70_000,
        "Failed ProgressDeadlineExceeded, held",
      ],
      ["does not wait for a window that is over", { phase: "Waiting", waitsUntilUnixMs: 1 }, 12_000, "nothing", 13_000],
      ["does not wait without a time", { phase: "Waiting" }, 13_000, "Failed ProgressDeadlineExceeded, held"],
      [
        "does not wait once it runs, whatever time was given before",
        { phase: "Running", waitsUntilUnixMs: 60_000 },
        13_000,
        "Failed ProgressDeadlineExceeded, held",
      ],
    ])("%s", (_case, state, nowMs, decision, wakeAtMs) => {
      fleet.answer("a", "up-1.0", state, 3_000);
      const next = advance(upgradeFixture(["a"], {}, [sentFixture(0)]), fleet, nowMs);
      expect([brief(next.decisions.get(0)), next.wakeAtMs]).toEqual([decision, wakeAtMs]);
    });

    it("stays in the document, in mode Hold, until the agent has said the last word", () => {
      const late = applyAdvance(
        upgradeFixture(["a"], {}, [sentFixture(0)]),
        advance(upgradeFixture(["a"], {}, [sentFixture(0)]), fleet, 10_000),
        10_000,
      );
      expect(late.finished?.result).toBe("Failed");
      expect(intentsFor([late], "a")).toMatchObject([{ id: "up-1.0", mode: "Hold" }]);
      expect(advance(late, fleet, 20_000).decisions.size).toBe(0);
      fleet.answer("a", "up-1.0", { phase: "Held" });
      const closed = applyAdvance(late, advance(late, fleet, 20_000), 20_000);
      expect(intentsFor([closed], "a")).toEqual([]);
      expect(closed.finished).toEqual(late.finished);
    });
  });

  describe("as a whole", () => {
    beforeEach(() => {
      fleet.add("b").add("c").add("d");
    });
    const all = (upgrade: Upgrade, nowMs = 1): string[] => {
      const { decisions } = advance(upgrade, fleet, nowMs);
      return upgrade.targets.map((_target, index) => brief(decisions.get(index)));
    };

    it("has so many in flight as it may, clusters that are online first", () => {
      fleet.change("a", { connectivity: "Offline" });
      expect(all(upgradeFixture(["a", "b", "c", "d"]))).toEqual(["nothing", "Sent", "Sent", "nothing"]);
      expect(all(upgradeFixture(["a", "b", "c", "d"], {}, [sentFixture(0)]))).toEqual(["nothing", "Sent", "nothing", "nothing"]);
    });

    it("does not count against the limit what is there already", () => {
      fleet.set("c", { version: "2.0.0", targetVersion: "2.0.0" }).set("d", { version: "2.0.0", targetVersion: "2.0.0" });
      expect(all(upgradeFixture(["a", "b", "c", "d"], { settings: { ...SETTINGS, maxConcurrent: 1 } }))).toEqual([
        "Sent",
        "nothing",
        "Succeeded",
        "Succeeded",
      ]);
    });

    it("sends the next one in the turn in which one ends", () => {
      fleet.set("a", { version: "2.0.0", targetVersion: "2.0.0" }).answer("a", "up-1.0", { phase: "Done" });
      expect(all(upgradeFixture(["a", "b", "c"], {}, [sentFixture(0), sentFixture(1)]))).toEqual(["Succeeded", "nothing", "Sent"]);
    });

    it("stops after a failure, or goes on when told so", () => {
      fleet.answer("a", "up-1.0", { phase: "Failed" });
      const decisions = [sentFixture(0), sentFixture(1)];
      expect(all(upgradeFixture(["a", "b", "c"], {}, decisions))).toEqual(["Failed", "nothing", "Skipped EarlierFailure"]);
      expect(all(upgradeFixture(["a", "b", "c"], { settings: { ...SETTINGS, onFailure: "Continue" } }, decisions))).toEqual([
        "Failed",
        "nothing",
        "Sent",
      ]);
    });

    it("goes on after a refusal", () => {
      fleet.answer("a", "up-1.0", { phase: "Refused" });
      expect(all(upgradeFixture(["a", "b", "c"], {}, [sentFixture(0), sentFixture(1)]))).toEqual(["Refused", "nothing", "Sent"]);
    });

    it("when aborted sends nothing new and holds what is in flight, each once", () => {
      fleet.set("a", { version: "2.0.0", targetVersion: "2.0.0" }).answer("a", "up-1.0", { phase: "Done" });
      const upgrade = upgradeFixture(["a", "b", "c"], { abortedAtMs: 1 }, [sentFixture(0), sentFixture(1)]);
      expect(all(upgrade)).toEqual(["Succeeded", "Sent, held", "Skipped Aborted"]);
      const next = applyAdvance(upgrade, advance(upgrade, fleet, 1), 1);
      expect(advance(next, fleet, 2).decisions.size).toBe(0);
      expect(progressOf(next, fleet).state).toBe("Aborting");
      fleet.answer("b", "up-1.1", { phase: "Held" });
      expect(advance(next, fleet, 3).finished).toBe("Aborted");
    });

    it("when aborted does not wait for ever for a cluster that is silent", () => {
      const upgrade = upgradeFixture(["a"], { abortedAtMs: 1 }, [sentFixture(0, { hold: { atMs: 1, reason: "Aborted" } })]);
      expect(advance(upgrade, fleet, 10_000)).toMatchObject({ wakeAtMs: 10_001 });
      expect(advance(upgrade, fleet, 10_001).finished).toBe("Aborted");
    });

    it.each<[string, readonly TargetDecision["type"][], readonly string[], string]>([
      ["Succeeded when all are there or were left out", [], ["Succeeded", "Skipped"], "Succeeded"],
      ["Failed when one failed", [], ["Succeeded", "Failed"], "Failed"],
      ["Failed when one was refused", [], ["Refused", "Succeeded"], "Failed"],
      ["Failed when one was held by somebody else", [], ["Held"], "Failed"],
    ])("ends %s", (_case, _types, results, expected) => {
      const decisions = results.map((result): TargetDecision => {
        switch (result) {
          case "Succeeded":
          case "Failed":
          case "Refused":
          case "Held":
          case "Skipped":
            return { type: "Settled", result, atMs: 0, reasons: [] };
          default:
            throw new Error(`no such result: ${result}`);
        }
      });
      expect(advance(upgradeFixture(["a", "b"].slice(0, results.length), {}, decisions), fleet, 1).finished).toBe(expected);
    });
  });

  it("whatever happens: keeps its limits, ends every target once, and says nothing new when asked twice", () => {
    const names = ["a", "b", "c", "d", "e"];
    const happening = fc.record({
      cluster: fc.constantFrom(...names),
      what: fc.constantFrom("running", "done", "failed", "refused", "held", "offline", "rebuild", "remove", "time", "abort", "unknown"),
    });
    fc.assert(
      fc.property(
        fc.array(happening, { maxLength: 60 }),
        fc.integer({ min: 1, max: 3 }),
        fc.constantFrom("Stop" as const, "Continue" as const),
        (happenings, maxConcurrent, onFailure) => {
          const world = new FleetFixture();
          for (const name of names) {
            world.add(name);
          }
          let nowMs = 0;
          let upgrade = upgradeFixture(names, { settings: { ...SETTINGS, maxConcurrent, onFailure } });
          const settledOnce = new Map<number, string>();
          const turn = (): void => {
            for (let again = true; again;) {
              const next = advance(upgrade, world, nowMs);
              again = next.decisions.size > 0;
              upgrade = applyAdvance(upgrade, next, nowMs);
            }
            expect(advance(upgrade, world, nowMs)).toMatchObject({ decisions: new Map() });
            const sent = upgrade.targets.filter(({ decision }) => decision.type === "Sent");
            expect(sent.length).toBeLessThanOrEqual(maxConcurrent);
            const settled = upgrade.targets.flatMap(({ decision }, index) =>
              decision.type === "Settled" ? [[index, decision.result] as const] : [],
            );
            expect(settled).toEqual(settled.map(([index, result]) => [index, settledOnce.get(index) ?? result]));
            for (const [index, result] of settled) {
              settledOnce.set(index, result);
            }
            expect(isOpen(upgrade)).toBe(upgrade.targets.some(({ decision }) => decision.type !== "Settled"));
          };
          turn();
          for (const { cluster, what } of happenings) {
            const index = names.indexOf(cluster);
            const decision = upgrade.targets[index]?.decision;
            const wasSent = decision?.type === "Sent";
            const answer = (state: Pick<IntentState, "phase">): void => {
              if (wasSent) {
                world.answer(cluster, decision.intent.id, state, nowMs);
              }
            };
            switch (what) {
              case "running":
                answer({ phase: "Running" });
                break;
              case "done":
                if (wasSent) {
                  world.set(cluster, { version: "2.0.0", targetVersion: "2.0.0" });
                }
                answer({ phase: "Done" });
                break;
              case "failed":
                answer({ phase: "Failed" });
                break;
              case "refused":
                answer({ phase: "Refused" });
                break;
              case "held":
                answer({ phase: "Held" });
                break;
              case "offline":
                world.change(cluster, { connectivity: "Offline" });
                break;
              case "rebuild":
                world.rebuild(cluster);
                break;
              case "remove":
                world.remove(cluster);
                break;
              case "unknown":
                world.set(cluster, {}, "unknown");
                break;
              case "abort":
                upgrade = { ...upgrade, abortedAtMs: upgrade.abortedAtMs ?? nowMs };
                break;
              default:
                nowMs += 4_000;
            }
            turn();
          }
          // Time alone ends everything.
          for (let index = 0; index < names.length + 2; index += 1) {
            nowMs += 20_000;
            turn();
          }
          expect(upgrade.finished).toBeDefined();
          expect(settledOnce.size).toBe(names.length);
        },
      ),
      { numRuns: 500 },
    );
  });
});
