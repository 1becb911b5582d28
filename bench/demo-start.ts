import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { REPOSITORY } from "../test/testbed/fleet/repository.ts";
import { summarize, thisMachine, type BenchResult } from "./harness/result.ts";

const REPETITIONS = 5;

/** From `npm run demo` to the first view of the fleet, with a nats-server that is there already. npm's own start is part of it. */
export async function run(): Promise<BenchResult> {
  // The first start may have to install the NATS server; it is not counted.
  await firstView();
  const samples: number[] = [];
  for (let index = 0; index < REPETITIONS; index++) samples.push(await firstView());
  return {
    bench: "demo-start",
    params: { repetitions: REPETITIONS, statistic: "max" },
    machine: thisMachine(),
    metrics: { "npm run demo → first fleet view": summarize(samples, "ms", { atMost: 5_000 }, "max") },
  };
}

async function firstView(): Promise<number> {
  const startedAt = performance.now();
  const demo = spawn("npm", ["run", "--silent", "demo", "--", "--port", "0"], {
    cwd: REPOSITORY,
    stdio: ["ignore", "pipe", "inherit"],
    detached: true,
  });
  const ended = once(demo, "exit");
  let seenAt: number | undefined;
  for await (const line of createInterface({ input: demo.stdout })) {
    if (seenAt !== undefined || !line.startsWith("5 clusters, 10 instances seen")) continue;
    seenAt = performance.now();
    // npm does not pass signals on to its script's children in every case: the whole group is asked to end.
    if (demo.pid !== undefined) process.kill(-demo.pid, "SIGINT");
  }
  await ended;
  if (seenAt === undefined) throw new Error("the demo has ended without a view of the fleet");
  return seenAt - startedAt;
}
