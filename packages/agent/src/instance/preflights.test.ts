import type { ManifestChanges } from "@portolan/shared/wire";
import { describe, expect, it } from "vitest";
import { preflightKey, standingOf } from "./preflight-standing.ts";
import { Preflights, type PreflightResult } from "./preflights.ts";
import { decide } from "./decide.ts";
import { anInstance, anIntent, installed, NOW, planOf, stateOf } from "./state.fixture.ts";
import type { InstanceState } from "./state.ts";

const finding = { code: "MissingPermissions", message: "the account may not" } as const;
const failed = (failures: number, ageMs: number): PreflightResult => ({ findings: [finding], at: NOW - ageMs, failures });
const wanting = installed("1.0.0", { spec: { version: "2.0.0" } });

describe("what a preflight came to", () => {
  it.each<[string, PreflightResult | undefined, object]>([
    ["nothing is known", undefined, { is: "Due" }],
    ["it passed just now", { findings: [], at: NOW, failures: 0 }, { is: "Passed" }],
    ["it passed a while ago", { findings: [], at: NOW - 60_000, failures: 0 }, { is: "Due" }],
    ["it failed just now", failed(1, 0), { is: "Failed", refusal: { code: "MissingPermissions" }, againMs: 5_000 }],
    ["it failed some seconds ago", failed(1, 3_000), { is: "Failed", againMs: 2_000 }],
    ["its pause is over", failed(1, 5_000), { is: "Due" }],
    ["it failed again and again", failed(3, 0), { is: "Failed", againMs: 20_000 }],
    ["it has been failing for days", failed(99, 0), { is: "Failed", againMs: 120_000 }],
  ])("when %s", (_, result, standing) => {
    const state = stateOf(wanting, { preflight: () => result });
    expect(standingOf(state, planOf(state, "2.0.0"), { mayBegin: true })).toMatchObject(standing);
  });

  it("will do however old it is while something else is waited for", () => {
    const state = stateOf(wanting, { preflight: () => ({ findings: [], at: NOW - 86_400_000, failures: 0 }) });
    expect(standingOf(state, planOf(state, "2.0.0"), { mayBegin: false })).toEqual({ is: "Passed" });
    expect(standingOf(state, planOf(state, "2.0.0"), { mayBegin: true })).toEqual({ is: "Due" });
  });

  it("is due once more where somebody asks what would change, and not again where that cannot be found out", () => {
    const passed = (changes?: ManifestChanges | null) =>
      stateOf(wanting, { preflight: () => ({ findings: [], at: NOW, failures: 0, ...(changes === undefined ? {} : { changes }) }) });
    const standing = (state: InstanceState) => standingOf(state, planOf(state, "2.0.0"), { mayBegin: true, withChanges: true });
    const changes = { created: 1, changed: 0, deleted: 0, objects: ["+ ConfigMap a/b"] };
    expect(standing(passed())).toEqual({ is: "Due" });
    expect(standing(passed(changes))).toEqual({ is: "Passed", changes });
    expect(standing(passed(null))).toEqual({ is: "Passed" });
  });

  it("names five findings and counts the others", () => {
    const findings = Array.from({ length: 7 }, (_, index) => ({ ...finding, message: `m${index}` }));
    const state = stateOf(wanting, { preflight: () => ({ findings, at: NOW, failures: 1 }) });
    expect(standingOf(state, planOf(state, "2.0.0"), { mayBegin: true })).toMatchObject({
      refusal: { message: "m0; m1; m2; m3; m4; and 2 more" },
    });
  });

  it.each([
    ["the configuration", { instance: installed("1.0.0", { spec: { version: "2.0.0", config: { color: "red" } } }) }],
    [
      "the wish for another try",
      { instance: installed("1.0.0", { spec: { version: "2.0.0" }, metadata: { annotations: { "portolan.dev/retry": "1" } } }) },
    ],
    ["the catalogs", { catalogDigest: "other" }],
  ])("is another matter when %s changed", (_, changed) => {
    const state = stateOf(wanting);
    const plan = planOf(state, "2.0.0");
    expect(preflightKey({ ...state, ...changed }, plan)).not.toBe(preflightKey(state, plan));
    expect(preflightKey({ ...state, instance: { ...wanting, metadata: { ...wanting.metadata, generation: 7 } } }, plan)).toBe(
      preflightKey(state, plan),
    );
  });

  it("is remembered for the last few plans of an instance, with its failures counted", () => {
    const preflights = new Preflights();
    preflights.remember("a/b", "k", { findings: [finding], at: 1 });
    expect(preflights.remember("a/b", "k", { findings: [finding], at: 2 })).toEqual({ findings: [finding], at: 2, failures: 2 });
    expect(preflights.remember("a/b", "k", { findings: [], at: 3 })).toEqual({ findings: [], at: 3, failures: 0 });
    for (const key of ["1", "2", "3", "4"]) preflights.remember("a/b", key, { findings: [], at: 4 });
    expect(preflights.get("a/b", "k")).toBeUndefined();
    expect(preflights.get("a/b", "1")).toBeDefined();
    preflights.forget("a/b");
    expect(preflights.get("a/b", "1")).toBeUndefined();
  });
});

describe("a decision", () => {
  it.each([
    ["a move", installed("1.0.0", { spec: { version: "2.0.0", config: { note: "x".repeat(300_000) } } })],
    [
      "a change of configuration",
      installed("1.0.0", { spec: { overrides: { note: "x".repeat(300_000) } }, status: { configDigest: "old" } }),
    ],
  ])("refuses %s whose inputs would not fit into the status", (_, instance) => {
    expect(decide(stateOf(instance))).toMatchObject({ do: "rest", reason: { code: "ConfigTooLarge" }, stalled: true });
  });

  it("looks whether the plan could run before it accepts it", () => {
    const state = stateOf(wanting, { preflight: () => undefined });
    expect(decide(state)).toEqual({ do: "preflight", of: "spec", plan: planOf(state, "2.0.0") });
  });

  it("rests for what was found, and looks again later", () => {
    expect(decide(stateOf(wanting, { preflight: () => failed(1, 0) }))).toEqual({
      do: "rest",
      phase: "Ready",
      reason: finding,
      stalled: true,
      judged: true,
      againMs: 5_000,
    });
  });

  it("does the same for a change of configuration", () => {
    const instance = installed("1.0.0", { status: { configDigest: "old" } });
    expect(decide(stateOf(instance, { preflight: () => undefined }))).toMatchObject({ do: "preflight", plan: { to: "1.0.0", steps: [] } });
    expect(decide(stateOf(instance, { preflight: () => failed(1, 0) }))).toMatchObject({ do: "rest", reason: finding });
  });

  it.each(["Check", "Apply"] as const)("does it for an intent of mode %s before anything is written for it", (mode) => {
    const instance = installed("1.0.0");
    const planHash = planOf(stateOf(instance), "2.0.0").hash;
    const intent = anIntent({ mode, version: "2.0.0", planHash });
    expect(decide(stateOf(instance, { intent, preflight: () => undefined }))).toMatchObject({ do: "preflight", plan: { to: "2.0.0" } });
    expect(decide(stateOf(instance, { intent, preflight: () => failed(1, 0) })).do).toBe("maintain");
  });

  it("does not hold a running operation, nor what only discovers", () => {
    expect(decide(stateOf(anInstance(), { preflight: () => undefined })).do).toBe("rest");
  });
});
