import { describe, expect, it } from "vitest";
import { anInstance, anOperation, installed } from "../instance/state.fixture.ts";
import { hasLostStatus, rebuild, type Remains } from "./rebuild.ts";

const now = "2030-01-01T00:00:00Z";
const record = { operation: anOperation(["1.0.0", "2.0.0", "3.0.0"]), definitionsDigest: "d" };
const remains = (parts: Partial<Remains>): Remains => ({ versions: ["1.0.0"], stepsWithJobs: [], ...parts });

describe("a status is lost", () => {
  it.each([
    ["a version is wanted and nothing is known", anInstance({ spec: { version: "1.0.0" } }), true],
    ["only conditions are known", anInstance({ spec: { version: "1.0.0" }, status: { phase: "Discovered", conditions: [] } }), true],
    ["nothing is wanted", anInstance(), false],
    ["something is installed", installed("1.0.0"), false],
    ["an operation runs", anInstance({ spec: { version: "1.0.0" }, status: { operation: record.operation } }), false],
    [
      "the first installation has failed",
      anInstance({ spec: { version: "1.0.0" }, status: { failure: { generation: 1, reason: "x", message: "", at: now } } }),
      false,
    ],
    ["the instance is being deleted", anInstance({ spec: { version: "1.0.0" }, metadata: { deletionTimestamp: now } }), false],
  ])("when %s: %#", (_, instance, lost) => {
    expect(hasLostStatus(instance)).toBe(lost);
  });
});

describe("what is rebuilt", () => {
  it.each([
    ["one version", ["1.10.0"], "1.10.0"],
    ["the older of two, which a failed step left behind", ["1.10.0", "1.9.0"], "1.9.0"],
    ["nothing of what is no version", ["later"], undefined],
  ])("without a record is %s", (_, versions, version) => {
    expect(rebuild(remains({ versions }), now)).toEqual(version === undefined ? {} : { version });
  });

  it.each<[string, Partial<Remains>, { readonly step: number; readonly action?: string }, string]>([
    ["no object of the first step is there", { versions: ["1.0.0"] }, { step: 0 }, "1.0.0"],
    ["some are", { versions: ["1.0.0", "2.0.0"] }, { step: 0, action: "deploy" }, "1.0.0"],
    ["all of the last step's are", { versions: ["3.0.0"], stepsWithJobs: [1] }, { step: 1, action: "deploy" }, "2.0.0"],
    ["a Job of the next step is", { versions: ["2.0.0"], stepsWithJobs: [0, 1] }, { step: 1 }, "2.0.0"],
    ["a Job has another name than it should", { versions: ["1.0.0"], stepsWithJobs: [7] }, { step: 0 }, "1.0.0"],
  ])("with a record goes on where %s", (_, parts, cursor, version) => {
    const rebuilt = rebuild(remains({ record, ...parts }), now);
    expect(rebuilt).toMatchObject({ version, definitionsDigest: "d", operation: { id: record.operation.id, cursor } });
    expect(rebuilt.operation?.cursor.action).toBe(cursor.action);
  });

  it("of an installation has no version yet", () => {
    const step = { to: "1.0.0", direction: "install", disruptive: false, irreversible: false, digest: "" } as const;
    const install = { operation: { ...record.operation, kind: "Install" as const, plan: [step] }, definitionsDigest: "d" };
    expect(rebuild(remains({ record: install, versions: ["1.0.0"] }), now)).not.toHaveProperty("version");
  });
});
