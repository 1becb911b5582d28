import { expect, it } from "vitest";
import { letGoAt } from "./removal-deadline.ts";

it.each([
  ["only the instance is deleted", { instanceDeletedAt: 1_000 }, undefined],
  ["the namespace is deleted too", { instanceDeletedAt: 1_000, namespaceDeletedAt: 900 }, 1_060],
  ["the namespace is deleted later", { instanceDeletedAt: 1_000, namespaceDeletedAt: 5_000 }, 5_060],
])("when %s, it is let go of in time", (_, times, at) => {
  expect(letGoAt(times, 60)).toBe(at);
});
