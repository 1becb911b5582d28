import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { exceededBudget } from "./budget.ts";
import type { CommandType } from "./commands.ts";
import { specFixture } from "./fleet.fixture.ts";
import { isOpen, type Rollout, type Target } from "./model.ts";
import { phaseOf } from "./phase.ts";
import { ADA, WorldFixture, type Fault } from "./world.fixture.ts";

/**
 * Random fleets, faults, joins, leaves, hubs that are killed and people who change their minds: whatever happens, these hold after every
 * single decision that was stored.
 */

/** For long runs, and for short ones beside many other tests. */
const TIMEOUT_MS = process.env["PORTOLAN_MODEL_RUNS"] === undefined ? 60_000 : 3_600_000;

const CLUSTERS = ["a", "b", "c", "d", "e", "f"];

type Act = (world: WorldFixture) => Promise<void> | void;

class Step implements fc.AsyncCommand<object, WorldFixture> {
  readonly #name: string;
  readonly #act: Act;

  constructor(name: string, act: Act) {
    this.#name = name;
    this.#act = act;
  }

  check(): boolean {
    return true;
  }

  async run(_model: object, world: WorldFixture): Promise<void> {
    await this.#act(world);
    await vi.advanceTimersByTimeAsync(15);
    world.changes.splice(0).forEach(({ before, after }) => checkDecision(before, after));
  }

  toString(): string {
    return this.#name;
  }
}

/** What may never be stored. */
function checkDecision(before: Rollout | undefined, after: Rollout): void {
  for (const [wave, { maxConcurrent }] of after.spec.waves.entries()) {
    const inFlight = after.targets.filter(({ decision, ...target }) => target.wave === wave && decision.type === "Sent").length;
    expect(inFlight, "no more in flight than may be").toBeLessThanOrEqual(maxConcurrent);
  }
  if (before?.uid !== after.uid) {
    return;
  }
  for (const [index, target] of after.targets.entries()) {
    const was = before.targets[index];
    if (wasSent(was, target)) {
      expect(
        before.waves.slice(0, target.wave).every(({ passedAtMs }) => passedAtMs !== undefined),
        "every earlier gate has been passed",
      ).toBe(true);
      expect(before.waves[target.wave]?.startedAtMs, "its wave has begun").toBeDefined();
      expect([before.paused, before.aborted, before.rollingBack], "nothing is sent while it stands still").toEqual([
        undefined,
        undefined,
        undefined,
      ]);
      expect(
        before.spec.onFailure === "Continue" ? undefined : exceededBudget(before),
        "nothing is sent beyond the budget",
      ).toBeUndefined();
    }
    if (was?.decision.type === "Settled" && target.decision.type !== "Settled") {
      expect(was.decision.result, "only what failed is tried again").toMatch(/Failed|Refused|Held/u);
      expect(isOpen(before), "nothing is tried again after the end").toBe(true);
    }
  }
  if (!isOpen(after) && after.spec.offline !== "CatchUp") {
    expect(
      after.targets.filter(({ decision }) => decision.type !== "Settled" && decision.type !== "Deferred"),
      "every target has come to its end",
    ).toEqual([]);
  }
}

function wasSent(was: Target | undefined, { decision }: Target): boolean {
  return decision.type === "Sent" && was?.decision.type !== "Sent";
}

/** Timers are the test's: who asks may have to wait for one. */
const asked = async (answer: Promise<unknown>): Promise<void> => void (await Promise.all([answer, vi.advanceTimersByTimeAsync(60)]));

const cluster = fc.constantFrom(...CLUSTERS);
const step = (name: string, act: Act): fc.Arbitrary<Step> => fc.constant(new Step(name, act));
const ask = (type: CommandType): fc.Arbitrary<Step> =>
  step(type, async ({ rollouts }) => {
    const wanted =
      type === "start" ? { type, hash: rollouts.get("one")?.rollout.check?.hash ?? "" } : type === "skip" ? undefined : { type };
    if (wanted !== undefined) {
      await asked(rollouts.command("one", wanted, ADA));
    }
  });

const steps = [
  ...Array.from({ length: 6 }, () => cluster.map((name) => new Step(`move ${name}`, (world) => void world.move(name)))),
  fc
    .tuple(cluster, fc.constantFrom("1.0.0", "nothing"))
    .map(
      ([name, version]) =>
        new Step(`join ${name} with ${version}`, (world) => (world.agents.has(name) ? undefined : world.join(name, version))),
    ),
  cluster.map((name) => new Step(`leave ${name}`, (world) => world.leave(name))),
  fc
    .tuple(cluster, fc.boolean())
    .map(([name, online]) => new Step(`${name} ${online ? "comes" : "goes"}`, (world) => world.setOnline(name, online))),
  fc.tuple(cluster, fc.constantFrom<Fault>("none", "fails", "refuses", "silent")).map(
    ([name, fault]) =>
      new Step(`${name}: ${fault}`, (world) => {
        const agent = world.agents.get(name);
        if (agent !== undefined) agent.fault = fault;
      }),
  ),
  fc.constantFrom(100, 3_000, 11_000).map((ms) => new Step(`wait ${ms}`, async () => void (await vi.advanceTimersByTimeAsync(ms)))),
  ask("pause"),
  ask("resume"),
  ask("abort"),
  ask("approve"),
  ask("reject"),
  ask("retry"),
  ask("promote"),
  cluster.map(
    (name) =>
      new Step(
        `skip ${name}`,
        async ({ rollouts }) =>
          await asked(rollouts.command("one", { type: "skip", targets: [{ cluster: name, namespace: "default", name: "main" }] }, ADA)),
      ),
  ),
  step("another hub", (world) => world.restart()),
  fc.nat(2).map(
    (records) =>
      new Step(`killed after ${records} records`, async (world) => {
        world.records.cutAfter = records;
        for (const name of world.agents.keys()) {
          world.move(name);
        }
        await vi.advanceTimersByTimeAsync(15);
        world.restart();
      }),
  ),
];

const wave = fc.record({
  maxConcurrent: fc.integer({ min: 1, max: 3 }),
  soakSeconds: fc.constantFrom(0, 2),
  approval: fc.constantFrom(undefined, { roles: ["operator"] }, { roles: ["operator"], expiresAfterSeconds: 5 }),
});
const INSTANCE = { namespace: "default", name: "main", config: { replicas: 3 } };
/** What is wished, and what clusters have before. */
const wish = fc.constantFrom(
  { before: "1.0.0", wish: { action: "upgrade" } },
  { before: "1.0.0", wish: { action: "upgrade" } },
  { before: "nothing", wish: { action: "install", instance: INSTANCE } },
  { before: "1.0.0", wish: { action: "configure", version: undefined, instance: INSTANCE } },
  { before: "1.0.0", wish: { action: "remove", version: undefined } },
);
const spec = fc
  .record({
    waves: fc.array(wave, { minLength: 1, maxLength: 3 }),
    failureBudget: fc.oneof(fc.record({ count: fc.nat(2) }), fc.record({ percent: fc.constantFrom(0, 30, 100) })),
    onFailure: fc.constantFrom("Pause", "Rollback", "Continue"),
    offline: fc.constantFrom("Skip", "Defer", "CatchUp"),
    unreachable: fc.constant("Skip"),
  })
  .map(({ waves, ...rest }) => ({
    ...rest,
    waves: waves.map(({ approval, ...settings }, index) => ({
      ...settings,
      ...(approval === undefined ? {} : { approval }),
      ...(index === waves.length - 1 ? {} : { clusters: { count: 1 + index } }),
    })),
  }));

describe("rollouts, whatever happens", () => {
  beforeEach(() => void vi.useFakeTimers({ now: 1_000 }));
  afterEach(() => void vi.useRealTimers());

  const runAll = async (world: WorldFixture): Promise<void> => {
    for (let quiet = 0, round = 0; quiet < 3; round += 1) {
      expect(round, "it comes to an end").toBeLessThan(200);
      await vi.advanceTimersByTimeAsync(25);
      quiet = [...world.agents.keys()].map((name) => world.move(name)).includes(true) ? 0 : quiet + 1;
    }
  };

  /** Everybody works again, and people let it go on. */
  const heal = async (world: WorldFixture): Promise<void> => {
    for (const [name, agent] of world.agents) {
      agent.fault = "none";
      world.setOnline(name, true);
    }
    for (let round = 0; round < 12; round += 1) {
      await runAll(world);
      await asked(world.rollouts.command("one", { type: "resume" }, ADA));
      await asked(world.rollouts.command("one", { type: "approve" }, ADA));
      await vi.advanceTimersByTimeAsync(5_000);
    }
    await vi.advanceTimersByTimeAsync(30_000);
    await runAll(world);
    // An instance that was made anew is not what its gate wants, and never will be.
    await asked(world.rollouts.command("one", { type: "abort" }, ADA));
    await runAll(world);
    world.changes.splice(0).forEach(({ before, after }) => checkDecision(before, after));
  };

  it(
    "keep their promises, end, and are undone",
    async () => {
      const property = fc.asyncProperty(
        wish,
        spec,
        fc.commands(steps, { maxCommands: 40, size: "max" }),
        async (wanted, document, commands) => {
          const { before } = wanted;
          const canGoBack = wanted.wish.action === "upgrade" || wanted.wish.action === "install";
          vi.clearAllTimers();
          const world = new WorldFixture();
          for (const name of CLUSTERS.slice(0, 4)) {
            world.join(name, before);
          }
          try {
            const onFailure = canGoBack ? document.onFailure : "Pause";
            await asked(world.rollouts.apply("one", specFixture({ ...document, ...wanted.wish, onFailure }), ADA));
            await runAll(world);
            await asked(world.rollouts.command("one", { type: "start", hash: world.rollouts.get("one")?.rollout.check?.hash ?? "" }, ADA));
            world.changes.length = 0;
            await fc.asyncModelRun(async () => ({ model: {}, real: world }), commands);
            await heal(world);
            const ended = world.rollouts.get("one")?.rollout;
            expect(ended === undefined ? undefined : phaseOf(ended)).toMatch(/Succeeded|Failed|Aborted|RolledBack/u);
            expect(new Set(world.begun).size, "no intent was carried out twice for an instance").toBe(world.begun.length);
            if (!canGoBack) {
              return;
            }
            if (ended?.finished?.result !== "RolledBack") {
              await asked(world.rollouts.undo("one", ADA));
              await runAll(world);
              await asked(
                world.rollouts.command("one-undo", { type: "start", hash: world.rollouts.get("one-undo")?.rollout.check?.hash ?? "" }, ADA),
              );
              await runAll(world);
            }
            const left = [...world.agents].filter(([, { version, spec: wanted, joined }]) => version !== joined || wanted !== joined);
            expect(left, "everything is what it was").toEqual([]);
          } finally {
            world.rollouts.stop();
          }
        },
      );
      await fc.assert(property, { numRuns: Number(process.env["PORTOLAN_MODEL_RUNS"] ?? 200) });
    },
    TIMEOUT_MS,
  );
});
