import { describe, expect, it } from "vitest";
import type { Operation } from "../resources/mod.ts";
import { aService, anInstaller, anOperation, anUpgrader, installed, stateOf, type StateParts } from "./state.fixture.ts";
import { wayBack } from "./way-back.ts";

const back2 = anUpgrader("back-to-2", "3.0.0", "2.0.0", { direction: "downgrade" });
const back1 = anUpgrader("back-to-1", "2.0.0", "1.0.0", { direction: "downgrade" });
const leap = anUpgrader("leap-to-1", "3.0.0", "1.0.0", { direction: "downgrade" });
const up = [anUpgrader("to-2", "1.0.0", "2.0.0"), anUpgrader("to-3", "2.0.0", "3.0.0")];
const both = aService({ upgraders: [...up, back1, back2] });

/** An upgrade from 1.0.0 to 3.0.0 that fails at its cursor. */
function backFrom(cursor: Operation["cursor"], parts: StateParts = {}, operation: Partial<Operation> = {}, spec: object = {}) {
  const upgrade = anOperation(["1.0.0", "2.0.0", "3.0.0"], { cursor, ...operation });
  const reached = cursor.step === 0 ? "1.0.0" : "2.0.0";
  const instance = installed(reached, {
    spec: { version: "3.0.0", upgradePolicy: { onFailure: "Rollback" }, ...spec },
    status: { operation: upgrade },
  });
  return wayBack(stateOf(instance, { service: both, ...parts }), upgrade);
}

describe("the way back", () => {
  it.each<[what: string, cursor: Operation["cursor"], hops: readonly string[]]>([
    ["leaves the new version, once anything of it may be deployed", { step: 0, action: "deploy" }, ["2.0.0 → 1.0.0"]],
    ["leaves it when it does not become ready", { step: 0, action: "ready" }, ["2.0.0 → 1.0.0"]],
    ["leaves it when a hook fails after it was deployed", { step: 0, action: "after/check" }, ["2.0.0 → 1.0.0"]],
    ["applies the old version once more, when a hook fails before", { step: 0, action: "before/backup" }, ["1.0.0 → 1.0.0"]],
    ["walks down from the last of several steps", { step: 1, action: "ready" }, ["3.0.0 → 2.0.0", "2.0.0 → 1.0.0"]],
    [
      "applies what was reached once more, and walks on from there",
      { step: 1, action: "before/backup" },
      ["2.0.0 → 2.0.0", "2.0.0 → 1.0.0"],
    ],
    ["starts from what was reached, between two steps", { step: 1 }, ["2.0.0 → 1.0.0"]],
  ])("%s", (_, cursor, hops) => {
    const back = backFrom(cursor);
    expect(back).toMatchObject({ possible: true });
    expect(back?.possible === true && back.steps.map(({ from, to }) => `${from ?? ""} → ${to}`)).toEqual(hops);
  });

  it("takes the downgrade that the catalog has, not the inverse of the steps", () => {
    const back = backFrom({ step: 1, action: "ready" }, { service: aService({ upgraders: [...up, leap] }) });
    expect(back).toMatchObject({ steps: [{ from: "3.0.0", to: "1.0.0", upgrader: "leap-to-1", direction: "downgrade" }] });
  });

  it.each(["Configure", "Downgrade"] as const)("is refused with the reason where it was asked for, after a %s", (kind) => {
    const refusal = { code: "NotAnUpgrade", message: expect.stringContaining("only an upgrade is") };
    expect(backFrom({ step: 0, action: "ready" }, {}, { kind })).toEqual({ possible: false, refusal });
    expect(backFrom({ step: 0, action: "ready" }, {}, { kind }, { upgradePolicy: {} })).toBeUndefined();
    expect(backFrom({ step: 0 }, {}, { kind })).toBeUndefined();
  });

  it("goes back to the old version as it was installed", () => {
    const asInstalled = anInstaller("1.0.0", { defaults: { as: "installed" } });
    const back = backFrom({ step: 0, action: "ready" }, { kept: aService({ installers: [asInstalled, anInstaller("2.0.0")] }) });
    expect(back?.possible === true && back.definitions.installers.filter(({ version }) => version === "1.0.0")).toEqual([asInstalled]);
  });

  it.each<[what: string, back: ReturnType<typeof backFrom>]>([
    ["nobody asked for one", backFrom({ step: 0, action: "ready" }, {}, {}, { upgradePolicy: {} })],
    ["it was to halt", backFrom({ step: 0, action: "ready" }, {}, {}, { upgradePolicy: { onFailure: "Halt" } })],
    ["nothing was changed yet", backFrom({ step: 0 })],
    ["it was a rollback itself", backFrom({ step: 0, action: "ready" }, {}, { kind: "Rollback" })],
    ["there was nothing before", backFrom({ step: 0, action: "ready" }, {}, { kind: "Install" })],
  ])("is not looked for when %s", (_, back) => {
    expect(back).toBeUndefined();
  });

  const { plan } = anOperation(["1.0.0", "2.0.0", "3.0.0"]);
  it.each<[what: string, back: ReturnType<typeof backFrom>, refusal: object]>([
    [
      "no downgrade leads there",
      backFrom({ step: 0, action: "ready" }, { service: aService({ upgraders: up }) }),
      { code: "NoRoute", message: expect.stringContaining("no way down from 2.0.0 to 1.0.0") },
    ],
    [
      "only a detour over a later version does",
      backFrom({ step: 0, action: "ready" }, { service: aService({ upgraders: [...up, leap] }) }),
      { code: "NoRoute" },
    ],
    [
      "the old version was retracted",
      backFrom(
        { step: 0, action: "ready" },
        {
          service: aService({
            upgraders: [...up, back1],
            installers: [anInstaller("1.0.0", { retracted: { reason: "loses data" } }), anInstaller("2.0.0"), anInstaller("3.0.0")],
          }),
        },
      ),
      { message: expect.stringContaining("loses data") },
    ],
    ["the catalog is gone", backFrom({ step: 0, action: "ready" }, { service: "unknown", kept: both }), { code: "UnknownService" }],
    [
      "a step that has begun cannot be undone",
      backFrom({ step: 0, action: "before/backup" }, {}, { plan: plan.map((step) => ({ ...step, irreversible: true })) }),
      { code: "Irreversible", message: expect.stringContaining("1.0.0 → 2.0.0") },
    ],
    [
      "nobody accepted its risks",
      backFrom(
        { step: 0, action: "ready" },
        { service: aService({ upgraders: [...up, { ...back1, risks: [{ id: "data-loss", message: "data is lost" }] }] }) },
      ),
      { code: "RisksNotAccepted", message: expect.stringContaining("data-loss") },
    ],
    [
      "the configuration does not fit the old version",
      backFrom(
        { step: 0, action: "ready" },
        {
          service: aService({
            upgraders: [...up, back1],
            installers: [
              anInstaller("1.0.0", { valuesSchema: { type: "object", properties: { size: { type: "integer" } } } }),
              anInstaller("2.0.0"),
              anInstaller("3.0.0"),
            ],
          }),
        },
        {},
        { overrides: { size: "large" } },
      ),
      { code: "ConfigInvalid" },
    ],
  ])("does not exist when %s", (_, back, refusal) => {
    expect(back).toMatchObject({ possible: false, refusal });
  });

  it("exists when what cannot be undone has not begun", () => {
    const later = plan.map((step, index) => ({ ...step, irreversible: index === 1 }));
    expect(backFrom({ step: 0, action: "ready" }, {}, { plan: later })).toMatchObject({ possible: true });
    expect(backFrom({ step: 1 }, {}, { plan: later })).toMatchObject({ possible: true });
  });
});
