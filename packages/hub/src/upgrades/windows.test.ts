import * as fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import type { IntentState } from "@portolan/shared/wire";
import { advance, applyAdvance } from "./advance.ts";
import { FleetFixture, sentFixture, SETTINGS, upgradeFixture } from "./fleet.fixture.ts";
import { intentsFor } from "./intents-for.ts";
import type { TargetDecision, Upgrade } from "./model.ts";
import { progressOf } from "./progress.ts";
import { decodeUpgrade, encodeCommand, encodeTargets } from "./stored-upgrade.ts";

const ONE_AT_A_TIME = { settings: { ...SETTINGS, maxConcurrent: 1 } };
const OPENS_AT_MS = 60_000;
const closed: Pick<IntentState, "phase" | "waitsUntilUnixMs"> = { phase: "Waiting", waitsUntilUnixMs: OPENS_AT_MS };
const HELD: TargetDecision = {
  type: "Sent",
  intent: { id: "up-1.0", planHash: "1.0.0-2.0.0", sentAtMs: 0, hold: { atMs: 5, reason: "WindowClosed", opensAtMs: OPENS_AT_MS } },
};
const POSTPONED: TargetDecision = { type: "Undecided", postponed: { opensAtMs: OPENS_AT_MS, postponements: 1 } };

describe("a target whose maintenance window is closed", () => {
  let fleet: FleetFixture;
  beforeEach(() => {
    fleet = new FleetFixture().add("a").add("b");
  });
  const decide = (decisions: readonly TargetDecision[], nowMs = 5, changes: Partial<Upgrade> = ONE_AT_A_TIME): readonly unknown[] => {
    const upgrade = upgradeFixture(["a", "b"], changes, decisions);
    const next = advance(upgrade, fleet, nowMs);
    return upgrade.targets.map((_target, index) => next.decisions.get(index));
  };

  it("is asked to give up its place when another one could begin", () => {
    fleet.answer("a", "up-1.0", closed);
    expect(decide([sentFixture(0)])).toEqual([HELD, undefined]);
    expect(intentsFor([upgradeFixture(["a"], {}, [HELD])], "a")).toMatchObject([{ mode: "Hold" }]);
  });

  it("keeps its place until its agent has said that it is held, and is asked once", () => {
    fleet.answer("a", "up-1.0", closed);
    expect(decide([HELD])).toEqual([undefined, undefined]);
    fleet.answer("a", "up-1.0", { phase: "Running" });
    expect(decide([HELD])).toEqual([undefined, undefined]);
    fleet.answer("a", "up-1.0", { phase: "Held" });
    expect(decide([HELD])).toEqual([POSTPONED, { type: "Sent", intent: { id: "up-1.1", planHash: "1.0.0-2.0.0", sentAtMs: 5 } }]);
  });

  it.each<[string, (fleet: FleetFixture) => void, Partial<Upgrade>, number?]>([
    ["has room beside it", () => {}, {}],
    ["is offline", (f) => f.change("b", { connectivity: "Offline" }), ONE_AT_A_TIME],
    ["does not know its plan", (f) => f.set("b", {}, "unknown"), ONE_AT_A_TIME],
    ["could begin but it cannot be told", (f) => f.change("a", { connectivity: "Offline" }), ONE_AT_A_TIME],
    ["could begin but it has begun itself", (f) => f.answer("a", "up-1.0", { ...closed, generation: 2 }), ONE_AT_A_TIME],
    ["could begin but its window is open by now", () => {}, ONE_AT_A_TIME, OPENS_AT_MS],
    ["could begin but it waits for something else", (f) => f.answer("a", "up-1.0", { phase: "Waiting" }), ONE_AT_A_TIME],
  ])("keeps its place when another one %s", (_case, arrange, changes, nowMs) => {
    fleet.answer("a", "up-1.0", closed);
    arrange(fleet);
    expect(decide([sentFixture(0)], nowMs, changes)[0]).toBeUndefined();
  });

  it("is sent again, as another intent, when the window opens, or when there is room before", () => {
    const again = { type: "Sent", intent: { id: "up-1.0.1", planHash: "1.0.0-2.0.0", sentAtMs: OPENS_AT_MS, postponements: 1 } };
    expect(decide([POSTPONED, sentFixture(1)], 7)).toEqual([undefined, undefined]);
    expect(advance(upgradeFixture(["a", "b"], ONE_AT_A_TIME, [POSTPONED, sentFixture(1)]), fleet, 7).wakeAtMs).toBe(10_000);
    const patient = { settings: { ...SETTINGS, maxConcurrent: 1, progressDeadlineSeconds: 1_000 } };
    expect(advance(upgradeFixture(["a", "b"], patient, [POSTPONED, sentFixture(1)]), fleet, 7).wakeAtMs).toBe(OPENS_AT_MS);
    fleet.answer("b", "up-1.1", { phase: "Waiting", waitsUntilUnixMs: OPENS_AT_MS + 1 });
    expect(decide([POSTPONED, sentFixture(1)], OPENS_AT_MS, patient)[1]).toMatchObject({ intent: { hold: { reason: "WindowClosed" } } });
    expect(decide([POSTPONED, sentFixture(1)], OPENS_AT_MS, {})[0]).toEqual(again);
    expect(decide([POSTPONED, sentFixture(1)], 7, {})[0]).toMatchObject({ type: "Sent", intent: { id: "up-1.0.1", sentAtMs: 7 } });
  });

  it("is left out when the upgrade is aborted meanwhile, and says until then why it waits", () => {
    const upgrade = upgradeFixture(["a", "b"], ONE_AT_A_TIME, [POSTPONED, sentFixture(1)]);
    expect(progressOf(upgrade, fleet).targets[0]).toMatchObject({
      state: "Pending",
      reasons: [{ code: "WindowClosed", message: "others go first, until its maintenance window opens at 1970-01-01T00:01:00Z" }],
    });
    expect(decide([POSTPONED, sentFixture(1)], 5, { ...ONE_AT_A_TIME, abortedAtMs: 5 })[0]).toMatchObject({ result: "Skipped" });
    fleet.answer("a", "up-1.0", { phase: "Held" });
    expect(decide([HELD], 5, { ...ONE_AT_A_TIME, abortedAtMs: 5 })[0]).toMatchObject({ result: "Skipped" });
  });

  it("has its whole deadline from when the window opens, also when its plan is not known any more", () => {
    fleet.set("a", {}, "unknown");
    const upgrade = upgradeFixture(["a"], ONE_AT_A_TIME, [POSTPONED]);
    expect(advance(upgrade, fleet, OPENS_AT_MS + 9_999)).toMatchObject({ wakeAtMs: OPENS_AT_MS + 10_000, decisions: new Map() });
    expect(advance(upgrade, fleet, OPENS_AT_MS + 10_000).finished).toBe("Failed");
  });

  it("is kept with its upgrade", () => {
    const again: TargetDecision = { type: "Sent", intent: { id: "up-1.0.1", planHash: "p", sentAtMs: 0, postponements: 1 } };
    const upgrade = upgradeFixture(["a", "b", "c"], {}, [HELD, POSTPONED, again]);
    const records = new Map([
      ["up-1", encodeCommand(upgrade)],
      ["up-1.0", encodeTargets(upgrade, 0)],
    ]);
    expect(decodeUpgrade("up-1", (key) => records.get(key))).toEqual(upgrade);
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

/** Runs an upgrade to its end. Gives how many agents worked at a time at most, and when each target had succeeded, as the hub saw it. */
function simulate(agents: readonly Agent[], maxConcurrent: number): { readonly most: number; readonly succeededAtMs: Map<string, number> } {
  const world = new FleetFixture();
  for (const { name } of agents) world.add(name);
  let upgrade = upgradeFixture(
    agents.map(({ name }) => name),
    { settings: { ...SETTINGS, maxConcurrent, progressDeadlineSeconds: 600 } },
  );
  let most = 0;
  const succeededAtMs = new Map<string, number>();
  for (let round = 0; upgrade.finished === undefined && round < 3_000; round++) {
    const nowMs = round * STEP_MS;
    for (let next = advance(upgrade, world, nowMs); next.decisions.size > 0 || next.finished !== undefined;) {
      upgrade = applyAdvance(upgrade, next, nowMs);
      if (next.finished !== undefined) break;
      next = advance(upgrade, world, nowMs);
    }
    for (const { cluster, decision } of upgrade.targets) {
      if (decision.type === "Settled" && decision.result === "Succeeded") succeededAtMs.set(cluster, decision.atMs);
    }
    for (const agent of agents) {
      const hears = round % agent.every === 0;
      if (hears) agent.known = intentsFor([upgrade], agent.name);
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
