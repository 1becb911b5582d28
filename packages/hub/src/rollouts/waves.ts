import type { ClusterView } from "../fleet/mod.ts";
import { clusterChooser, type LabelsOf } from "./members.ts";
import type { RolloutSpec, WaveSpec } from "./spec.ts";

/** Two waves claim the same cluster, or no wave takes some. */
export interface WaveProblem {
  readonly code: "OverlappingWaves" | "NoWave";
  readonly message: string;
}

/** Index of its wave, by cluster. */
export type WaveAssignment = ReadonlyMap<string, number>;

/**
 * Shares clusters out to waves, whole clusters, in their order: those that a wave's selector names first, then counts and percentages of
 * all clusters (rounded up, so that a wave is never empty while clusters are left), and the rest to the wave that names none.
 */
export function assignWaves(
  spec: RolloutSpec,
  clusters: readonly ClusterView[],
  labelsOf: LabelsOf,
): { readonly waves: WaveAssignment } | { readonly problem: WaveProblem } {
  const waves = new Map<string, number>();
  for (const [index, wave] of spec.waves.entries()) {
    const chooses = selectorOf(wave, labelsOf);
    for (const cluster of chooses === undefined ? [] : clusters.filter(chooses)) {
      const other = waves.get(cluster.name);
      if (other !== undefined) {
        return { problem: overlap(spec, cluster.name, other, index) };
      }
      waves.set(cluster.name, index);
    }
  }
  let left = clusters.filter(({ name }) => !waves.has(name));
  let rest: number | undefined;
  for (const [index, { clusters: share }] of spec.waves.entries()) {
    if (share === undefined) {
      rest = index;
    } else if (!("selector" in share)) {
      const size = "count" in share ? share.count : Math.ceil((share.percent * clusters.length) / 100);
      for (const { name } of left.slice(0, size)) {
        waves.set(name, index);
      }
      left = left.slice(size);
    }
  }
  for (const { name } of left) {
    if (rest === undefined) {
      return { problem: withoutWave(left.map((cluster) => cluster.name)) };
    }
    waves.set(name, rest);
  }
  return { waves };
}

/**
 * The wave of a cluster that joins a rollout under way: the one whose selector names it, or else the one that takes the rest, or the last;
 * one that has passed already takes none, and then it is the one under way.
 */
export function waveOfJoining(spec: RolloutSpec, cluster: ClusterView, labelsOf: LabelsOf, current: number): number {
  const named = spec.waves.findIndex((wave) => selectorOf(wave, labelsOf)?.(cluster) === true);
  const rest = spec.waves.findIndex(({ clusters }) => clusters === undefined);
  const wave = named !== -1 ? named : rest !== -1 ? rest : spec.waves.length - 1;
  return Math.max(wave, current);
}

function selectorOf({ clusters }: WaveSpec, labelsOf: LabelsOf): ((cluster: ClusterView) => boolean) | undefined {
  return clusters !== undefined && "selector" in clusters ? clusterChooser(clusters.selector, labelsOf) : undefined;
}

/** The name that people gave it, or its place, from 1. */
export function waveName({ waves }: Pick<RolloutSpec, "waves">, index: number): string {
  return waves[index]?.name ?? String(index + 1);
}

function overlap(spec: RolloutSpec, cluster: string, first: number, second: number): WaveProblem {
  return {
    code: "OverlappingWaves",
    message: `the waves ${waveName(spec, first)} and ${waveName(spec, second)} both choose the cluster ${cluster}`,
  };
}

function withoutWave(clusters: readonly string[]): WaveProblem {
  const [first] = clusters;
  return {
    code: "NoWave",
    message: `no wave takes ${clusters.length === 1 ? "the cluster" : `${clusters.length} clusters, as`} ${first ?? ""}; end with a wave without clusters, which takes the rest`,
  };
}
