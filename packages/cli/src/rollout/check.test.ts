import { describe, expect, it } from "vitest";
import type { Target, TargetCheck } from "../client/mod.ts";
import { formatCheck } from "./check.ts";
import { aRollout, aTarget } from "./rollout.fixture.ts";

const PIPE = { out: { isTTY: false, write: () => true }, env: {} };

const checked = (cluster: string, check: Partial<TargetCheck>): Target =>
  aTarget(cluster, "Pending", {
    check: { type: "Checked", steps: ["2.0.0"], disruptive: false, irreversible: false, risks: [], reasons: [], ...check },
  });

describe("what the agents say that they would do", () => {
  it("begins with who refuses, then what cannot be taken back, then who was not asked", () => {
    const told = formatCheck(
      PIPE,
      aRollout([
        checked("bergen", {}),
        checked("genoa", { type: "Unchecked" }),
        checked("lisbon", { irreversible: true }),
        checked("porto", { type: "Refused", reasons: [{ code: "NoDowngrade", message: "no way leads back" }] }),
        checked("turin", { type: "There" }),
      ]),
    );
    expect(told.match(/^1 +\S+/gmu)?.map((line) => line.replace(/^1 +/u, ""))).toEqual(["porto", "lisbon", "genoa", "bergen", "turin"]);
    expect(told).toMatch(/^1 +lisbon .* irreversible *$/mu);
    expect(told).toContain("porto/tools/dns: NoDowngrade: no way leads back");
  });
});
