import { ExpressionError } from "@portolan/shared/expression";
import { expect, it } from "vitest";
import { holds } from "./condition.ts";

const object = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "x" }, status: { availableReplicas: 1 } };

it.each([
  ["object.status.availableReplicas >= 1", object, true],
  ["object.status.availableReplicas >= 2", object, false],
  ["object.status.readyReplicas >= 1", object, false],
  ["object.status.availableReplicas >= 1", undefined, false],
  ["object == null", undefined, true],
  ["object != null", object, true],
  ["object.status", object, false],
])("%s", (expression, found, expected) => {
  expect(holds(expression, found)).toBe(expected);
});

it("does not wait for what can never be", () => {
  expect(() => holds("object.(", object)).toThrow(ExpressionError);
});
