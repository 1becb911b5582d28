import {
  describeCluster,
  presentAvailability,
  presentEvent,
  presentInstance,
  presentRollout,
  presentTarget,
  type ApiContext,
} from "../api/mod.ts";
import type { FleetEvent } from "@portolan/shared/wire";
import { instanceKey, type FleetChange, type InstanceView } from "../fleet/mod.ts";
import type { RolloutProgress } from "../rollouts/mod.ts";
import type { WatchEvent, WatchFilter } from "../watch/mod.ts";

type Told = Omit<WatchEvent, "id">;

/** A rollout with more targets is told without them: a watcher asks for those it wants to see. */
const MAX_TOLD_TARGETS = 500;

/** What watchers are told of a change of the view. */
export function toldOfFleet(context: ApiContext, change: FleetChange): Told[] {
  switch (change.type) {
    case "cluster":
      return toldOfCluster(context, change.cluster);
    case "instance":
      return toldOfInstance(change);
    case "heartbeat":
    case "staleIncarnation":
    case "leftBehind":
      return [];
  }
}

export function toldOfCluster(context: ApiContext, name: string): Told[] {
  const cluster = context.fleet.cluster(name);
  return cluster === undefined
    ? []
    : [
        {
          kind: "clusters",
          name: "cluster",
          key: `cluster/${name}`,
          cluster: name,
          data: () => describeCluster(context, cluster),
        },
      ];
}

function toldOfInstance({ key, ref, before, after }: Extract<FleetChange, { type: "instance" }>): Told[] {
  if (after === undefined) {
    const service = before?.status.service;
    const gone = { cluster: ref.cluster, ...(service === undefined ? {} : { service }), data: () => ({ ...ref, deleted: true }) };
    return [
      { kind: "instances", name: "instance", key: `instance/${key}`, ...gone },
      ...(before?.availability === undefined
        ? []
        : [{ kind: "availability" as const, name: "availability", key: `availability/${key}`, ...gone }]),
    ];
  }
  return [
    tellInstance(after),
    ...(after.availability === before?.availability && before?.status.availabilityDigest === after.status.availabilityDigest
      ? []
      : tellAvailability(after)),
  ];
}

function tellInstance(instance: InstanceView): Told {
  return {
    kind: "instances",
    name: "instance",
    key: `instance/${instanceKey(instance)}`,
    ...whose(instance),
    data: () => presentInstance(instance),
  };
}

function tellAvailability(instance: InstanceView): Told[] {
  const { availability } = instance;
  return availability === undefined
    ? []
    : [
        {
          kind: "availability",
          name: "availability",
          key: `availability/${instanceKey(instance)}`,
          ...whose(instance),
          data: () => presentAvailability(instance, availability),
        },
      ];
}

function whose({ cluster, status }: InstanceView): { readonly cluster: string; readonly service: string } {
  return { cluster, service: status.service };
}

/** What watchers are told of a rollout; undefined: it was deleted. */
export function toldOfRollout({ rollouts }: Pick<ApiContext, "rollouts">, name: string, progress: RolloutProgress | undefined): Told {
  const shared = { kind: "rollouts", name: "rollout", key: `rollout/${name}` } as const;
  if (progress === undefined) {
    return { ...shared, data: () => ({ name, deleted: true }) };
  }
  const { spec, targets } = progress.rollout;
  const shown =
    targets.length > MAX_TOLD_TARGETS
      ? { ...presentRollout(progress), targetsOmitted: true }
      : { ...presentRollout(progress), targets: (rollouts.targets(name) ?? []).map(presentTarget) };
  return { ...shared, service: spec.service, data: () => shown };
}

/** What watchers are told of an entry of a timeline. Every entry counts: none replaces another. */
export function toldOfEvent(event: FleetEvent, sequence: number): Told {
  return {
    kind: "events",
    name: "event",
    key: `event/${sequence}`,
    cluster: event.cluster,
    service: event.service,
    data: () => presentEvent(event),
  };
}

/** Everything that there is now. */
export function* currentState(context: ApiContext, { kinds }: WatchFilter): Iterable<Told> {
  if (kinds.has("clusters")) {
    for (const { name } of context.fleet.clusters()) {
      yield* toldOfCluster(context, name);
    }
  }
  for (const instance of kinds.has("instances") || kinds.has("availability") ? context.fleet.instances() : []) {
    yield tellInstance(instance);
    yield* kinds.has("availability") ? tellAvailability(instance) : [];
  }
  if (kinds.has("rollouts")) {
    for (const progress of context.rollouts.list()) {
      yield toldOfRollout(context, progress.rollout.name, progress);
    }
  }
}
