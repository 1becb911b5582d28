import { describe, expect, it } from "vitest";
import { endOf } from "./ending.ts";
import { anOperation, installed } from "./state.fixture.ts";

const AT = "2030-01-01T00:00:00.000Z";
const because = { code: "JobFailed", message: "after/check: it failed" };
const upgrade = anOperation(["1.0.0", "2.0.0"], { cursor: { step: 0, action: "ready" }, by: "kubectl-edit" });
const rollback = anOperation(["2.0.0", "1.0.0"], { kind: "Rollback", generation: 4, cursor: { step: 1 } });
const earlier = { generation: 3, reason: "JobFailed", message: "it failed", at: "2029-12-31T00:00:00Z", action: "ready" };
const wanting = installed("1.0.0", { metadata: { generation: 4 }, spec: { version: "2.0.0" }, status: { failure: earlier } });

describe("the end of an operation", () => {
  it.each(["Succeeded", "Held"] as const)("that %s leaves no failure behind", (result) => {
    expect(endOf(wanting, upgrade, result, because, AT)).toEqual({
      history: [{ from: "1.0.0", to: "2.0.0", result, by: "kubectl-edit", startedAt: upgrade.startedAt, finishedAt: AT }],
      failure: undefined,
    });
  });

  it("that failed says where and why, for the spec that asked for it", () => {
    expect(endOf(wanting, upgrade, "Failed", because, AT).failure).toEqual({
      generation: 4,
      reason: "JobFailed",
      message: "after/check: it failed",
      at: AT,
      step: "1.0.0 → 2.0.0",
      action: "ready",
    });
  });

  it("that was rolled back is still that of the spec that failed", () => {
    const { history, failure } = endOf(wanting, rollback, "RolledBack", { code: "RolledBack", message: "rolled back" }, AT);
    expect(history?.[0]).toMatchObject({ from: "2.0.0", to: "1.0.0", result: "RolledBack" });
    expect(failure).toEqual({ ...earlier, reason: "RolledBack", message: "rolled back", at: AT });
  });

  it("of a rollback that failed says both reasons", () => {
    expect(endOf(wanting, { ...rollback, cursor: { step: 0, action: "deploy" } }, "Failed", because, AT).failure).toMatchObject({
      generation: 4,
      reason: "RollbackFailed",
      message: "after/check: it failed; it was being rolled back after JobFailed: it failed",
      step: "2.0.0 → 1.0.0",
    });
  });
});
