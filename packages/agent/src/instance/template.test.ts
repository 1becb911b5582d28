import { describe, expect, it } from "vitest";
import { installed } from "./state.fixture.ts";
import { says } from "./template.ts";

const instance = installed("1.0.0", {
  spec: {
    config: { replicas: 3, nested: { color: "red", size: 1 }, list: [1, 2] },
    secretRefs: [
      { name: "token", secretName: "a" },
      { name: "ca", secretName: "b" },
    ],
  },
  metadata: { labels: { team: "x", tier: "gold" } },
});

describe("what an instance says of a template", () => {
  it.each([
    ["nothing at all", {}],
    ["a part of the configuration", { config: { nested: { color: "red" } } }],
    ["a field that is to be none, and is none", { config: { other: null } }],
    ["one of its secrets", { secretRefs: [{ name: "ca", secretName: "b" }] }],
    ["one of its labels", { labels: { team: "x" } }],
  ])("is it all: %s", (_, template) => {
    expect(says(instance, template)).toBe(true);
  });

  it.each([
    ["another value", { config: { replicas: 4 } }],
    ["a value where there is an object", { config: { nested: "red" } }],
    ["a part of a list", { config: { list: [1] } }],
    ["another Secret", { secretRefs: [{ name: "ca", secretName: "c" }] }],
    ["another label", { labels: { team: "y" } }],
    ["another namespace", { targetNamespace: "z" }],
  ])("is it not: %s", (_, template) => {
    expect(says(instance, template)).toBe(false);
  });
});
