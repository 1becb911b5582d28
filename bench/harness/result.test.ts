import { describe, expect, it } from "vitest";
import { summarize, thisMachine, timed } from "./result.ts";
import { resultTable } from "./table.ts";

describe("summarize", () => {
  it("takes quantiles by the nearest rank", () => {
    const samples = Array.from({ length: 200 }, (_, i) => 200 - i);
    expect(summarize(samples, "ms")).toEqual({ unit: "ms", min: 1, median: 100, p99: 198, max: 200, target: null, met: null });
    expect(summarize([7], "ms")).toMatchObject({ min: 7, median: 7, p99: 7, max: 7 });
  });

  it("compares the 99th percentile with the target, or what was asked for", () => {
    const samples = [1, 1, 1, 9];
    expect(summarize(samples, "ms", { below: 5 })).toMatchObject({ target: 5, met: false });
    expect(summarize(samples, "ms", { below: 5 }, "median").met).toBe(true);
    expect(summarize(samples, "ms", { below: 9.1 }, "max").met).toBe(true);
  });

  it("tells a target that must not be reached from one that may", () => {
    expect(summarize([9], "ms", { below: 9 })).toMatchObject({ target: 9, met: false });
    expect(summarize([9], "ms", { atMost: 9 })).toMatchObject({ target: 9, met: true });
    expect(summarize([9.1], "ms", { atMost: 9 }).met).toBe(false);
  });

  it("refuses to sum up nothing", () => {
    expect(() => summarize([], "ms")).toThrow(RangeError);
  });
});

describe("timed", () => {
  it("counts repetitions, not the warm-up", () => {
    let calls = 0;
    expect(timed(() => (calls += 1), { warmUp: 3, repetitions: 5 })).toHaveLength(5);
    expect(calls).toBe(8);
  });
});

describe("resultTable", () => {
  it("shows every metric with its target", () => {
    const metrics = {
      fast: summarize([1, 2], "ms", { below: 5 }),
      slow: summarize([1_234], "ms", { atMost: 5 }),
      plain: summarize([3], "versions"),
    };
    const lines = resultTable({ bench: "demo", params: { size: 3 }, machine: thisMachine(), metrics }).split("\n");
    expect(lines[0]).toMatch(/^demo on \d+ × /);
    expect(lines[1]).toBe("size=3");
    expect(lines[3]?.split(/\s+/)).toEqual(["metric", "unit", "min", "median", "p99", "max", "target", "met"]);
    expect(lines[4]?.split(/\s+/)).toEqual(["fast", "ms", "1.00", "1.00", "2.00", "2.00", "5", "yes"]);
    expect(lines[5]).toMatch(/1234 +5 +NO$/);
    expect(lines[6]).toMatch(/^plain +versions/);
  });
});
