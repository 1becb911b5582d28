import { describe, expect, it } from "vitest";
import { changes, progressOf } from "./progress.ts";
import { aRollout, atStep, aTarget } from "./rollout.fixture.ts";

describe("progressOf", () => {
  it("shows the step that runs, and what is done in it", () => {
    expect(progressOf(aTarget("a", "Running", atStep(1, "before/backup")))).toEqual({
      done: 1,
      total: 2,
      way: "1.1.0 → 2.0.0",
      detail: "before/backup",
    });
  });

  it("shows the whole way when no step runs", () => {
    expect(progressOf(aTarget("a", "Succeeded", { version: "2.0.0" }))).toMatchObject({ total: 0, way: "1.0.0 → 2.0.0" });
    expect(progressOf(aTarget("a", "Held", { version: "1.1.0" }))).toMatchObject({ way: "1.0.0 → 1.1.0" });
    expect(progressOf(aTarget("a", "Pending"))).toMatchObject({ way: "1.0.0" });
  });

  it("shows what has no version yet", () => {
    const { from: _from, version: _version, ...installed } = aTarget("a", "Pending");
    expect(progressOf(installed)).toMatchObject({ way: "nothing" });
  });

  it("says why it ended as it did", () => {
    const reasons = [
      { code: "A", message: "one" },
      { code: "B", message: "two" },
    ];
    expect(progressOf(aTarget("a", "Failed", { reasons })).detail).toBe("A: one; B: two");
  });
});

describe("changes", () => {
  const sent = aRollout([aTarget("a", "Sent"), aTarget("b", "Pending")]);

  it("tells everything at first", () => {
    expect(changes(undefined, sent)).toEqual(["one Running", "a/tools/dns Sent 1.0.0", "b/tools/dns Pending 1.0.0"]);
  });

  it("tells then what is new, and nothing of actions within a step", () => {
    const running = aRollout([aTarget("a", "Running", atStep(0, "before/backup")), aTarget("b", "Pending")]);
    expect(changes(sent, running)).toEqual(["a/tools/dns Running step 1/2 1.0.0 → 1.1.0"]);
    expect(changes(running, aRollout([aTarget("a", "Running", atStep(0, "deploy")), aTarget("b", "Pending")]))).toEqual([]);
    expect(changes(running, aRollout([aTarget("a", "Running", atStep(1)), aTarget("b", "Sent")]))).toEqual([
      "a/tools/dns Running step 2/2 1.1.0 → 2.0.0",
      "b/tools/dns Sent 1.0.0",
    ]);
  });

  it("tells the end last, with the reasons of those that did not get there", () => {
    const failed = aTarget("a", "Failed", { reasons: [{ code: "HookFailed", message: "backup failed" }] });
    const ended = aRollout([failed, aTarget("b", "Skipped")], { phase: "Failed", finishedAt: "2026-01-01T00:01:00.000Z" });
    expect(changes(sent, ended)).toEqual([
      "a/tools/dns Failed 1.0.0 (HookFailed: backup failed)",
      "b/tools/dns Skipped 1.0.0",
      "one Failed",
    ]);
  });
});
