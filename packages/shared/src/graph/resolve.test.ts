import { describe, expect, it } from "vitest";
import { aDowngrader, anInstaller, anUpgrader, aService } from "../catalog/builders.fixture.ts";
import type { Installer, Risk } from "../catalog/mod.ts";
import { aContext } from "./context.fixture.ts";
import { resolve } from "./mod.ts";
import type { Neighbour, ResolveContext } from "./mod.ts";

function blockedBy(installer: Installer, context: Partial<ResolveContext> = {}): readonly string[] {
  const graph = resolve(aService({ installers: [installer] }), aContext(context));
  return graph.nodes.get(installer.version)?.blocked.map(({ code, message }) => `${code}: ${message}`) ?? ["no such node"];
}

function neighbour(parts: Partial<Neighbour>): Neighbour {
  return { service: "cert-manager", instance: "kube-system/cert-manager", version: "1.2.0", ready: true, requires: [], ...parts };
}

describe("a version's node", () => {
  it("is blocked when the cluster's Kubernetes does not fit", () => {
    const installer = anInstaller("1.0.0", { kubernetes: ">=1.35" });
    expect(blockedBy(installer)).toEqual(["KubernetesVersion: 1.0.0 needs Kubernetes >=1.35; the cluster runs v1.34.2"]);
    expect(blockedBy(installer, { cluster: { name: "a", kubernetesVersion: "v1.35.1-gke.2", labels: {} } })).toEqual([]);
    expect(blockedBy(installer, { cluster: { name: "a", kubernetesVersion: "", labels: {} } })).toEqual([
      "KubernetesVersion: 1.0.0 needs Kubernetes >=1.35; the cluster's version is not known",
    ]);
  });

  describe("with a requirement", () => {
    const installer = anInstaller("1.0.0", { requires: [{ service: "cert-manager", range: ">=1.2 <2" }] });

    it.each([
      ["nothing", [], ["MissingRequirement: 1.0.0 requires cert-manager >=1.2 <2; it is not installed"]],
      ["a Ready instance in the range", [neighbour({})], []],
      ["a Ready prerelease in the range", [neighbour({ version: "1.3.0-rc.1" })], []],
      [
        "an instance out of the range",
        [neighbour({ version: "1.1.0" })],
        ["MissingRequirement: 1.0.0 requires cert-manager >=1.2 <2; kube-system/cert-manager has 1.1.0"],
      ],
      [
        "an instance that is not Ready",
        [neighbour({ ready: false })],
        ["MissingRequirement: 1.0.0 requires cert-manager >=1.2 <2; kube-system/cert-manager has 1.2.0, which is not Ready"],
      ],
      ["two instances of which one fits", [neighbour({ version: "1.1.0", instance: "a/a" }), neighbour({})], []],
      [
        "another service",
        [neighbour({ service: "other" })],
        ["MissingRequirement: 1.0.0 requires cert-manager >=1.2 <2; it is not installed"],
      ],
    ])("and %s", (_name, neighbours, expected) => {
      expect(blockedBy(installer, { neighbours })).toEqual(expected);
    });
  });

  describe("that another service depends on", () => {
    const dependent = neighbour({
      service: "web",
      instance: "apps/web",
      version: "3.1.0",
      ready: false,
      requires: [{ service: "demo", range: "<2" }],
    });
    const message = "BreaksDependent: web 3.1.0 (apps/web) requires demo <2, which 2.0.0 is not";

    it.each([
      ["leaves the range", "2.0.0", "1.0.0", [message]],
      ["stays in the range", "1.9.0", "1.0.0", []],
      ["is installed anew out of the range", "2.0.0", undefined, [message]],
      ["was out of the range before", "2.0.0", "2.1.0", []],
    ])("%s", (_name, version, installed, expected) => {
      const context = { neighbours: [dependent], ...(installed === undefined ? {} : { installed }) };
      expect(blockedBy(anInstaller(version), context)).toEqual(expected);
    });
  });
});

describe("a graph", () => {
  const service = aService({
    installers: [anInstaller("1.10.0"), anInstaller("1.9.0"), anInstaller("2.0.0", { retracted: { reason: "broken" } })],
    upgraders: [
      anUpgrader("b", "1.x", "*"),
      anUpgrader("a", "1.9.0", "1.10.0", { cost: 4, disruptive: true }),
      aDowngrader("down", "*", "1.x"),
    ],
  });

  it("has its versions in the order of semver, and the installed one among them", () => {
    expect(resolve(service, aContext()).versions).toEqual(["1.9.0", "1.10.0", "2.0.0"]);
    const graph = resolve(service, aContext({ installed: "1.9.5" }));
    expect([...graph.nodes.keys()]).toEqual(["1.9.0", "1.9.5", "1.10.0", "2.0.0"]);
    expect(graph.nodes.get("1.9.5")).toEqual({
      version: "1.9.5",
      blocked: [{ code: "UnknownVersion", message: "no catalog knows how to install demo 1.9.5" }],
    });
  });

  it("does without an installed version that is none", () => {
    expect(resolve(service, aContext({ installed: "latest" })).versions).toEqual(["1.9.0", "1.10.0", "2.0.0"]);
  });

  it("lists the edges of a version, without those to blocked ones", () => {
    const graph = resolve(service, aContext());
    const edges = (version: string): readonly string[] =>
      graph.edgesFrom(version).map(({ from, to, upgrader, cost }) => `${from} → ${to} by ${upgrader.name} for ${cost}`);
    expect(edges("1.9.0")).toEqual(["1.9.0 → 1.10.0 by a for 4", "1.9.0 → 1.10.0 by b for 1"]);
    expect(edges("1.10.0")).toEqual(["1.10.0 → 1.9.0 by down for 1"]);
    expect(edges("2.0.0")).toEqual(["2.0.0 → 1.9.0 by down for 1", "2.0.0 → 1.10.0 by down for 1"]);
    expect(edges("3.0.0")).toEqual([]);
  });
});

describe("a risk", () => {
  function applies(risk: Partial<Risk>, context: Partial<ResolveContext> = {}): string {
    const upgrader = anUpgrader("a", "*", "*", { risks: [{ id: "r", message: "m", ...risk }] });
    const schema = { type: "object", properties: { replicas: { type: "integer" }, ratio: { type: "number" }, mode: { default: "fast" } } };
    const graph = resolve(aService({ installers: [anInstaller("1.0.0")], upgraders: [upgrader], config: schema }), aContext(context));
    return graph.routes[0]?.risks[0]?.applies ?? "DoesNotApply";
  }
  const large = { cluster: { name: "a", kubernetesVersion: "v1.34.2", labels: { tier: "prod" }, nodes: 9 } };

  const running = (kubernetesVersion: string): Partial<ResolveContext> => ({ cluster: { name: "test", kubernetesVersion, labels: {} } });

  it.each([
    ["always, without a condition", {}, {}, "Applies"],
    ["when it is true", { when: "cluster.nodes > 3" }, large, "Applies"],
    ["not when it is false", { when: "cluster.nodes > 30" }, large, "DoesNotApply"],
    ["by the version of Kubernetes, as a number", { when: "cluster.kubernetes.minor >= 9" }, running("v1.34.2-gke.104"), "Applies"],
    ["not by another", { when: "cluster.kubernetes.minor > 34" }, running("v1.34.2-gke.104"), "DoesNotApply"],
    ["perhaps, when the version cannot be read", { when: "cluster.kubernetes.minor > 34" }, running(""), "Unknown"],
    ["perhaps, when a fact is missing", { when: "cluster.nodes > 3" }, {}, "Unknown"],
    ["perhaps, when a label is missing", { when: "cluster.labels.tier == 'prod'" }, {}, "Unknown"],
    ["not, when what is known is enough", { when: "cluster.name == 'other' && cluster.nodes > 3" }, {}, "DoesNotApply"],
    ["when what is known is enough", { when: "cluster.nodes > 3 || cluster.name == 'test'" }, {}, "Applies"],
    ["perhaps, when the result is no bool", { when: "cluster.name" }, {}, "Unknown"],
    ["perhaps, when the expression is none", { when: "cluster.name ==" }, {}, "Unknown"],
    ["by the labels of the cluster", { when: "cluster.labels.tier == 'prod'" }, large, "Applies"],
    ["by the config, whose integers are ints", { when: "config.replicas + 1 == 4" }, { config: { replicas: 3 } }, "Applies"],
    ["by the config, whose numbers are doubles", { when: "config.ratio * 0.5 == 1.5" }, { config: { ratio: 3 } }, "Applies"],
    ["by the config's defaults", { when: "config.mode == 'fast'" }, {}, "Applies"],
    ["perhaps, when the config is none", { when: "config.replicas == 3" }, { config: null }, "Unknown"],
  ])("applies %s", (_name, risk, context, expected) => {
    expect(applies(risk, context)).toBe(expected);
  });
});
