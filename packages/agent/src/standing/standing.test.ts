import { describe, expect, it } from "vitest";
import { readStanding, standingAnnotations, type Standing } from "./mod.ts";

describe("what an agent says of itself", () => {
  it.each<[what: string, standing: Standing]>([
    ["alone, without helm", { agentVersion: "1.0.0", fleet: "None" }],
    ["in a fleet", { agentVersion: "1.0.0", helmVersion: "v4.0.1", fleet: "Connected", refusal: "InvalidSignature: by nobody known" }],
  ])("%s is read as it was written", (_, standing) => {
    expect(readStanding(standingAnnotations(standing))).toEqual(standing);
  });

  it("is not made up where it says nothing, or something unknown", () => {
    expect(readStanding(undefined)).toBeUndefined();
    expect(
      readStanding({ ...standingAnnotations({ agentVersion: "1.0.0", fleet: "None" }), "portolan.dev/fleet": "Perhaps" }),
    ).toBeUndefined();
  });
});
