import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ServiceDefinition } from "../catalog/mod.ts";
import { arbitraryContext, arbitraryInstaller, arbitraryService, arbitraryUpgrader, VERSIONS } from "../graph/arbitraries.fixture.ts";
import { resolve } from "../graph/mod.ts";
import type { ResolveContext, VersionGraph } from "../graph/mod.ts";
import { bestPath } from "./brute-force.fixture.ts";
import { availableFrom, planHash, planTo } from "./mod.ts";
import type { Plan } from "./mod.ts";

const arbitraryGraph = fc.tuple(arbitraryService, arbitraryContext).map(([service, context]) => resolve(service, context));

/** A graph and one of its versions. */
const arbitraryStart = arbitraryGraph.chain((graph) => fc.tuple(fc.constant(graph), fc.constantFrom(...graph.versions)));

function plansOf(graph: VersionGraph, from: string | null): readonly Plan[] {
  return availableFrom(graph, from).available;
}

describe("a plan", () => {
  it("has steps that chain from the installed version to the target, each along an upgrader in its direction", () => {
    fc.assert(
      fc.property(arbitraryStart, ([graph, from]) => {
        for (const plan of plansOf(graph, from)) {
          expect(plan.from).toBe(from);
          expect(plan.steps.at(-1)?.to).toBe(plan.to);
          for (const [index, step] of plan.steps.entries()) {
            expect(step.from).toBe(index === 0 ? from : plan.steps[index - 1]?.to);
            const edges = graph.edgesFrom(step.from ?? "");
            expect(
              edges.some(
                ({ to, upgrader, direction }) => to === step.to && upgrader.name === step.upgrader && direction === step.direction,
              ),
            ).toBe(true);
          }
        }
      }),
    );
  });

  it("is the best of all paths, and exists when there is one", () => {
    let long = 0;
    fc.assert(
      fc.property(arbitraryStart, ([graph, from]) => {
        for (const to of graph.versions) {
          if (to === from) continue;
          const expected = bestPath(graph, from, to);
          const result = planTo(graph, from, to);
          expect(result.reachable).toBe(expected !== undefined);
          if (!result.reachable || expected === undefined) continue;
          if (expected.length > 2) long += 1;
          expect(result.plan.steps.map((step) => [step.from, step.to, step.upgrader])).toEqual(
            expected.map((hop) => [hop.from, hop.to, hop.upgrader.name]),
          );
          expect(result.plan.cost).toBe(expected.reduce((sum, { upgrader }) => sum + upgrader.cost, 0));
          expect(result.plan.irreversible).toBe(expected.some(({ upgrader }) => upgrader.irreversible));
          expect(result.plan.disruptive).toBe(expected.some(({ upgrader }) => upgrader.disruptive));
        }
      }),
      { numRuns: 250 },
    );
    expect(long).toBeGreaterThan(10);
  });

  it("carries the hash of its steps and risks", () => {
    fc.assert(
      fc.property(arbitraryStart, ([graph, from]) => {
        for (const plan of [...plansOf(graph, from), ...plansOf(graph, null)]) expect(plan.hash).toBe(planHash(plan));
      }),
    );
  });

  it("is the same for any order of installers and upgraders", () => {
    const arbitraryOrders = fc.tuple(arbitraryService, arbitraryContext).chain(([service, context]) =>
      fc.record({
        service: fc.constant(service),
        context: fc.constant(context),
        from: fc.constantFrom(...service.installers.map(({ version }) => version)),
        installers: fc.shuffledSubarray([...service.installers], { minLength: service.installers.length }),
        upgraders: fc.shuffledSubarray([...service.upgraders], { minLength: service.upgraders.length }),
      }),
    );
    fc.assert(
      fc.property(arbitraryOrders, ({ service, context, from, installers, upgraders }) => {
        const shuffled = resolve({ ...service, installers, upgraders }, context);
        expect(availableFrom(shuffled, from)).toEqual(availableFrom(resolve(service, context), from));
      }),
    );
  });

  it("never enters a retracted or otherwise blocked version", () => {
    fc.assert(
      fc.property(arbitraryStart, ([graph, from]) => {
        for (const plan of [...plansOf(graph, from), ...plansOf(graph, null)]) {
          for (const { to } of plan.steps) expect(graph.nodes.get(to)?.blocked).toEqual([]);
        }
      }),
    );
  });
});

describe("availability", () => {
  it("says of every version but the installed one how to get there, or why not", () => {
    fc.assert(
      fc.property(arbitraryStart, ([graph, from]) => {
        const { available, unavailable } = availableFrom(graph, from);
        const named = [...available, ...unavailable].map(({ to }) => to);
        expect(named.toSorted()).toEqual(graph.versions.filter((version) => version !== from).toSorted());
        for (const { reasons } of unavailable) expect(reasons.length).toBeGreaterThan(0);
      }),
    );
  });

  it("agrees with the plan to each version", () => {
    fc.assert(
      fc.property(arbitraryStart, ([graph, from]) => {
        const { available, unavailable } = availableFrom(graph, from);
        for (const plan of available) expect(planTo(graph, from, plan.to)).toEqual({ reachable: true, plan });
        for (const other of unavailable) expect(planTo(graph, from, other.to)).toEqual({ reachable: false, ...other });
      }),
    );
  });

  it("changes for a retracted version only in that nothing enters it: it is left as before", () => {
    fc.assert(
      fc.property(arbitraryStart, ([graph, from]) => {
        const installers = graph.service.installers.map((installer) =>
          installer.version === from ? { ...installer, retracted: { reason: "broken" } } : installer,
        );
        const context: ResolveContext = { cluster: { name: "test", kubernetesVersion: "v1.34.2", labels: {} }, neighbours: [], config: {} };
        const before = resolve(graph.service, context);
        const after = resolve({ ...graph.service, installers }, context);
        expect(plansOf(after, from)).toEqual(plansOf(before, from));
        for (const other of graph.versions.filter((version) => version !== from)) {
          expect(plansOf(after, other).some(({ steps }) => steps.some(({ to }) => to === from))).toBe(false);
        }
      }),
    );
  });
});

describe("a plan's hash", () => {
  /** What the hash stands for, put together without digests. */
  function content(service: ServiceDefinition, plan: Plan): unknown {
    const steps = plan.steps.map(({ from, to, upgrader: name }) => {
      const { retracted: _retracted, ...installer } = service.installers.find(({ version }) => version === to) ?? {};
      const upgrader = service.upgraders.find((candidate) => candidate.name === name);
      const { from: _from, to: _to, cost: _cost, risks: _risks, ...executed } = upgrader ?? {};
      return { from, to, installer, executed };
    });
    return { steps, risks: plan.risks.map(({ id }) => id) };
  }

  /** The same service with one thing changed: a definition anew, or one more. */
  const arbitraryChange = arbitraryService.chain((service) =>
    fc.tuple(
      fc.constant(service),
      fc.oneof(
        fc
          .nat(Math.max(0, service.upgraders.length))
          .chain((index) => arbitraryUpgrader(`upgrader-${index}`))
          .map((upgrader) => ({ ...service, upgraders: [...service.upgraders.filter(({ name }) => name !== upgrader.name), upgrader] })),
        fc
          .constantFrom(...VERSIONS)
          .chain(arbitraryInstaller)
          .map((installer) => ({
            ...service,
            installers: [...service.installers.filter(({ version }) => version !== installer.version), installer],
          })),
        fc.constant({
          ...service,
          description: "another",
          upgraders: service.upgraders.map((upgrader) => ({ ...upgrader, cost: upgrader.cost * 2 })),
        }),
      ),
    ),
  );

  it("changes exactly when its steps' content or its risks do", () => {
    let same = 0;
    let different = 0;
    fc.assert(
      fc.property(arbitraryChange, arbitraryContext, arbitraryContext, ([before, after], contextBefore, contextAfter) => {
        for (const from of before.installers.map(({ version }) => version)) {
          const graphBefore = resolve(before, { ...contextBefore, installed: from });
          const graphAfter = resolve(after, { ...contextAfter, installed: from });
          for (const plan of plansOf(graphBefore, from)) {
            const other = planTo(graphAfter, from, plan.to);
            if (!other.reachable) continue;
            const isSame = JSON.stringify(content(before, plan)) === JSON.stringify(content(after, other.plan));
            expect(plan.hash === other.plan.hash).toBe(isSame);
            if (isSame) same += 1;
            else different += 1;
          }
        }
      }),
      { numRuns: 250 },
    );
    // Both sides of the equivalence were met often.
    expect(Math.min(same, different)).toBeGreaterThan(50);
  });
});
