import { describe, expect, it } from "vitest";
import { failedGeneration } from "./failure.ts";
import { anOperation, installed } from "./state.fixture.ts";

describe("failedGeneration", () => {
  const inStep = anOperation(["1.0.0", "2.0.0", "3.0.0"], {
    generation: 4,
    inputs: { config: { a: 1 } },
    cursor: { step: 0, action: "deploy" },
  });
  const edited = (spec: object) => installed("1.0.0", { metadata: { generation: 5 }, spec });

  it.each([
    ["the present one, when nothing was edited", { version: "3.0.0", config: { a: 1 } }, 5],
    ["the present one, when only a Hold has shortened the way", { version: "2.0.0", config: { a: 1 } }, 5],
    ["the step's own, when the configuration was mended meanwhile", { version: "3.0.0", config: { a: 2 } }, 4],
    ["the step's own, when another version is wanted by now", { version: "1.0.0", config: { a: 1 } }, 4],
  ])("is %s", (_, spec, generation) => {
    expect(failedGeneration(edited(spec), inStep)).toBe(generation);
  });

  it("is the present one between two steps, where the present spec was looked at", () => {
    expect(failedGeneration(edited({ version: "3.0.0", config: { a: 2 } }), { ...inStep, cursor: { step: 1 } })).toBe(5);
  });
});
