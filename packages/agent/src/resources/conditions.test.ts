import { describe, expect, it } from "vitest";
import { findCondition, nextConditions, type Condition } from "./conditions.ts";

const [BEFORE, NOW] = ["2030-01-01T00:00:00Z", "2030-01-02T00:00:00Z"];
const ready = (status: "True" | "False"): Condition => ({
  type: "Ready",
  status,
  reason: "A",
  message: "a",
  observedGeneration: 1,
  lastTransitionTime: BEFORE,
});

describe("nextConditions", () => {
  it("keeps the transition time while the status stays, whatever else is new", () => {
    expect(nextConditions([ready("True")], [{ type: "Ready", status: "True", reason: "B", message: "b" }], 2, NOW)).toEqual([
      { type: "Ready", status: "True", reason: "B", message: "b", observedGeneration: 2, lastTransitionTime: BEFORE },
    ]);
  });

  it("takes the time of now when the status changes, or the condition is new", () => {
    const states = [
      { type: "Ready", status: "False", reason: "B", message: "" },
      { type: "Drifted", status: "True", reason: "Changed", message: "" },
    ] as const;
    expect(nextConditions([ready("True")], states, 2, NOW).map(({ lastTransitionTime }) => lastTransitionTime)).toEqual([NOW, NOW]);
  });

  it.each(["Reconciling", "Stalled"] as const)("leaves %s out when it is not True, as kstatus wants it", (type) => {
    expect(nextConditions([], [{ type, status: "False", reason: "A", message: "" }], 1, NOW)).toEqual([]);
    expect(nextConditions([], [{ type, status: "True", reason: "A", message: "" }], 1, NOW)).toHaveLength(1);
  });

  it("drops what is said no more, and cuts messages to what a condition may hold", () => {
    const [only, ...others] = nextConditions(
      [ready("True")],
      [{ type: "ConfigValid", status: "True", reason: "A", message: "x".repeat(2_000) }],
      1,
      NOW,
    );
    expect(others).toEqual([]);
    expect(only?.message).toHaveLength(1_024);
  });
});

it("findCondition finds nothing where there are none", () => {
  expect(findCondition(undefined, "Ready")).toBeUndefined();
  expect(findCondition([ready("True")], "Ready")?.status).toBe("True");
});
