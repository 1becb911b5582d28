import { describe, expect, it } from "vitest";
import { readToldUpgrade } from "./told.ts";

const summary = { id: "up-1", service: "s", version: "1.0.0", state: "Running", createdAt: "2026-01-01T00:00:00Z", counts: { Running: 1 } };

describe("readToldUpgrade", () => {
  it("tells a whole upgrade from its summary, and from its end", () => {
    expect(readToldUpgrade(JSON.stringify({ ...summary, targets: [] })).type).toBe("Whole");
    expect(readToldUpgrade(JSON.stringify({ ...summary, targetsOmitted: true })).type).toBe("Summary");
    expect(readToldUpgrade(JSON.stringify({ id: "up-1", deleted: true }))).toEqual({ type: "Deleted", id: "up-1" });
  });

  it("refuses what it cannot read", () => {
    expect(() => readToldUpgrade("{")).toThrow(expect.objectContaining({ code: "UnexpectedAnswer" }));
    expect(() => readToldUpgrade('{"id":"up-1"}')).toThrow(expect.objectContaining({ code: "UnexpectedAnswer" }));
  });
});
