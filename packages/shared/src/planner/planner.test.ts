import { describe, expect, it } from "vitest";
import { aDowngrader, anInstaller, anUpgrader, aService } from "../catalog/builders.fixture.ts";
import type { Installer, Upgrader } from "../catalog/mod.ts";
import { aContext } from "../graph/context.fixture.ts";
import { resolve } from "../graph/mod.ts";
import type { ResolveContext, VersionGraph } from "../graph/mod.ts";
import { availableFrom, MAX_STEPS, planTo } from "./mod.ts";

/** A graph of versions that are given by name or as installers. */
function graphOf(
  versions: readonly (string | Installer)[],
  upgraders: readonly Upgrader[],
  context: Partial<ResolveContext> = {},
): VersionGraph {
  const installers = versions.map((version) => (typeof version === "string" ? anInstaller(version) : version));
  return resolve(aService({ installers, upgraders }), aContext(context));
}

function stepsTo(graph: VersionGraph, from: string | null, to: string): readonly string[] {
  const result = planTo(graph, from, to);
  if (!result.reachable) throw new Error(result.reasons.map(({ message }) => message).join("; "));
  return result.plan.steps.map((step) => `${step.from ?? "nothing"} → ${step.to} by ${step.upgrader ?? "installing"}`);
}

function reasonsFor(graph: VersionGraph, from: string | null, to: string): readonly string[] {
  const result = planTo(graph, from, to);
  return result.reachable ? [] : result.reasons.map(({ code, message }) => `${code}: ${message}`);
}

describe("planTo", () => {
  it("goes through the versions in between", () => {
    const graph = graphOf(["1.0.0", "1.1.0", "1.2.0"], [anUpgrader("a", "1.0.0", "1.1.0"), anUpgrader("b", "1.1.0", "1.2.0")]);
    expect(stepsTo(graph, "1.0.0", "1.2.0")).toEqual(["1.0.0 → 1.1.0 by a", "1.1.0 → 1.2.0 by b"]);
  });

  it("installs any version in one step", () => {
    const graph = graphOf(["1.0.0", "1.1.0"], []);
    expect(stepsTo(graph, null, "1.0.0")).toEqual(["nothing → 1.0.0 by installing"]);
  });

  it("has no steps to the installed version", () => {
    const graph = graphOf(["1.0.0"], []);
    expect(planTo(graph, "1.0.0", "1.0.0")).toMatchObject({ reachable: true, plan: { steps: [], cost: 0, from: "1.0.0", to: "1.0.0" } });
  });

  it("goes down and up again where that is the only way", () => {
    const graph = graphOf(["1.0.0", "2.0.0", "3.0.0"], [aDowngrader("down", "2.0.0", "1.0.0"), anUpgrader("jump", "1.0.0", "3.0.0")]);
    expect(stepsTo(graph, "2.0.0", "3.0.0")).toEqual(["2.0.0 → 1.0.0 by down", "1.0.0 → 3.0.0 by jump"]);
  });

  it("is not led around by cycles", () => {
    const graph = graphOf(
      ["1.0.0", "1.1.0", "1.2.0"],
      [anUpgrader("up", "*", "*", { cost: 3 }), aDowngrader("down", "*", "*"), anUpgrader("near", "1.1.0", "1.2.0")],
    );
    expect(stepsTo(graph, "1.1.0", "1.2.0")).toEqual(["1.1.0 → 1.2.0 by near"]);
    expect(stepsTo(graph, "1.2.0", "1.0.0")).toEqual(["1.2.0 → 1.0.0 by down"]);
  });

  it("takes one upgrader from another version too, when its first did not lead to the target", () => {
    const down = graphOf(
      ["1.0.0", "1.1.0", "1.2.0", "2.0.0"],
      [aDowngrader("down", "1.1.0 || 2.0.0", "1.0.0 || 1.2.0"), anUpgrader("up", "1.1.0", "2.0.0")],
    );
    expect(stepsTo(down, "1.1.0", "1.2.0")).toEqual(["1.1.0 → 2.0.0 by up", "2.0.0 → 1.2.0 by down"]);
    const up = graphOf(
      ["1.0.0", "1.1.0", "1.2.0", "2.0.0"],
      [anUpgrader("up", "1.0.0 || 1.2.0", "1.1.0 || 2.0.0"), aDowngrader("down", "1.2.0", "1.0.0")],
    );
    expect(stepsTo(up, "1.2.0", "1.1.0")).toEqual(["1.2.0 → 1.0.0 by down", "1.0.0 → 1.1.0 by up"]);
  });

  it("leaves an installed version that no catalog knows any more", () => {
    const graph = graphOf(["1.1.0"], [anUpgrader("up", "1.0.x", "1.1.0")], { installed: "1.0.7" });
    expect(stepsTo(graph, "1.0.7", "1.1.0")).toEqual(["1.0.7 → 1.1.0 by up"]);
  });

  it("never enters a prerelease that the range does not name, and leaves one like any version of its line", () => {
    const graph = graphOf(
      ["1.4.0-rc.1", "1.4.0", "1.5.0-rc.1", "1.5.0"],
      [anUpgrader("up", ">=1.4 <1.5", ">=1.5 <1.6"), anUpgrader("early", "1.4.0", ">=1.5.0-rc.1 <1.5.0")],
    );
    expect(stepsTo(graph, "1.4.0-rc.1", "1.5.0")).toEqual(["1.4.0-rc.1 → 1.5.0 by up"]);
    expect(reasonsFor(graph, "1.4.0-rc.1", "1.5.0-rc.1")).toEqual(["NoRoute: no chain of upgraders leads from 1.4.0-rc.1 to 1.5.0-rc.1"]);
    expect(stepsTo(graph, "1.4.0", "1.5.0-rc.1")).toEqual(["1.4.0 → 1.5.0-rc.1 by early"]);
  });
});

describe("among paths of equal cost", () => {
  const versions = ["1.0.0", "1.1.0", "1.2.0", "1.3.0", "2.0.0"];

  it.each([
    ["fewest irreversible steps", { irreversible: true }],
    ["fewest disruptive steps", { disruptive: true }],
  ])("the one with the %s wins, even with the lower version in between", (_name, flag) => {
    const graph = graphOf(versions, [
      anUpgrader("low-1", "1.0.0", "1.1.0"),
      anUpgrader("low-2", "1.1.0", "2.0.0"),
      anUpgrader("high-1", "1.0.0", "1.3.0"),
      anUpgrader("high-2", "1.3.0", "2.0.0", flag),
    ]);
    expect(stepsTo(graph, "1.0.0", "2.0.0")).toEqual(["1.0.0 → 1.1.0 by low-1", "1.1.0 → 2.0.0 by low-2"]);
  });

  it("one that is disruptive is better than one that is irreversible", () => {
    const graph = graphOf(versions, [
      anUpgrader("a", "1.0.0", "2.0.0", { irreversible: true }),
      anUpgrader("b", "1.0.0", "2.0.0", { disruptive: true }),
    ]);
    expect(stepsTo(graph, "1.0.0", "2.0.0")).toEqual(["1.0.0 → 2.0.0 by b"]);
  });

  it("the one with fewest steps wins", () => {
    const graph = graphOf(versions, [
      anUpgrader("direct", "1.0.0", "2.0.0", { cost: 2 }),
      anUpgrader("first", "1.0.0", "1.3.0"),
      anUpgrader("second", "1.3.0", "2.0.0"),
    ]);
    expect(stepsTo(graph, "1.0.0", "2.0.0")).toEqual(["1.0.0 → 2.0.0 by direct"]);
  });

  it("the one whose first differing version is higher wins", () => {
    const graph = graphOf(versions, [
      anUpgrader("a", "1.0.0", "1.1.0 || 1.2.0"),
      anUpgrader("b", "1.1.0", "1.3.0"),
      anUpgrader("c", "1.2.0", "1.3.0"),
      anUpgrader("d", "1.3.0", "2.0.0"),
    ]);
    expect(stepsTo(graph, "1.0.0", "2.0.0")).toEqual(["1.0.0 → 1.2.0 by a", "1.2.0 → 1.3.0 by c", "1.3.0 → 2.0.0 by d"]);
  });

  it("two upgraders for the same step are told apart by cost and flags, then by name", () => {
    const graph = graphOf(
      ["1.0.0", "1.1.0"],
      [
        anUpgrader("a", "1.0.0", "1.1.0", { disruptive: true }),
        anUpgrader("c", "1.0.0", "1.1.0"),
        anUpgrader("b", "1.0.0", "1.1.0"),
        anUpgrader("0", "1.0.0", "1.1.0", { cost: 2 }),
      ],
    );
    expect(stepsTo(graph, "1.0.0", "1.1.0")).toEqual(["1.0.0 → 1.1.0 by b"]);
  });
});

describe("a version that cannot be reached", () => {
  it("is unknown: the message says which are known", () => {
    const graph = graphOf(["1.0.0", "1.1.0"], []);
    expect(reasonsFor(graph, "1.0.0", "9.9.9")).toEqual(["UnknownVersion: demo has no version 9.9.9; known: 1.1.0, 1.0.0"]);
    expect(reasonsFor(graph, "0.9.0", "1.0.0")).toEqual(["UnknownVersion: demo has no version 0.9.0; known: 1.1.0, 1.0.0"]);
  });

  it("is installed but no catalog knows how to install it", () => {
    const graph = graphOf(["1.1.0"], [aDowngrader("down", "1.1.0", "1.0.x")], { installed: "1.0.7" });
    expect(reasonsFor(graph, "1.1.0", "1.0.7")).toEqual(["UnknownVersion: no catalog knows how to install demo 1.0.7"]);
  });

  it.each([
    ["nothing leads to it", [], "no upgrader leads to 1.2.0"],
    ["nothing leads to it: the only upgrader goes the other way", [aDowngrader("down", "1.1.0", "1.2.0")], "no upgrader leads to 1.2.0"],
    ["nothing leads away", [anUpgrader("a", "1.1.0", "1.2.0")], "no upgrader leads away from 1.0.0"],
    [
      "what leads away does not lead there",
      [anUpgrader("a", "1.0.0", "1.3.0"), anUpgrader("b", "1.1.0", "1.2.0")],
      "no chain of upgraders leads from 1.0.0 to 1.2.0",
    ],
  ])("has no route: %s", (_name, upgraders, message) => {
    const graph = graphOf(["1.0.0", "1.1.0", "1.2.0", "1.3.0"], upgraders);
    expect(reasonsFor(graph, "1.0.0", "1.2.0")).toEqual([`NoRoute: ${message}`]);
  });

  it("is blocked: every reason is there", () => {
    const blocked = anInstaller("1.1.0", {
      retracted: { reason: "loses data", url: "https://example.org/1" },
      kubernetes: ">=1.35",
      requires: [{ service: "cert-manager", range: ">=1.2" }],
    });
    const graph = graphOf(["1.0.0", blocked], [anUpgrader("a", "1.0.0", "1.1.0")]);
    const result = planTo(graph, "1.0.0", "1.1.0");
    expect(result).toEqual({
      reachable: false,
      service: "demo",
      from: "1.0.0",
      to: "1.1.0",
      reasons: [
        { code: "Retracted", message: "1.1.0 was retracted: loses data", url: "https://example.org/1" },
        { code: "KubernetesVersion", message: "1.1.0 needs Kubernetes >=1.35; the cluster runs v1.34.2" },
        { code: "MissingRequirement", message: "1.1.0 requires cert-manager >=1.2; it is not installed" },
      ],
    });
    expect(reasonsFor(graph, null, "1.1.0")).toHaveLength(3);
  });

  it("lies behind blocked versions: they are named with what blocks them", () => {
    const graph = graphOf(
      ["1.0.0", anInstaller("1.1.0", { retracted: { reason: "broken" } }), anInstaller("1.2.0", { kubernetes: ">=1.40" }), "1.3.0"],
      [anUpgrader("a", "1.0.0", "1.1.0"), anUpgrader("b", "1.1.0", "1.2.0"), anUpgrader("c", "1.2.0", "1.3.0")],
    );
    expect(reasonsFor(graph, "1.0.0", "1.3.0")).toEqual([
      "NoRoute: every route from 1.0.0 to 1.3.0 passes a version that must not be entered; it would be open but for 1.1.0, 1.2.0",
      "Retracted: 1.1.0 was retracted: broken",
      "KubernetesVersion: 1.2.0 needs Kubernetes >=1.40; the cluster runs v1.34.2",
    ]);
  });

  it("lies behind blocked versions and is blocked itself: its own reason comes first", () => {
    const graph = graphOf(
      ["1.0.0", anInstaller("1.1.0", { retracted: { reason: "broken" } }), anInstaller("1.2.0", { kubernetes: ">=1.40" })],
      [anUpgrader("a", "1.0.0", "1.1.0"), anUpgrader("b", "1.1.0", "1.2.0")],
    );
    expect(reasonsFor(graph, "1.0.0", "1.2.0").map((reason) => reason.split(":", 1)[0])).toEqual([
      "KubernetesVersion",
      "NoRoute",
      "Retracted",
    ]);
  });

  it("names the route with the fewest blocked versions, not the cheapest", () => {
    const retracted = { retracted: { reason: "broken" } };
    const graph = graphOf(
      ["1.0.0", anInstaller("1.1.0", retracted), anInstaller("1.2.0", retracted), anInstaller("1.3.0", retracted), "2.0.0"],
      [
        anUpgrader("a", "1.0.0", "1.1.0"),
        anUpgrader("b", "1.1.0", "1.2.0"),
        anUpgrader("c", "1.2.0", "2.0.0"),
        anUpgrader("dear", "1.0.0", "1.3.0", { cost: 9 }),
        anUpgrader("last", "1.3.0", "2.0.0"),
      ],
    );
    expect(reasonsFor(graph, "1.0.0", "2.0.0")).toEqual([
      "NoRoute: every route from 1.0.0 to 2.0.0 passes a version that must not be entered; it would be open but for 1.3.0",
      "Retracted: 1.3.0 was retracted: broken",
    ]);
  });

  it("is farther than a plan may go: the message says where to stop on the way", () => {
    const versions = Array.from({ length: MAX_STEPS + 3 }, (_, minor) => `1.${minor}.0`);
    const upgraders = versions.slice(1).map((version, index) => anUpgrader(`u-${index}`, versions[index] ?? "", version));
    const graph = graphOf(versions, upgraders);
    expect(stepsTo(graph, "1.0.0", `1.${MAX_STEPS}.0`)).toHaveLength(MAX_STEPS);
    expect(reasonsFor(graph, "1.0.0", `1.${MAX_STEPS + 2}.0`)).toEqual([
      "TooManySteps: the cheapest route has 34 steps, a plan may have 32; go to 1.32.0 first",
    ]);
  });
});

it("a plan with more risks than a spec can accept is none, and neither is one through it", () => {
  const risks = (from: number, count: number): Upgrader["risks"] =>
    Array.from({ length: count }, (_, index) => ({ id: `risk-${from + index}`, message: "may break" }));
  const graph = graphOf(
    ["1.0.0", "1.1.0", "1.2.0", "1.3.0"],
    [
      anUpgrader("u-1", "1.0.0", "1.1.0", { risks: risks(0, 32) }),
      anUpgrader("u-2", "1.1.0", "1.2.0", { risks: risks(32, 32) }),
      anUpgrader("u-3", "1.2.0", "1.3.0", { risks: risks(64, 1) }),
    ],
  );
  expect(stepsTo(graph, "1.0.0", "1.2.0")).toHaveLength(2);
  const reasons = ["TooManyRisks: the cheapest route has 65 risks, a plan may have 64; go to a version on the way first"];
  expect(reasonsFor(graph, "1.0.0", "1.3.0")).toEqual(reasons);
  expect(availableFrom(graph, "1.0.0").unavailable.map(({ to }) => to)).toEqual(["1.3.0"]);
});

describe("availableFrom", () => {
  const graph = graphOf(
    ["1.0.0", "1.1.0", "1.2.0", "1.3.0", anInstaller("1.4.0", { retracted: { reason: "broken" } }), "2.0.0"],
    [
      anUpgrader("patch", "1.0.0", "1.1.0 || 1.2.0"),
      anUpgrader("minor", "1.2.0", "1.3.0"),
      aDowngrader("down", "1.3.0", "1.2.0"),
      anUpgrader("bad", "1.3.0", "1.4.0"),
    ],
  );

  it("lists the nearest first, then the higher; and what cannot be reached, the newest first", () => {
    const { available, unavailable } = availableFrom(graph, "1.0.0");
    expect(available.map(({ to }) => to)).toEqual(["1.2.0", "1.1.0", "1.3.0"]);
    expect(unavailable.map(({ to, reasons }) => [to, reasons.map(({ code }) => code)])).toEqual([
      ["2.0.0", ["NoRoute"]],
      ["1.4.0", ["Retracted"]],
    ]);
  });

  it("offers every version that is not blocked for a fresh installation", () => {
    const { available, unavailable } = availableFrom(graph, null);
    expect(available.map(({ to }) => to)).toEqual(["2.0.0", "1.3.0", "1.2.0", "1.1.0", "1.0.0"]);
    expect(unavailable.map(({ to }) => to)).toEqual(["1.4.0"]);
  });

  it("says of every version that the installed one is unknown when it is", () => {
    const { available, unavailable } = availableFrom(graph, "0.1.0");
    expect(available).toEqual([]);
    expect(new Set(unavailable.map(({ reasons }) => reasons[0]?.code))).toEqual(new Set(["UnknownVersion"]));
    expect(unavailable).toHaveLength(6);
  });
});

describe("a plan's risks", () => {
  it("are those of all steps, each once; one that applies outweighs one that may", () => {
    const graph = graphOf(
      ["1.0.0", "1.1.0", "1.2.0"],
      [
        anUpgrader("a", "1.0.0", "1.1.0", {
          risks: [
            { id: "shared", message: "maybe", when: "cluster.nodes > 1" },
            { id: "z", message: "last" },
          ],
        }),
        anUpgrader("b", "1.1.0", "1.2.0", {
          risks: [
            { id: "shared", message: "surely" },
            { id: "no", message: "never", when: "false" },
          ],
        }),
      ],
    );
    const result = planTo(graph, "1.0.0", "1.2.0");
    expect(result).toMatchObject({
      plan: {
        risks: [
          { id: "shared", message: "surely", applies: "Applies" },
          { id: "z", message: "last", applies: "Applies" },
        ],
      },
    });
  });
});

describe("a plan's hash", () => {
  const upgraders = [anUpgrader("a", "1.0.0", "1.1.0", { risks: [{ id: "r", message: "risk", when: "cluster.nodes > 3" }] })];

  function hash(
    versions: readonly (string | Installer)[],
    others: readonly Upgrader[] = upgraders,
    context: Partial<ResolveContext> = {},
  ): string {
    const result = planTo(graphOf(versions, others, context), "1.0.0", "1.1.0");
    if (!result.reachable) throw new Error("unreachable");
    return result.plan.hash;
  }
  const original = hash(["1.0.0", "1.1.0"]);
  const facts = { name: "test", kubernetesVersion: "v1.34.2", labels: {} };

  it("is the same with unrelated versions and upgraders, wider ranges, another cost, a retraction of the version left", () => {
    expect(hash(["1.0.0", "1.1.0", "1.2.0"], [...upgraders, anUpgrader("other", "1.1.0", "1.2.0")])).toBe(original);
    expect(hash(["1.0.0", "1.1.0"], [{ ...anUpgrader("a", "1.x", "1.x"), cost: 7, risks: upgraders[0]?.risks ?? [] }])).toBe(original);
    expect(hash([anInstaller("1.0.0", { retracted: { reason: "broken" } }), "1.1.0"])).toBe(original);
    expect(hash(["1.0.0", "1.1.0"], upgraders, { cluster: { ...facts, nodes: 9 } })).toBe(original);
  });

  it("never changes for the same content: agents of all versions agree on it", () => {
    expect(original).toBe("101792a937a7ff32ebe3fec0bceada638923fac37e42f02aa972de050761e41f");
  });

  it("is another one with another installer, another hook, another flag, and when a risk does not apply", () => {
    expect(hash(["1.0.0", anInstaller("1.1.0", { defaults: { replicas: 3 } })])).not.toBe(original);
    expect(
      hash(
        ["1.0.0", "1.1.0"],
        upgraders.map((upgrader) => ({ ...upgrader, disruptive: true })),
      ),
    ).not.toBe(original);
    expect(
      hash(
        ["1.0.0", "1.1.0"],
        upgraders.map((upgrader) => ({
          ...upgrader,
          after: [{ name: "m", timeoutSeconds: 1, action: "migrateStorage" as const, crd: "x" }],
        })),
      ),
    ).not.toBe(original);
    expect(hash(["1.0.0", "1.1.0"], upgraders, { cluster: { ...facts, nodes: 1 } })).not.toBe(original);
  });
});
