import { describe, expect, it } from "vitest";
import { widthOf } from "../output/mod.ts";
import { frame } from "./frame.ts";
import { aRollout, atStep, aTarget } from "./rollout.fixture.ts";

const plain = ({ text }: { readonly text: string }): string => text;
const now = Date.parse("2026-01-01T00:00:30.000Z");

describe("frame", () => {
  it("has a line for each cluster: how far, where, and what is done there", () => {
    const rollout = aRollout([
      aTarget("bergen", "Succeeded", { version: "2.0.0" }),
      aTarget("genoa", "Running", atStep(1, "before/backup")),
      aTarget("lisbon", "Pending"),
    ]);
    expect(frame(rollout, { columns: 100, rows: 24 }, now, plain)).toEqual([
      "upgrade dns 2.0.0  Running  30s  Succeeded 1, Running 1, Pending 1",
      "  bergen  ████████████  Succeeded  1.0.0 → 2.0.0",
      "  genoa   █████████░░░  Running    2/2 1.1.0 → 2.0.0  before/backup",
      "  lisbon  ░░░░░░░░░░░░  Pending    1.0.0",
    ]);
  });

  it("names the instance where a cluster has several", () => {
    const rollout = aRollout([aTarget("a", "Pending"), aTarget("a", "Pending", { name: "dns-2" })]);
    expect(frame(rollout, { columns: 100, rows: 24 }, now, plain)[1]).toMatch(/^ {2}a\/tools\/dns {4}░/);
  });

  it("is never wider or higher than the terminal, and shows what needs a look first", () => {
    const many = Array.from({ length: 50 }, (_, index) => aTarget(`cluster-${index}`, "Succeeded", { version: "2.0.0" }));
    const failed = aTarget("zeebrugge", "Failed", { reasons: [{ code: "HookFailed", message: "a very long message ".repeat(20) }] });
    const lines = frame(aRollout([...many, failed]), { columns: 60, rows: 10 }, now, plain);
    expect(lines).toHaveLength(9);
    expect(lines.at(-2)).toContain("zeebrugge");
    expect(lines.at(-1)).toBe("… and 44 more");
    expect(Math.max(...lines.map(widthOf))).toBe(60);
  });

  it("stops the clock when the rollout has ended", () => {
    const ended = aRollout([], { phase: "Succeeded", finishedAt: "2026-01-01T00:00:12.000Z" });
    expect(frame(ended, { columns: 80, rows: 24 }, now, plain)[0]).toContain("12s");
  });
});
