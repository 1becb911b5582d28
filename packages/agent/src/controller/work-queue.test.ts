import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ManualClock, settled } from "../kube/testing/mod.ts";
import { noMetrics } from "./metrics.ts";
import { WorkQueue, type WorkFailure, type WorkQueueOptions } from "./work-queue.ts";

interface Run {
  readonly key: string;
  readonly signal: AbortSignal;
  readonly finish: () => void;
  readonly fail: (error?: unknown) => void;
}

/** A queue whose work is finished by hand. */
function setUp(options: Partial<WorkQueueOptions> = {}): {
  clock: ManualClock;
  queue: WorkQueue;
  running: Run[];
  started: string[];
  failures: WorkFailure[];
} {
  const clock = new ManualClock();
  const running: Run[] = [];
  const started: string[] = [];
  const failures: WorkFailure[] = [];
  const queue = new WorkQueue({
    name: "test",
    process: async (key, signal) => {
      started.push(key);
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const run: Run = { key, signal, finish: resolve, fail: (error = new Error("failed")) => reject(error) };
      running.push(run);
      await promise.finally(() => running.splice(running.indexOf(run), 1));
    },
    onFailure: (failure) => failures.push(failure),
    retryAfterMs: () => undefined,
    concurrency: 1,
    backoff: { baseMs: 8, maxMs: 1_000 },
    clock,
    random: () => 0.999999,
    metrics: noMetrics,
    ...options,
  });
  return { clock, queue, running, started, failures };
}

describe("WorkQueue", () => {
  it("keeps what is added before it starts, each key once and in order", async () => {
    const { queue, running, started } = setUp();
    for (const key of ["b", "a", "b", "c"]) queue.add(key);
    await settled();
    expect(started).toEqual([]);
    queue.start();
    for (let index = 0; index < 3; index += 1) {
      await settled();
      running[0]?.finish();
    }
    await settled();
    expect(started).toEqual(["b", "a", "c"]);
  });

  it("works on a key again that was added while it was worked on, and not before that ends", async () => {
    const { queue, running, started } = setUp({ concurrency: 3 });
    queue.start();
    queue.add("a");
    await settled();
    queue.add("a");
    queue.add("a");
    await settled();
    expect(started).toEqual(["a"]);
    running[0]?.finish();
    await settled();
    expect(started).toEqual(["a", "a"]);
    running[0]?.finish();
    await settled();
    expect(started).toEqual(["a", "a"]);
  });

  it("tells for how long each key has been worked on", async () => {
    let ask = (): readonly number[] => [];
    const queueWorks = (_: string, unfinishedMs: () => readonly number[]): void => void (ask = unfinishedMs);
    const { clock, queue, running } = setUp({ concurrency: 2, metrics: { ...noMetrics, queueWorks } });
    queue.start();
    queue.add("a");
    await clock.advance(3_000);
    queue.add("b");
    await clock.advance(500);
    expect([queue.unfinishedMs, ask()]).toEqual([
      [3_500, 500],
      [3_500, 500],
    ]);
    running[0]?.finish();
    await settled();
    expect(ask()).toEqual([500]);
  });

  it("works on as many keys at once as it may", async () => {
    const { queue, running } = setUp({ concurrency: 2 });
    queue.start();
    for (const key of ["a", "b", "c"]) queue.add(key);
    await settled();
    expect(running.map((run) => run.key)).toEqual(["a", "b"]);
    expect(queue.depth).toBe(1);
    running[0]?.finish();
    await settled();
    expect(running.map((run) => run.key)).toEqual(["b", "c"]);
  });

  it("brings a failed key back after growing pauses, and at once when it is added", async () => {
    const { clock, queue, running, started, failures } = setUp();
    queue.start();
    queue.add("a");
    for (const pauseMs of [8, 16, 32]) {
      await settled();
      running[0]?.fail();
      await clock.advance(pauseMs - 1);
      const before = started.length;
      await clock.advance(1);
      expect(started).toHaveLength(before + 1);
    }
    running[0]?.fail();
    await settled();
    queue.add("a");
    await settled();
    expect(started).toHaveLength(5);
    expect(failures.map((failure) => failure.failures)).toEqual([1, 2, 3, 4]);
  });

  it("starts counting failures anew after a success, without the pending retry", async () => {
    const { clock, queue, running, started, failures } = setUp();
    queue.start();
    queue.add("a");
    await settled();
    running[0]?.fail();
    await settled();
    queue.add("a");
    await settled();
    running[0]?.finish();
    await clock.advance(10_000);
    expect(started).toHaveLength(2);
    queue.add("a");
    await settled();
    running[0]?.fail();
    await settled();
    expect(failures.map((failure) => failure.failures)).toEqual([1, 1]);
    expect(clock.pendingTimers).toBe(1);
    queue.forget("a");
    expect(clock.pendingTimers).toBe(0);
  });

  it("waits as long as the error wishes when that is longer", async () => {
    const { clock, queue, running, started } = setUp({ retryAfterMs: (error) => (error === "busy" ? 7_000 : undefined) });
    queue.start();
    queue.add("a");
    await settled();
    running[0]?.fail("busy");
    await clock.advance(6_999);
    expect(started).toHaveLength(1);
    await clock.advance(1);
    expect(started).toHaveLength(2);
  });

  it("takes the earliest of several later times", async () => {
    const { clock, queue, started } = setUp({ process: async (key) => void started.push(key) });
    queue.start();
    queue.addAfter("a", 500);
    queue.addAfter("a", 100);
    queue.addAfter("a", 300);
    await clock.advance(100);
    expect(started).toEqual(["a"]);
    await clock.advance(1_000);
    expect(started).toEqual(["a"]);
  });

  it("stops without beginning anything, and lets running work finish", async () => {
    const { clock, queue, running, started } = setUp();
    queue.start();
    queue.add("a");
    queue.add("b");
    queue.addAfter("c", 10);
    await settled();
    const stopped = queue.stop({ deadlineMs: 1_000, graceMs: 100 });
    queue.add("d");
    queue.addAfter("d", 1);
    await clock.advance(999);
    expect(running[0]?.signal.aborted).toBe(false);
    running[0]?.finish();
    expect(await stopped).toEqual([]);
    await clock.advance(10_000);
    expect(started).toEqual(["a"]);
    expect(clock.pendingTimers).toBe(0);
  });

  it("aborts work that is not done at the deadline, and names what does not even then end", async () => {
    const { clock, queue, running } = setUp({ concurrency: 2 });
    queue.start();
    queue.add("deaf");
    queue.add("attentive");
    await settled();
    const attentive = running[1];
    attentive?.signal.addEventListener("abort", () => attentive.fail(attentive.signal.reason));
    const stopped = queue.stop({ deadlineMs: 1_000, graceMs: 100 });
    await clock.advance(1_100);
    expect(await stopped).toEqual(["deaf"]);
    expect(clock.pendingTimers).toBe(0);
  });
});

describe("WorkQueue, whatever happens in whatever order", () => {
  const keys = fc.constantFrom("a", "b", "c", "d");
  const step = fc.oneof(
    fc.record({ kind: fc.constant("add" as const), key: keys }),
    fc.record({ kind: fc.constant("addAfter" as const), key: keys, delayMs: fc.integer({ min: 1, max: 30 }) }),
    fc.record({ kind: fc.constant("finish" as const), index: fc.nat(3) }),
    fc.record({ kind: fc.constant("fail" as const), index: fc.nat(3) }),
    fc.record({ kind: fc.constant("advance" as const), ms: fc.nat(20) }),
  );

  it("never works on a key twice at once, never on too many, and loses nothing", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 3 }), async (steps, concurrency) => {
        const { clock, queue, running, started } = setUp({ concurrency });
        /** The moment at or after which each key must still begin, or have begun. */
        const due = new Map<string, number>();
        const planned = new Map<string, number>();
        const begun = new Map<string, number>();
        const owe = (key: string): void => {
          due.set(key, clock.now());
          // What began earlier in this very millisecond does not count.
          begun.delete(key);
        };
        const look = (): void => {
          const at = running.map((run) => run.key);
          expect(new Set(at).size).toBe(at.length);
          expect(at.length).toBeLessThanOrEqual(concurrency);
          for (const key of started.splice(0)) begun.set(key, clock.now());
          for (const [key, time] of planned) {
            if (time > clock.now()) continue;
            planned.delete(key);
            due.set(key, Math.max(time, due.get(key) ?? 0));
          }
        };
        queue.start();
        for (const step of steps) {
          const run = "index" in step ? running[step.index] : undefined;
          if (step.kind === "add") {
            owe(step.key);
            queue.add(step.key);
          } else if (step.kind === "addAfter") {
            const time = clock.now() + step.delayMs;
            planned.set(step.key, Math.min(time, planned.get(step.key) ?? time));
            queue.addAfter(step.key, step.delayMs);
          } else if (step.kind === "fail" && run !== undefined) {
            owe(run.key);
            run.fail();
          } else if (step.kind === "finish") run?.finish();
          else if (step.kind === "advance") for (let ms = 0; ms < step.ms; ms += 1) await tick();
          await settled();
          look();
        }
        for (let round = 0; round < 2_000 && (running.length > 0 || clock.pendingTimers > 0); round += 1) {
          running[0]?.finish();
          await tick();
        }
        expect(queue.depth).toBe(0);
        expect(clock.pendingTimers).toBe(0);
        for (const [key, time] of due) expect(begun.get(key) ?? 0).toBeGreaterThanOrEqual(time);

        async function tick(): Promise<void> {
          await clock.advance(1);
          look();
        }
      }),
      { numRuns: 150 },
    );
  });

  it("takes keys in the order in which they were first added", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ minLength: 1, maxLength: 2 }), { maxLength: 30 }), async (added) => {
        const { queue, started } = setUp({ process: async (key) => void started.push(key) });
        for (const key of added) queue.add(key);
        queue.start();
        for (let index = 0; index <= added.length; index += 1) await settled();
        expect(started).toEqual([...new Set(added)]);
      }),
      { numRuns: 50 },
    );
  });
});
