import type { Installer, ServiceDefinition, Upgrader } from "@portolan/shared/catalog";
import { resolve } from "@portolan/shared/graph";
import type { ResolveContext, VersionGraph } from "@portolan/shared/graph";
import { availableFrom, planTo } from "@portolan/shared/planner";
import { summarize, thisMachine, timed } from "./harness/result.ts";
import type { BenchResult, Metric } from "./harness/result.ts";

const REPETITIONS = 300;
const WARM_UP = 500;
const PATCHES = 10;

/**
 * How long planning takes. Measured is `availableFrom` on a resolved graph, from a version in its middle: every target with its steps,
 * risks, step digests and plan hash, or with the reason why it cannot be reached. Nothing is kept between repetitions but the digests of
 * installers and upgraders, which belong to the definitions. Resolving a graph for a cluster is shown beside it, warm (definitions seen
 * before) and cold (parsed this moment).
 *
 * The targets speak of the median: planning is plain computing, and what is slower than that is the machine's other work and the garbage
 * collector, which p99 and max show.
 */
export async function run(): Promise<BenchResult> {
  const metrics: { [name: string]: Metric } = {};
  for (const [name, service, target] of [
    ["chain-100", chain(100), 0.5],
    ["chain-1000", chain(1_000), 10],
    ["dense-1000", dense(1_000), null],
  ] as const) {
    const from = service.installers[Math.floor(service.installers.length / 2) + 1]?.version ?? "";
    const context = contextOf(from);
    const graph = resolve(service, context);
    metrics[`${name} all targets`] = summarize(
      timed(() => availableFrom(graph, from), { warmUp: WARM_UP, repetitions: REPETITIONS }),
      "ms",
      target === null ? undefined : { below: target },
      "median",
    );
    const last = service.installers.at(-1)?.version ?? "";
    metrics[`${name} one target`] = summarize(
      timed(() => planTo(graph, from, last), { warmUp: WARM_UP, repetitions: REPETITIONS }),
      "ms",
    );
    metrics[`${name} resolve warm`] = summarize(
      timed(() => resolve(service, context), { warmUp: 10, repetitions: 50 }),
      "ms",
    );
    metrics[`${name} resolve cold`] = summarize(coldResolves(service, context, 20), "ms");
    metrics[`${name} reachable`] = summarize([availableFrom(graph, from).available.length], "versions");
    metrics[`${name} edges`] = summarize([countEdges(graph)], "edges");
  }
  return {
    bench: "planner",
    params: { repetitions: REPETITIONS, warmUp: WARM_UP, patchesPerMinor: PATCHES, targetsSpeakOf: "median" },
    machine: thisMachine(),
    metrics,
  };
}

function contextOf(installed: string): ResolveContext {
  return { cluster: { name: "bench", kubernetesVersion: "v1.37.2", labels: {}, nodes: 3 }, neighbours: [], config: {}, installed };
}

/** Definitions that no cache has seen. */
function coldResolves(service: ServiceDefinition, context: ResolveContext, repetitions: number): readonly number[] {
  return Array.from({ length: repetitions }, () => {
    const fresh = structuredClone(service);
    const start = performance.now();
    resolve(fresh, context);
    return performance.now() - start;
  });
}

function countEdges(graph: VersionGraph): number {
  return graph.versions.reduce((sum, version) => sum + graph.edgesFrom(version).length, 0);
}

/**
 * The usual shape: minors of ten patches, patches freely exchanged within a minor, one upgrader from each minor to the next, every fourth
 * one that skips two minors at a higher cost, and downgrades to the minor before.
 */
function chain(count: number): ServiceDefinition {
  const minors = Math.ceil(count / PATCHES);
  const minor = (number: number): string => `>=1.${number} <1.${number + 1}`;
  const upgraders = Array.from({ length: minors }, (_, m): readonly Upgrader[] => [
    upgrader(`patch-${m}`, "upgrade", minor(m), minor(m), 1),
    upgrader(`back-${m}`, "downgrade", minor(m), minor(m), 1),
    ...(m + 1 < minors ? [upgrader(`minor-${m}`, "upgrade", minor(m), minor(m + 1), 2)] : []),
    ...(m + 3 < minors && m % 4 === 0 ? [upgrader(`skip-${m}`, "upgrade", minor(m), minor(m + 3), 5)] : []),
    ...(m > 0 ? [upgrader(`down-${m}`, "downgrade", minor(m), minor(m - 1), 2)] : []),
  ]).flat();
  return service(count, upgraders);
}

/** The worst shape: every version leads to every other, by several upgraders. */
function dense(count: number): ServiceDefinition {
  const upgraders = [1, 2, 3].flatMap((cost) => [
    upgrader(`up-${cost}`, "upgrade", "*", "*", cost),
    upgrader(`down-${cost}`, "downgrade", "*", "*", cost),
  ]);
  return service(count, upgraders);
}

function service(count: number, upgraders: readonly Upgrader[]): ServiceDefinition {
  return {
    name: "bench",
    title: "bench",
    description: "",
    scope: "Cluster",
    config: { type: "object" },
    examples: [],
    secrets: [],
    installers: Array.from({ length: count }, (_, i) => installer(`1.${Math.floor(i / PATCHES)}.${i % PATCHES}`)),
    upgraders,
  };
}

/** With a manifest of the usual size, about 2 KiB, which a digest has to read. */
function installer(version: string): Installer {
  const env = Array.from({ length: 20 }, (_, i) => ({ name: `SETTING_${i}`, value: `\${string(values.setting${i})} of ${version}` }));
  const container = { name: "app", image: `registry.example/app:${version}`, env };
  return {
    version,
    kubernetes: ">=1.30",
    requires: [],
    deployer: {
      type: "manifests",
      objects: [
        {
          source: "deployment.yaml#1",
          object: {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name: "app" },
            spec: { template: { spec: { containers: [container] } } },
          },
        },
      ],
    },
    defaults: {},
    values: {},
    health: [],
  };
}

function upgrader(name: string, direction: Upgrader["direction"], from: string, to: string, cost: number): Upgrader {
  const risks = [{ id: `${name}-busy`, message: "the service restarts", when: "cluster.nodes < 2" }];
  return { name, direction, from, to, cost, before: [], after: [], disruptive: direction === "downgrade", irreversible: false, risks };
}
