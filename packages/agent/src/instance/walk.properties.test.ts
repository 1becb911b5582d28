import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { actionsOf, stepDefinitions } from "../operation/mod.ts";
import { aService, anInstaller, anIntent, anUpgrader, aWait, installed, planOf, stateOf } from "./state.fixture.ts";
import { World } from "./world.fixture.ts";

/** A service whose versions stand in one row, each hop with as many hooks as the pair says. */
const serviceOf = (hops: readonly (readonly [before: number, after: number])[]) =>
  aService({
    installers: hops.concat([[0, 0]]).map((_, index) => anInstaller(`${index + 1}.0.0`)),
    upgraders: hops.map(([before, after], index) =>
      anUpgrader(`to-${index + 2}`, `${index + 1}.0.0`, `${index + 2}.0.0`, {
        before: Array.from({ length: before }, (_, hook) => aWait(`b${hook}`)),
        after: Array.from({ length: after }, (_, hook) => aWait(`a${hook}`)),
      }),
    ),
  });

const hops = fc.array(fc.tuple(fc.nat(2), fc.nat(2)), { minLength: 1, maxLength: 4 });

describe("an operation", () => {
  it("carries out all actions of all steps in order, each once, and only the one that a crash interrupted again", () => {
    const property = fc.property(hops, fc.array(fc.boolean(), { maxLength: 40 }), (row, crashes) => {
      const service = serviceOf(row);
      const target = `${row.length + 1}.0.0`;
      const world = new World(service, installed("1.0.0", { spec: { version: target } }));
      for (const crash of crashes) if (!world.resting) world.turn(crash);
      world.untilResting();
      const plan = planOf(stateOf(installed("1.0.0"), { service }), target);
      const expected = plan.steps.flatMap((step, index) =>
        actionsOf(stepDefinitions(service, { ...step, from: step.from ?? "", upgrader: step.upgrader ?? "" })).map(
          ({ name }) => `${index}:${name}`,
        ),
      );
      const without = world.done.filter((action, index) => action !== world.done[index - 1]);
      expect(without).toEqual(expected);
      expect(world.instance.status).toMatchObject({ version: target, phase: "Ready" });
      expect(world.instance.status).not.toHaveProperty("operation");
    });
    fc.assert(property, { numRuns: 60 });
  });
});

describe("a Hold", () => {
  /** An intent for the last version is carried out; after so many turns the hub says Hold. */
  function held(row: readonly (readonly [number, number])[], turns: number): { readonly world: World; readonly running: number } {
    const service = serviceOf(row);
    const version = `${row.length + 1}.0.0`;
    const world = new World(service, installed("1.0.0"));
    const intent = anIntent({ version, planHash: planOf(stateOf(world.instance, { service }), version).hash });
    world.intent = intent;
    for (let turn = 0; turn < turns && world.begun.length <= row.length; turn++) world.turn();
    const { operation } = world.instance.status ?? {};
    const running = operation?.cursor.action === undefined ? (operation?.cursor.step ?? world.begun.length) - 1 : operation.cursor.step;
    world.intent = { ...intent, mode: "Hold" };
    return { world, running };
  }

  it("never lets a later step begin, and leaves the instance at the version that it reached", () => {
    const property = fc.property(hops, fc.nat(40), (row, turns) => {
      const { world, running } = held(row, turns);
      const begunBefore = world.begun.length;
      const atTarget = world.instance.status?.version === `${row.length + 1}.0.0`;
      const carried = world.instance.spec.version !== "1.0.0";
      world.untilResting();
      const operationSteps = carried && !atTarget ? world.begun.slice(begunBefore) : [];
      // What begins afterwards is at most the configuration of what was reached, which is a step 0 of its own.
      expect(operationSteps.every((step) => step <= Math.max(running, 0))).toBe(true);
      expect(world.instance.spec.version).toBe(world.instance.status?.version);
      expect(world.instance.status?.version).toBe(atTarget ? `${row.length + 1}.0.0` : `${Math.max(running, -1) + 2}.0.0`);
      const { phase } = world.verdict() ?? {};
      expect(phase).toBe(world.instance.status?.version === `${row.length + 1}.0.0` ? "Done" : "Held");
    });
    fc.assert(property, { numRuns: 80 });
  });
});

describe("an intent", () => {
  it("is written once: what it was judged to need is then done, in any state", () => {
    const property = fc.property(hops, fc.nat(30), fc.constantFrom("Apply", "Hold", "Check"), fc.boolean(), (row, turns, mode, crash) => {
      const service = serviceOf(row);
      const version = `${row.length + 1}.0.0`;
      const world = new World(service, installed("1.0.0"));
      world.intent = anIntent({ version, planHash: planOf(stateOf(world.instance, { service }), version).hash });
      for (let turn = 0; turn < turns; turn++) world.turn(crash && turn % 3 === 0);
      world.intent = { ...world.intent, mode };
      if (world.decision().do !== "writeIntent") return;
      world.turn();
      expect(world.verdict()).not.toHaveProperty("write");
    });
    fc.assert(property, { numRuns: 80 });
  });

  it("is never said to be final before it is: a word that the hub acts upon stays", () => {
    const final = new Set(["Done", "Refused", "Failed", "Held"]);
    const property = fc.property(hops, (row) => {
      const service = serviceOf(row);
      const version = `${row.length + 1}.0.0`;
      const world = new World(service, installed("1.0.0"));
      world.intent = anIntent({ version, planHash: planOf(stateOf(world.instance, { service }), version).hash });
      world.untilResting();
      const phases = world.verdicts.map(({ phase }) => phase);
      expect(phases.filter((phase) => final.has(phase)).every((phase) => phase === "Done")).toBe(true);
      expect(world.verdict()?.phase).toBe("Done");
    });
    fc.assert(property, { numRuns: 30 });
  });
});
