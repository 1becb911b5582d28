import { describe, expect, it } from "vitest";
import { anInstaller, anUpgrader } from "../catalog/builders.fixture.ts";
import type { Upgrader } from "../catalog/mod.ts";
import { installerDigest, upgraderDigest } from "./digests.ts";

describe("an installer's digest", () => {
  const digest = installerDigest(anInstaller("1.0.0"));

  it("is the same when the version is retracted, which may happen on the way to it", () => {
    expect(installerDigest(anInstaller("1.0.0", { retracted: { reason: "broken" } }))).toBe(digest);
  });

  it.each([
    ["version", anInstaller("1.0.1")],
    ["defaults", anInstaller("1.0.0", { defaults: { a: 1 } })],
    ["mapping", anInstaller("1.0.0", { values: { a: "${config.a}" } })],
    ["deployer", anInstaller("1.0.0", { deployer: { type: "manifests", objects: [] } })],
    [
      "health",
      anInstaller("1.0.0", { health: [{ object: { apiVersion: "v1", kind: "Pod", name: "a" }, expression: "true", message: "" }] }),
    ],
  ])("is another one with another %s", (_name, installer) => {
    expect(installerDigest(installer)).not.toBe(digest);
  });
});

describe("an upgrader's digest", () => {
  const digest = upgraderDigest(anUpgrader("a", "1.x", "2.x"));
  const hook = { name: "h", timeoutSeconds: 1, action: "migrateStorage", crd: "x" } as const;

  it.each<[string, Upgrader]>([
    ["ranges", anUpgrader("a", "*", "*")],
    ["cost", anUpgrader("a", "1.x", "2.x", { cost: 9 })],
    ["risks", anUpgrader("a", "1.x", "2.x", { risks: [{ id: "r", message: "m" }] })],
  ])("is the same with other %s", (_name, upgrader) => {
    expect(upgraderDigest(upgrader)).toBe(digest);
  });

  it.each<[string, Partial<Upgrader>]>([
    ["name", { name: "b" }],
    ["direction", { direction: "downgrade" }],
    ["hooks before", { before: [hook] }],
    ["hooks after", { after: [hook] }],
    ["disruption", { disruptive: true }],
    ["irreversibility", { irreversible: true }],
  ])("is another one with another %s", (_name, parts) => {
    expect(upgraderDigest(anUpgrader("a", "1.x", "2.x", parts))).not.toBe(digest);
  });
});
