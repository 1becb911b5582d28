/** Keeps book of what each cluster did, from the fleet's timeline. Pure. */
import type { HubEvent, HubRollout } from "./hub-client.ts";

export interface Hop {
  readonly from: string | null;
  readonly to: string;
  readonly upgrader: string | null;
  readonly ms: number;
}

export interface HookEntry {
  readonly service: string;
  /** `0.13.0 → 0.14.0` */
  readonly step: string;
  /** `delete`, `job`, … */
  readonly action: string;
  readonly hook: string;
  readonly object: string;
}

export interface ClusterResult {
  readonly name: string;
  /** Hops of `certificates` in the fleet upgrade. */
  readonly hops: readonly Hop[];
  /** Hooks of all services, in the order in which they ended. */
  readonly hooks: readonly HookEntry[];
  readonly result: string;
}

export interface RolloutResult {
  readonly service: string;
  readonly version: string;
  readonly state: string;
  readonly ms: number;
  readonly clusters: readonly { readonly name: string; readonly hops: readonly Hop[]; readonly result: string }[];
}

/** One fleet command as it was asked for and as it ended. */
export interface FinishedRollout {
  readonly service: string;
  readonly version: string;
  /** Clusters that it was meant for; absent: all of them. */
  readonly clusters?: readonly string[];
  readonly rollout: HubRollout;
  readonly ms: number;
  /** Events of the service that came while it ran. */
  readonly events: readonly HubEvent[];
}

/** What came out of one fleet command. */
export function rolloutResult({ service, version, rollout, ms, events }: FinishedRollout): RolloutResult {
  const clusters = (rollout.targets ?? []).map(({ cluster, state }) => ({
    name: cluster,
    hops: hopsOf(events, cluster, service),
    result: state,
  }));
  return { service, version, state: rollout.phase, ms, clusters };
}

/** What each cluster did in all, with the hops of the first fleet command. */
export function clusterResults(names: readonly string[], rollouts: readonly FinishedRollout[]): readonly ClusterResult[] {
  return names.map((name) => ({
    name,
    hops: rollouts[0] === undefined ? [] : hopsOf(rollouts[0].events, name, rollouts[0].service),
    hooks: rollouts.flatMap(({ events }) => hooksOf(events, name)),
    result: rollouts.every((finished) => hasArrived(finished, name)) ? "Succeeded" : "Failed",
  }));
}

/** A cluster that a command was not meant for has nothing to arrive at; one that it was meant for must have been a target of it. */
function hasArrived({ clusters, rollout }: FinishedRollout, cluster: string): boolean {
  const targets = rollout.targets?.filter((target) => target.cluster === cluster) ?? [];
  const meant = clusters === undefined || clusters.includes(cluster);
  return (targets.length > 0 || !meant) && targets.every((target) => target.state === "Succeeded");
}

function hopsOf(events: readonly HubEvent[], cluster: string, service: string): readonly Hop[] {
  return events.flatMap(({ type, step, durationMs = 0, ...event }) =>
    event.cluster === cluster && event.service === service && type === "StepFinished" && step !== undefined
      ? [{ from: step.from, to: step.to, upgrader: step.upgrader, ms: durationMs }]
      : [],
  );
}

function hooksOf(events: readonly HubEvent[], cluster: string): readonly HookEntry[] {
  return events.flatMap(({ type, step, hook, service, ...event }) =>
    event.cluster === cluster && type === "HookFinished" && hook !== undefined
      ? [{ service, step: describeStep(step), action: hook.action, hook: hook.name, object: hook.object }]
      : [],
  );
}

/** `0.13.0 → 0.14.0` */
export function describeStep(step: { readonly from: string | null; readonly to: string } | undefined): string {
  if (step === undefined) return "";
  return step.from === null ? step.to : `${step.from} → ${step.to}`;
}
