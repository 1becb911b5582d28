import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { RightToAct } from "../../leadership/mod.ts";
import { leftBehindIn } from "./left-behind.ts";
import { HelmProcesses } from "./processes.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "portolan-processes-"));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

function processes(right?: RightToAct): HelmProcesses {
  return new HelmProcesses({
    program: process.execPath,
    env: {},
    leftBehind: leftBehindIn(folder),
    ...(right === undefined ? {} : { right }),
  });
}

const print = { name: "print", args: ["-e", "process.stdout.write('done'); process.stderr.write('words')"] };

it("what a process printed and how it ended is collected", async () => {
  expect(await processes().run(print, 10_000)).toMatchObject({ code: 0, stdout: "done", stderr: "words" });
});

it("one works on a release at a time, and another release is not held up by it", async () => {
  const all = processes();
  all.begin("a/one", "stamp", print);
  expect(() => all.begin("a/one", "stamp", print)).toThrow(expect.objectContaining({ code: "ReleaseLocked" }));
  all.begin("a/two", "stamp", print);
  await expect.poll(() => all.runOf("a/one")).toMatchObject({ state: "ended", stamp: "stamp", result: { code: 0 } });
  all.forget("a/one");
  expect(all.runOf("a/one")).toBeUndefined();
  await all.stop();
});

it("none starts for an agent that may not act any more, and none after the end", async () => {
  const lost = new Error("this agent may not act any more");
  const all = processes({
    check: () => {
      throw lost;
    },
    left: () => ({ stopMs: 0, overMs: 0 }),
  });
  expect(() => all.begin("a/one", "stamp", print)).toThrow(lost);
  expect(all.runOf("a/one")).toBeUndefined();
  await expect(all.run(print, 10_000)).rejects.toThrow(lost);
  const stopped = processes();
  await stopped.stop();
  expect(() => stopped.begin("a/one", "stamp", print)).toThrow(expect.objectContaining({ code: "HelmNotStarted" }));
});
