import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { exceededBudget } from "./budget.ts";
import type { CommandType } from "./commands.ts";
import { specFixture } from "./fleet.fixture.ts";
import { isOpen, type Target } from "./model.ts";
import { phaseOf } from "./phase.ts";
import { ADA, WorldFixture, type Change, type Fault } from "./world.fixture.ts";

/**
 * Random fleets, faults, joins, leaves, hubs that are killed and people who change their minds: whatever happens, these hold after every
 * single decision that was stored.
 */

/** For long runs, and for short ones beside many other tests. */
const TIMEOUT_MS = process.env["PORTOLAN_MODEL_RUNS"] === undefined ? 60_000 : 3_600_000;

const MINUTE_MS = 60_000;
/** Open every other minute. */
const WINDOWS = [{ cron: "*/2 * * * *", duration: "1m" }];
const CLUSTERS = ["a", "b", "c", "d", "e", "f"];

const HEALTHY = { env: "in", sick: "no" };

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
    judge(world);
  }

  toString(): string {
    return this.#name;
  }
}

/** Holds everything that was decided since to what was true. */
function judge(world: WorldFixture): void {
  for (const change of world.changes.splice(0)) {
    checkDecision(change);
  }
  expect(world.mistimed, "whatever an agent's clock says, it takes nothing too late, nor for too late").toEqual([]);
}

/** What may never be stored. */
function checkDecision(change: Change): void {
  const { before, after } = change;
  if (before?.uid !== after.uid) {
    return;
  }
  if (before.started === undefined && after.started !== undefined && after.undoes === undefined) {
    const out = after.targets.filter(({ cluster }) => change.truth.get(cluster)?.labels["env"] === "out").map(({ cluster }) => cluster);
    expect(out, "who left since the check is not started with").toEqual([]);
  }
  for (const [wave, progress] of after.waves.entries()) {
    if (progress.passedAtMs !== undefined && before.waves[wave]?.passedAtMs === undefined && change.byHub) {
      checkGate(change, wave);
    }
  }
  for (const [index, target] of after.targets.entries()) {
    const was = before.targets[index];
    if (wasSent(was, target)) {
      expect(placesTaken(change, target.wave), "no more in flight than may be").toBeLessThanOrEqual(
        after.spec.waves[target.wave]?.maxConcurrent ?? 0,
      );
    }
    if (wasSent(was, target) || wasTold(was, target)) {
      checkBeginning(change, target);
    }
    if (target.decision.type === "Settled" && target.decision.result === "Succeeded" && was?.decision.type !== "Settled") {
      expect(change.truth.get(target.cluster)?.isObserved ?? true, "nothing has succeeded by what was before its last change").toBe(true);
    }
    if (was?.decision.type === "Settled" && target.decision.type !== "Settled") {
      expect(was.decision.result, "only what failed is tried again").toMatch(/Failed|Refused|Held/u);
      expect(isOpen(before), "nothing is tried again after the end").toBe(true);
    }
    if (was?.decision.type === "Settled" && was.decision.result === "Succeeded") {
      expect(target.decision, "what has succeeded stays so").toMatchObject({ type: "Settled", result: "Succeeded" });
    }
  }
  if (!isOpen(after) && after.spec.offline !== "CatchUp") {
    expect(
      after.targets.filter(({ decision }) => decision.type !== "Settled" && decision.type !== "Deferred"),
      "every target has come to its end",
    ).toEqual([]);
  }
}

/** Targets that were sent, and those whose agents can be heard and work on though they were given up. */
function placesTaken({ after, truth }: Change, wave: number): number {
  return after.targets.filter(({ decision, ...target }) => {
    const seen = truth.get(target.cluster);
    const works = decision.type === "Settled" && seen?.online === true && seen.worksAt?.startsWith(`${after.uid}.`) === true;
    return target.wave === wave && (decision.type === "Sent" || works);
  }).length;
}

/** Somebody is asked to begin, or to say how. */
function checkBeginning({ before, after, atMs, retracted, undone }: Change, target: Target): void {
  expect(
    before?.waves.slice(0, target.wave).every(({ passedAtMs }) => passedAtMs !== undefined),
    "every earlier gate has been passed",
  ).toBe(true);
  expect(before?.waves[target.wave]?.startedAtMs, "its wave has begun").toBeDefined();
  expect([before?.paused, before?.aborted, before?.rollingBack], "nothing is sent while it stands still").toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(
    before === undefined || !isOpen(before) || before.spec.onFailure === "Continue" ? undefined : exceededBudget(before),
    "nothing is sent beyond the budget",
  ).toBeUndefined();
  expect(after.spec.windows.length > 0 && !isWindowOpen(atMs), "nothing is sent in a closed window").toBe(false);
  expect(after.undoes === undefined && target.to !== undefined && target.to === retracted, "nobody goes to a retracted version").toBe(
    false,
  );
  expect(undone.has(after.uid), "nobody goes where somebody brings all back from").toBe(false);
}

/** A gate opens only by what is true, and after the soak. */
function checkGate({ after, atMs, truth, promotedWave, soaksAgainAtMs }: Change, wave: number): void {
  const { soakSeconds = 0, verify } = after.spec.waves[wave] ?? {};
  const own = after.targets.filter((target) => target.wave === wave);
  // Nothing soaks in a wave that nobody is in.
  if (own.length === 0) {
    return;
  }
  const settledAtMs = Math.max(soaksAgainAtMs, ...own.map(({ decision }) => (decision.type === "Settled" ? decision.atMs : 0)));
  expect(promotedWave === wave ? Infinity : atMs - settledAtMs, "it has soaked").toBeGreaterThanOrEqual(soakSeconds * 1000);
  if (after.spec.onFailure === "Continue" || after.spec.action === "remove") {
    return;
  }
  for (const { cluster, to, decision } of own) {
    const seen = truth.get(cluster);
    const exists = seen?.version !== undefined;
    if (exists && decision.type === "Settled" && decision.result === "Succeeded") {
      const { online, ready, isObserved, version, labels } = seen;
      expect({ online, ready, isObserved, version }, "its gate holds").toEqual({
        online: true,
        ready: true,
        isObserved: true,
        version: to ?? version,
      });
      expect(verify !== undefined && labels["sick"] === "yes", "what the wave verifies holds").toBe(false);
    }
  }
}

function isWindowOpen(atMs: number): boolean {
  return atMs % (2 * MINUTE_MS) < MINUTE_MS;
}

function wasTold(was: Target | undefined, { decision }: Target): boolean {
  const hash = was?.decision.type === "Sent" ? was.decision.intent.planHash : undefined;
  return decision.type === "Sent" && decision.intent.hold === undefined && decision.intent.planHash !== hash;
}

function wasSent(was: Target | undefined, { decision }: Target): boolean {
  return decision.type === "Sent" && was?.decision.type !== "Sent";
}

/** Timers are the test's: who asks may have to wait for one. */
const asked = async (answer: Promise<unknown>): Promise<void> => void (await Promise.all([answer, vi.advanceTimersByTimeAsync(60)]));

const cluster = fc.constantFrom(...CLUSTERS);
const step = (name: string, act: Act): fc.Arbitrary<Step> => fc.constant(new Step(name, act));
const ask = (type: CommandType): fc.Arbitrary<Step> =>
  step(type, async (world) => {
    const { rollouts } = world;
    const wanted =
      type === "start" ? { type, hash: rollouts.get("one")?.rollout.check?.hash ?? "" } : type === "skip" ? undefined : { type };
    if (wanted !== undefined) {
      await asked(world.ask(wanted));
    }
  });

/** What is made anew where there was one before is what it was: an undo brings back the version, whoever changed it. */
function joinWith(name: string, version: string, unseen: boolean): Act {
  return (world) => {
    if (!world.agents.has(name)) {
      world.join(name, version === "2.0.0" && world.fleet.cluster(name) !== undefined ? "1.0.0" : version, HEALTHY);
      if (unseen) {
        world.changeUnseen(name);
      }
    }
  };
}

const steps = [
  ...Array.from({ length: 6 }, () => cluster.map((name) => new Step(`move ${name}`, (world) => void world.move(name)))),
  fc
    .tuple(cluster, fc.constantFrom("1.0.0", "2.0.0", "nothing"), fc.boolean())
    .map(
      ([name, version, unseen]) => new Step(`join ${name} with ${version}${unseen ? ", changed" : ""}`, joinWith(name, version, unseen)),
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
  ...Array.from({ length: 3 }, () => cluster.map((name) => new Step(`change ${name}`, (world) => world.changeUnseen(name)))),
  fc
    .tuple(cluster, fc.constantFrom({ env: "out" }, { env: "in" }, { sick: "yes" }, { sick: "yes" }, { sick: "no" }))
    .map(([name, labels]) => new Step(`${name} is ${JSON.stringify(labels)}`, (world) => world.relabel(name, labels))),
  fc
    .constantFrom("2.0.0", undefined)
    .map((version) => new Step(version === undefined ? "nothing is retracted" : `retract ${version}`, (world) => world.retract(version))),
  fc
    .constantFrom(100, 3_000, 11_000, MINUTE_MS)
    .map((ms) => new Step(`wait ${ms}`, async () => void (await vi.advanceTimersByTimeAsync(ms)))),
  ask("pause"),
  ask("resume"),
  ask("abort"),
  ask("approve"),
  ask("reject"),
  ask("retry"),
  ask("promote"),
  ask("promote"),
  ask("promote"),
  cluster.map(
    (name) =>
      new Step(
        `skip ${name}`,
        async (world) => await asked(world.ask({ type: "skip", targets: [{ cluster: name, namespace: "default", name: "main" }] })),
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
  verify: fc.constantFrom(undefined, "cluster.labels.sick != 'yes'", "cluster.labels.sick != 'yes'"),
  maxConcurrent: fc.integer({ min: 1, max: 3 }),
  soakSeconds: fc.constantFrom(0, 2, 2),
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
    selector: fc.constant({ labels: "env!=out" }),
    windows: fc.constantFrom([], [], WINDOWS),
    notAfterSeconds: fc.constantFrom(undefined, 60),
  })
  .map(({ waves, ...rest }) => ({
    ...rest,
    waves: waves.map(({ approval, verify, ...settings }, index) => ({
      ...settings,
      verifyDeadlineSeconds: 5,
      ...(verify === undefined ? {} : { verify }),
      ...(approval === undefined ? {} : { approval }),
      ...(index === waves.length - 1 ? {} : { clusters: { count: 1 + index } }),
    })),
  }));

describe("rollouts, whatever happens", () => {
  // Windows are by the clocks of zones, which no fake knows.
  beforeEach(() => void vi.useFakeTimers({ now: 1_000, toFake: ["Date", "setTimeout", "clearTimeout"] }));
  afterEach(() => void vi.useRealTimers());

  const runAll = async (world: WorldFixture): Promise<void> => {
    for (let quiet = 0, round = 0; quiet < 3; round += 1) {
      expect(round, "it comes to an end").toBeLessThan(200);
      await vi.advanceTimersByTimeAsync(25);
      quiet = [...world.agents.keys()].map((name) => world.move(name)).includes(true) ? 0 : quiet + 1;
    }
  };

  /** Everybody works again, and people let it go on. */
  const heal = async (world: WorldFixture, without: string | undefined): Promise<void> => {
    world.retract(undefined);
    for (const [name, agent] of world.agents) {
      agent.fault = "none";
      world.setOnline(name, name !== without);
      world.relabel(name, HEALTHY);
    }
    for (let round = 0; round < 30; round += 1) {
      await runAll(world);
      await asked(world.ask({ type: "resume" }));
      await asked(world.ask({ type: "approve" }));
      await vi.advanceTimersByTimeAsync(5_000);
    }
    await vi.advanceTimersByTimeAsync(30_000);
    await runAll(world);
    // An instance that was made anew is not what its gate wants, and never will be.
    await asked(world.ask({ type: "abort" }));
    await runAll(world);
    judge(world);
  };

  /** Somebody makes the way back; gives its name, where there is one. */
  const undone = async (world: WorldFixture): Promise<string | undefined> => {
    const [outcome] = await Promise.all([world.rollouts.undo("one", ADA), vi.advanceTimersByTimeAsync(60)]);
    await runAll(world);
    return "progress" in outcome ? outcome.progress.rollout.name : undefined;
  };

  it(
    "keep their promises, end, and are undone",
    async () => {
      const property = fc.asyncProperty(
        wish,
        spec,
        fc.record({ relabelled: fc.option(cluster), offline: fc.option(cluster) }),
        fc.commands(steps, { maxCommands: 40, size: "max" }),
        async (wanted, document, people, commands) => {
          const { before } = wanted;
          const canGoBack = wanted.wish.action === "upgrade" || wanted.wish.action === "install";
          vi.clearAllTimers();
          const world = new WorldFixture();
          for (const name of CLUSTERS.slice(0, 4)) {
            world.join(name, before, HEALTHY);
          }
          try {
            // What is removed cannot be looked at.
            const waves = wanted.wish.action === "remove" ? document.waves.map(({ verify: _verify, ...rest }) => rest) : document.waves;
            const onFailure = canGoBack ? document.onFailure : "Pause";
            await asked(world.rollouts.apply("one", specFixture({ ...document, ...wanted.wish, waves, onFailure }), ADA));
            await runAll(world);
            world.changes.length = 0;
            if (people.relabelled !== null) {
              world.relabel(people.relabelled, { env: "out" });
            }
            for (const again of [false, true]) {
              if (again) {
                await asked(world.ask({ type: "check" }));
                await runAll(world);
              }
              await asked(world.ask({ type: "start", hash: world.rollouts.get("one")?.rollout.check?.hash ?? "" }));
            }
            judge(world);
            await fc.asyncModelRun(async () => ({ model: {}, real: world }), commands);
            await heal(world, people.offline ?? undefined);
            const ended = world.rollouts.get("one")?.rollout;
            expect(ended === undefined ? undefined : phaseOf(ended)).toMatch(/Succeeded|Failed|Aborted|RolledBack/u);
            expect(new Set(world.begun).size, "no intent was carried out twice for an instance").toBe(world.begun.length);
            if (!canGoBack) {
              return;
            }
            const undo = ended?.finished?.result === "RolledBack" ? undefined : await undone(world);
            // Who comes back then is brought nowhere any more.
            for (const name of world.agents.keys()) {
              world.setOnline(name, true);
            }
            await runAll(world);
            if (undo !== undefined) {
              const hash = world.rollouts.get(undo)?.rollout.check?.hash ?? "";
              await asked(world.ask({ type: "start", hash }, undo));
              for (let round = 0; round < 30; round += 1) {
                await runAll(world);
                await vi.advanceTimersByTimeAsync(5_000);
              }
            }
            judge(world);
            const left = [...world.agents].filter(([, { version, spec: wanted, joined }]) => version !== joined || wanted !== joined);
            expect(left, "everything is what it was").toEqual([]);
          } finally {
            world.rollouts.stop();
          }
        },
      );
      await fc.assert(property, { numRuns: Number(process.env["PORTOLAN_MODEL_RUNS"] ?? 60) });
    },
    TIMEOUT_MS,
  );
});
