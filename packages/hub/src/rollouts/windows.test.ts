import * as fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import type { IntentState } from "@portolan/shared/wire";
import { advance } from "./advance.ts";
import {
  advanced,
  brief,
  commandContextFixture,
  contextFixture,
  FleetFixture,
  rolloutFixture,
  sentFixture,
  specFixture,
  targetFixture,
} from "./fleet.fixture.ts";
import { intentsFor } from "./intents-for.ts";
import { command } from "./commands.ts";
import type { Rollout, Target, TargetDecision } from "./model.ts";
import { phaseOf } from "./phase.ts";
import { targetsOf } from "./progress.ts";

const ONE_AT_A_TIME = { spec: specFixture({ waves: [{ maxConcurrent: 1 }] }) };
const OPENS_AT_MS = 60_000;
const closed: Pick<IntentState, "phase" | "waitsUntilUnixMs"> = { phase: "Waiting", waitsUntilUnixMs: OPENS_AT_MS };
const HELD: TargetDecision = {
  type: "Sent",
  intent: { id: "ro-1.0", planHash: "1.0.0-2.0.0", sentAtMs: 0, hold: { atMs: 5, reason: "WindowClosed", opensAtMs: OPENS_AT_MS } },
};
const POSTPONED: TargetDecision = { type: "Undecided", opensAtMs: OPENS_AT_MS };

describe("a target whose maintenance window is closed", () => {
  let fleet: FleetFixture;
  beforeEach(() => {
    fleet = new FleetFixture().add("a").add("b");
  });
  /** Decisions that are other ones than before. */
  const decide = (decisions: readonly TargetDecision[], nowMs = 5, changes: Partial<Rollout> = ONE_AT_A_TIME): readonly unknown[] => {
    const rollout = rolloutFixture(["a", "b"], changes, decisions);
    return advanced(rollout, fleet, nowMs).targets.map(({ decision }, index) =>
      decision === rollout.targets[index]?.decision ? undefined : decision,
    );
  };

  it("is asked to give up its place when another one could begin", () => {
    fleet.answer("a", "ro-1.0", closed);
    expect(decide([sentFixture(0)])).toEqual([HELD, undefined]);
    expect(intentsFor([{ rollout: rolloutFixture(["a"], {}, [HELD]), indexes: [0] }])).toMatchObject([{ mode: "Hold" }]);
  });

  it("keeps its place until its agent has said that it is held, and is asked once", () => {
    fleet.answer("a", "ro-1.0", closed);
    expect(decide([HELD])).toEqual([undefined, undefined]);
    fleet.answer("a", "ro-1.0", { phase: "Running" });
    expect(decide([HELD])).toEqual([undefined, undefined]);
    fleet.answer("a", "ro-1.0", { phase: "Held" });
    expect(decide([HELD])).toEqual([POSTPONED, { type: "Sent", intent: { id: "ro-1.1", planHash: "1.0.0-2.0.0", sentAtMs: 5 } }]);
  });

  it.each<[string, (fleet: FleetFixture) => void, Partial<Rollout>, number?]>([
    ["has room beside it", () => {}, {}],
    ["is offline", (f) => f.change("b", { connectivity: "Offline" }), ONE_AT_A_TIME],
    ["does not know its plan", (f) => f.set("b", {}, "unknown"), ONE_AT_A_TIME],
    ["could begin but it cannot be told", (f) => f.change("a", { connectivity: "Offline" }), ONE_AT_A_TIME],
    ["could begin but it has begun itself", (f) => f.answer("a", "ro-1.0", { ...closed, generation: 2 }), ONE_AT_A_TIME],
    ["could begin but its window is open by now", () => {}, ONE_AT_A_TIME, OPENS_AT_MS],
    ["could begin but it waits for something else", (f) => f.answer("a", "ro-1.0", { phase: "Waiting" }), ONE_AT_A_TIME],
  ])("keeps its place when another one %s", (_case, arrange, changes, nowMs) => {
    fleet.answer("a", "ro-1.0", closed);
    arrange(fleet);
    expect(decide([sentFixture(0)], nowMs, changes)[0]).toBeUndefined();
  });

  it("is sent again, as another intent, when the window opens, or when there is room before", () => {
    const waiting = (changes: Partial<Rollout>) => rolloutFixture(["a", "b"], changes, [POSTPONED, sentFixture(1)]);
    const wakeAtMs = (changes: Partial<Rollout>) => advance(waiting(changes), contextFixture(fleet, 7)).wakeAtMs;
    const again = { type: "Sent", intent: { id: "ro-1.0.1", planHash: "1.0.0-2.0.0", sentAtMs: OPENS_AT_MS } };
    expect(decide([POSTPONED, sentFixture(1)], 7)).toEqual([undefined, undefined]);
    expect(wakeAtMs(ONE_AT_A_TIME)).toBe(10_000);
    const patient = { spec: specFixture({ waves: [{ maxConcurrent: 1 }], progressDeadlineSeconds: 1_000 }) };
    expect(wakeAtMs(patient)).toBe(OPENS_AT_MS);
    fleet.answer("b", "ro-1.1", { phase: "Waiting", waitsUntilUnixMs: OPENS_AT_MS + 1 });
    expect(decide([POSTPONED, sentFixture(1)], OPENS_AT_MS, patient)[1]).toMatchObject({ intent: { hold: { reason: "WindowClosed" } } });
    expect(decide([POSTPONED, sentFixture(1)], OPENS_AT_MS, {})[0]).toEqual(again);
    expect(decide([POSTPONED, sentFixture(1)], 7, {})[0]).toMatchObject({ type: "Sent", intent: { id: "ro-1.0.1", sentAtMs: 7 } });
  });

  it("goes by the plan that was agreed to also after it was taken back, until somebody tries it again", () => {
    const check = { type: "Checked", planHash: "agreed", steps: ["2.0.0"], disruptive: false, irreversible: false, risks: [] } as const;
    const sentAs = (target: Target) => advanced(rolloutFixture([], { targets: [target] }), fleet, OPENS_AT_MS).targets[0]?.decision;
    const takenBack = targetFixture("a", POSTPONED, { check });
    expect(sentAs({ ...takenBack, attempts: 1 })).toMatchObject({ intent: { id: "ro-1.0.1", planHash: "agreed" } });
    const failed = targetFixture("a", { type: "Settled", result: "Failed", atMs: 0, reasons: [] }, { check });
    const retried = command(rolloutFixture([], { targets: [failed] }), { type: "retry" }, commandContextFixture(fleet));
    expect("rollout" in retried && sentAs(retried.rollout.targets[0] ?? failed)).toMatchObject({ intent: { planHash: "1.0.0-2.0.0" } });
  });

  it("is left out when the rollout is aborted meanwhile, and says until then why it waits", () => {
    const aborted = { ...ONE_AT_A_TIME, aborted: { atMs: 5, reason: { code: "AbortedByUser", message: "no" } } };
    expect(targetsOf(rolloutFixture(["a", "b"], ONE_AT_A_TIME, [POSTPONED, sentFixture(1)]), fleet)[0]).toMatchObject({
      state: "Pending",
      reasons: [{ code: "WindowClosed", message: "others go first, until its maintenance window opens at 1970-01-01T00:01:00Z" }],
    });
    expect(decide([POSTPONED, sentFixture(1)], 5, aborted)[0]).toMatchObject({ result: "Skipped" });
    fleet.answer("a", "ro-1.0", { phase: "Held" });
    expect(decide([HELD], 5, aborted)[0]).toMatchObject({ result: "Skipped" });
  });

  it("has its whole deadline from when the window opens, also when its plan is not known any more", () => {
    fleet.set("a", {}, "unknown");
    const rollout = rolloutFixture(["a"], ONE_AT_A_TIME, [POSTPONED]);
    expect(advance(rollout, contextFixture(fleet, OPENS_AT_MS + 9_999))).toMatchObject({ wakeAtMs: OPENS_AT_MS + 10_000 });
    expect(phaseOf(advanced(rollout, fleet, OPENS_AT_MS + 10_000))).toBe("Paused");
  });
});

describe("the rollout's own windows", () => {
  const spec = specFixture({ windows: [{ cron: "0 2 * * *", duration: "1h" }] });
  const TWO = 2 * 3_600_000;

  it("open and close what may be sent, and take back what has not begun", () => {
    const fleet = new FleetFixture().add("a").add("b");
    const rollout = rolloutFixture(["a", "b"], { spec });
    expect(advance(rollout, contextFixture(fleet, 1))).toMatchObject({ targets: new Map(), wakeAtMs: TWO });
    expect(advanced(rollout, fleet, TWO).targets.map(({ decision }) => decision.type)).toEqual(["Sent", "Sent"]);
    // The window has closed: one has begun, the other not.
    const closing = TWO + 3_600_000;
    const sent = (index: number): TargetDecision => ({
      type: "Sent",
      intent: { id: `ro-1.${index}`, planHash: "p", sentAtMs: closing - 1 },
    });
    fleet.answer("a", "ro-1.0", { phase: "Running", generation: 2 });
    const after = advanced(rolloutFixture(["a", "b"], { spec }, [sent(0), sent(1)]), fleet, closing);
    expect(after.targets.map(({ decision }) => (decision.type === "Sent" ? decision.intent.hold?.reason : decision.type))).toEqual([
      undefined,
      "WindowClosed",
    ]);
  });

  it("tell nobody to begin by its answer while they are closed", () => {
    const asked: TargetDecision = { type: "Sent", intent: { id: "ro-1.0", sentAtMs: 0 } };
    const fleet = new FleetFixture().add("a").answer("a", "ro-1.0", { phase: "Checked", planHash: "own" });
    const decided = advanced(rolloutFixture(["a"], { spec }, [asked]), fleet, 1).targets[0]?.decision;
    expect(decided).toEqual({ type: "Undecided", opensAtMs: TWO });
  });

  it("stop the deadline of what waits", () => {
    const fleet = new FleetFixture().add("a").set("a", {}, "unknown");
    const phase = (nowMs: number) => phaseOf(advanced(rolloutFixture(["a"], { spec }), fleet, nowMs));
    expect([3_600_000, TWO, TWO + 9_999, TWO + 10_000].map(phase)).toEqual(["Running", "Running", "Running", "Paused"]);
  });

  it("stop the deadline of what is to be held until they open, and is not heard of", () => {
    const fleet = new FleetFixture().add("a").change("a", { connectivity: "Offline" });
    const result = (nowMs: number) => advanced(rolloutFixture(["a"], { spec }, [sentFixture(0)]), fleet, nowMs).targets[0];
    const heldNow = result(5);
    const after = (nowMs: number) =>
      advanced(rolloutFixture([], { spec, targets: heldNow === undefined ? [] : [heldNow] }), fleet, nowMs).targets.map(brief);
    expect([TWO - 1, TWO + 9_999, TWO + 10_000].map(after)).toEqual([
      ["Sent, held"],
      ["Sent, held"],
      ["Failed ProgressDeadlineExceeded, held"],
    ]);
  });

  it("stop the time that is left to a cluster to come back", () => {
    const fleet = new FleetFixture().add("a").change("a", { connectivity: "Offline" });
    const rollout = rolloutFixture(["a"], { spec, waves: [{ startedAtMs: 0, passedAtMs: 0 }] }, [{ type: "Deferred", atMs: 0 }]);
    const after = (nowMs: number) => advanced(rollout, fleet, nowMs).targets.map(brief);
    expect([TWO, TWO + 9_999, TWO + 10_000].map(after)).toEqual([["Deferred"], ["Deferred"], ["Skipped Offline"]]);
  });
});

/** An agent that waits for its window before it begins, and stops for a Hold only before that. */
interface Agent {
  readonly name: string;
  /** Its clock says so much more than the hub's. */
  readonly aheadMs: number;
  readonly opensAtMs: number;
  readonly worksMs: number;
  /** It hears and is heard in every nth round only. */
  readonly every: number;
  known: ReturnType<typeof intentsFor>;
  running?: { readonly id: string; readonly untilMs: number };
  done: boolean;
}

const STEP_MS = 1_000;
const LONG_MS = 3_600_000;

function act(agent: Agent, nowMs: number): Pick<IntentState, "id" | "phase" | "waitsUntilUnixMs" | "generation"> | undefined {
  const clockMs = nowMs + agent.aheadMs;
  if (agent.running !== undefined) {
    if (nowMs < agent.running.untilMs) return { id: agent.running.id, phase: "Running", generation: 2 };
    agent.done = true;
    const { id } = agent.running;
    delete agent.running;
    return { id, phase: "Done", generation: 2 };
  }
  const intent = agent.known[0];
  if (intent === undefined || agent.done) return intent === undefined ? undefined : { id: intent.id, phase: "Done", generation: 2 };
  if (intent.mode === "Hold") return { id: intent.id, phase: "Held" };
  if (clockMs < agent.opensAtMs) return { id: intent.id, phase: "Waiting", waitsUntilUnixMs: agent.opensAtMs };
  agent.running = { id: intent.id, untilMs: nowMs + agent.worksMs };
  return { id: intent.id, phase: "Running", generation: 2 };
}

/** Runs a rollout to its end. Gives how many agents worked at a time at most, and when each target had succeeded, as the hub saw it. */
function simulate(agents: readonly Agent[], maxConcurrent: number): { readonly most: number; readonly succeededAtMs: Map<string, number> } {
  const world = new FleetFixture();
  for (const { name } of agents) world.add(name);
  let rollout = rolloutFixture(
    agents.map(({ name }) => name),
    { spec: specFixture({ waves: [{ maxConcurrent }], progressDeadlineSeconds: 600 }) },
  );
  let most = 0;
  const succeededAtMs = new Map<string, number>();
  for (let round = 0; rollout.finished === undefined && round < 3_000; round++) {
    const nowMs = round * STEP_MS;
    rollout = advanced(rollout, world, nowMs);
    for (const { cluster, decision } of rollout.targets) {
      if (decision.type === "Settled" && decision.result === "Succeeded") succeededAtMs.set(cluster, decision.atMs);
    }
    for (const agent of agents) {
      const hears = round % agent.every === 0;
      if (hears) agent.known = intentsFor([{ rollout, indexes: [agents.indexOf(agent)] }]);
      const said = act(agent, nowMs);
      if (hears && said !== undefined) {
        if (agent.done) world.set(agent.name, { version: "2.0.0", targetVersion: "2.0.0", generation: 2, observedGeneration: 2 });
        world.answer(agent.name, said.id, said, nowMs);
      }
    }
    most = Math.max(most, agents.filter(({ running }) => running !== undefined).length);
  }
  return { most, succeededAtMs };
}

describe("whatever the windows of a fleet", () => {
  const agents = fc
    .array(
      fc.record({
        aheadMs: fc.integer({ min: -3, max: 3 }).map((steps) => steps * STEP_MS),
        opensAtMs: fc.constantFrom(0, 0, 20_000, 21_000, 60_000, 300_000),
        worksMs: fc.integer({ min: 1, max: 20 }).map((steps) => steps * STEP_MS),
        every: fc.integer({ min: 1, max: 4 }),
      }),
      { minLength: 1, maxLength: 7 },
    )
    .map((parts) => parts.map((part, index): Agent => ({ ...part, name: `c${index}`, known: [], done: false })));

  it("never more agents work than may, and every target succeeds", () => {
    fc.assert(
      fc.property(agents, fc.integer({ min: 1, max: 3 }), (fleet, maxConcurrent) => {
        const { most, succeededAtMs } = simulate(fleet, maxConcurrent);
        expect(most).toBeLessThanOrEqual(maxConcurrent);
        expect(succeededAtMs.size).toBe(fleet.length);
      }),
      { numRuns: 300 },
    );
  });

  it("a target that can begin is never kept waiting by one whose window opens long after", () => {
    const open = agents.map((fleet) => fleet.map((agent) => ({ ...agent, opensAtMs: agent.opensAtMs < 60_000 ? 0 : LONG_MS })));
    fc.assert(
      fc.property(open, fc.integer({ min: 1, max: 3 }), (fleet, maxConcurrent) => {
        const { succeededAtMs } = simulate(fleet, maxConcurrent);
        const kept = fleet.filter(({ name, opensAtMs }) => opensAtMs === 0 && (succeededAtMs.get(name) ?? Infinity) >= LONG_MS / 2);
        expect(kept).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});
