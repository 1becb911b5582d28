import { describe, expect, it } from "vitest";
import { readToldRollout } from "./told.ts";

const summary = {
  name: "one",
  phase: "Running",
  spec: { action: "upgrade", service: "s", version: "1.0.0" },
  createdAt: "2026-01-01T00:00:00Z",
  createdBy: "ada",
  counts: { Running: 1 },
  waves: [],
};

describe("readToldRollout", () => {
  it("tells a whole rollout from its summary, and from its end", () => {
    expect(readToldRollout(JSON.stringify({ ...summary, targets: [] })).type).toBe("Whole");
    expect(readToldRollout(JSON.stringify({ ...summary, targetsOmitted: true })).type).toBe("Summary");
    expect(readToldRollout(JSON.stringify({ name: "one", deleted: true }))).toEqual({ type: "Deleted", name: "one" });
  });

  it("refuses what it cannot read", () => {
    expect(() => readToldRollout("{")).toThrow(expect.objectContaining({ code: "UnexpectedAnswer" }));
    expect(() => readToldRollout('{"name":"one"}')).toThrow(expect.objectContaining({ code: "UnexpectedAnswer" }));
  });
});
