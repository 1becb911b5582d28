import { expect, it } from "vitest";
import { configDigest } from "./config-digest.ts";

it("says the same for what gives the same values: absent and empty, any order of keys and references", () => {
  expect(configDigest({})).toBe(configDigest({ config: {}, overrides: {}, secretRefs: [] }));
  const [a, b] = [
    { name: "a", secretName: "x" },
    { name: "b", secretName: "y" },
  ];
  expect(configDigest({ config: { a: 1, b: 2 }, secretRefs: [a, b] })).toBe(configDigest({ config: { b: 2, a: 1 }, secretRefs: [b, a] }));
});

it.each([{ config: { a: 1 } }, { overrides: { a: 1 } }, { secretRefs: [{ name: "a", secretName: "x" }] }, { targetNamespace: "x" }])(
  "is another for %j",
  (inputs) => {
    expect(configDigest(inputs)).not.toBe(configDigest({}));
  },
);

it("does not know what is wanted of the version, or how it is looked after", () => {
  const spec = { service: "web", version: "1.0.0", suspend: true, driftPolicy: "Warn", config: {} } as const;
  expect(configDigest(spec)).toBe(configDigest({}));
});
