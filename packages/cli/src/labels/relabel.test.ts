import { describe, expect, it } from "vitest";
import { relabel } from "./relabel.ts";

describe("relabel", () => {
  it("sets, replaces and takes away, and leaves the others", () => {
    const changes = [
      { key: "tier", value: "gold" },
      { key: "env", value: "prod" },
      { key: "old", value: undefined },
    ];
    expect(relabel({ env: "test", old: "x", region: "eu" }, changes)).toEqual({
      labels: { env: "prod", region: "eu", tier: "gold" },
      changed: true,
      taken: ["env"],
      missing: [],
    });
  });

  it("knows when there is nothing to do", () => {
    const changes = [
      { key: "env", value: "test" },
      { key: "old", value: undefined },
    ];
    expect(relabel({ env: "test" }, changes)).toEqual({ labels: { env: "test" }, changed: false, taken: [], missing: ["old"] });
  });
});
