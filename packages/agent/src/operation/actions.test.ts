import { describe, expect, it } from "vitest";
import { actionsOf, keptDefinitions, MissingDefinitionError, stepDefinitions, timeoutOf } from "./actions.ts";
import { anInstaller, operation, service } from "./operation.fixture.ts";

const [first, second] = operation.plan;
if (first === undefined || second === undefined) throw new Error("the fixture has two steps");

describe("the actions of a step", () => {
  it("are the upgrader's hooks around the deployment, each with its time", () => {
    const actions = actionsOf(stepDefinitions(service, first));
    expect(actions.map(({ name }) => name)).toEqual(["before/backup", "before/stop", "deploy", "ready", "after/schema"]);
    expect(actions.map(timeoutOf)).toEqual([7, 7, 600, 900, 7]);
  });

  it("of an installation or a change of configuration are the deployment alone", () => {
    const { from: _, upgrader: __, ...install } = first;
    expect(actionsOf(stepDefinitions(service, { ...install, direction: "install" })).map(({ name }) => name)).toEqual(["deploy", "ready"]);
  });

  it.each([
    ["installer 9.9.9", { ...first, to: "9.9.9" }],
    ["upgrader gone", { ...first, upgrader: "gone" }],
  ])("cannot be found without the %s", (what, step) => {
    expect(() => stepDefinitions(service, step)).toThrow(MissingDefinitionError);
    expect(() => stepDefinitions(service, step)).toThrow(what);
  });
});

describe("what is kept for an operation", () => {
  const versions = (kept: ReturnType<typeof keptDefinitions>): readonly string[] => kept.installers.map(({ version }) => version);

  it("is what its steps use, and the version that it starts from", () => {
    const kept = keptDefinitions(service, operation.plan, anInstaller("1.0.0"));
    expect(versions(kept)).toEqual(["1.0.0", "2.0.0", "3.0.0"]);
    expect(kept.upgraders.map(({ name }) => name)).toEqual(["to-2", "to-3"]);
    expect(kept.examples).toEqual([]);
  });

  it("keeps the installed version as it was installed, once", () => {
    const installed = { ...anInstaller("1.0.0"), defaults: { as: "installed" } };
    expect(keptDefinitions(service, operation.plan, installed).installers[0]).toBe(installed);
    expect(versions(keptDefinitions(service, operation.plan, anInstaller("2.0.0")))).toEqual(["2.0.0", "3.0.0"]);
    expect(versions(keptDefinitions(service, operation.plan, undefined))).toEqual(["2.0.0", "3.0.0"]);
  });
});
