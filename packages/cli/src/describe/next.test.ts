import { describe, expect, it } from "vitest";
import { nextFor } from "./next.ts";

const at = (phase: string, counts: { readonly [state: string]: number } = {}, wave = "Running") =>
  nextFor({ name: "one", phase, counts, waves: [{ name: "1", state: wave, counts: {} }] })
    .map((line) => / rollout (\w+) one$/u.exec(line)?.[1] ?? line)
    .join(" ");

describe("what to do about a rollout", () => {
  it.each([
    ["Checking", "status"],
    ["Checked", "start check"],
    ["AwaitingApproval", "approve reject"],
    ["Running", "watch pause"],
    ["Paused", "resume abort"],
    ["Succeeded", "undo"],
    ["RolledBack", ""],
    ["of a newer hub", ""],
  ])("%s: %s", (phase, next) => {
    expect(at(phase)).toBe(next);
  });

  it("knows of soaks, and of what has failed", () => {
    expect(at("Running", {}, "Soaking")).toBe("watch promote pause");
    expect(at("Paused", { Failed: 1 })).toBe("retry resume abort");
  });
});
