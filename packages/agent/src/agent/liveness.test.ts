import { expect, it } from "vitest";
import { findStuck } from "./liveness.ts";

const minute = 60_000;

it.each([
  [0, 0, undefined],
  [15 * minute, 60 * minute, undefined],
  [15 * minute + 1, 0, "the watch of the instances has neither heard nor tried anything for 15 minutes"],
  [0, 61.5 * minute, "a reconcile has been running for 61 minutes"],
])("after a silence of %i ms and a reconcile of %i ms: %s", (quietMs, longestReconcileMs, stuck) => {
  expect(findStuck({ quietMs, longestReconcileMs })).toBe(stuck);
});
