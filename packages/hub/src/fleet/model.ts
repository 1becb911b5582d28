import type { AvailabilityDocument, Heartbeat, InstanceStatus, IntentState } from "@portolan/shared/wire";

/** Names one ServiceInstance of the fleet. */
export interface InstanceRef {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
}

/** `cluster/namespace/name`: no part may hold a slash, so it is unique. */
export type InstanceKey = `${string}/${string}/${string}`;

export function instanceKey({ cluster, namespace, name }: InstanceRef): InstanceKey {
  return `${cluster}/${namespace}/${name}`;
}

/** Heartbeats arrive in time, or three in a row did not. */
export type Connectivity = "Online" | "Offline";

/** State of an open intent and when the hub saw it change, by the hub's clock. */
export interface ObservedIntent {
  readonly state: IntentState;
  readonly changedAtMs: number;
}

/** What the hub knows of one cluster. A snapshot: changes make a new one. */
export interface ClusterView {
  readonly name: string;
  readonly connectivity: Connectivity;
  readonly heartbeat: Heartbeat;
  /** When the newest heartbeat arrived, by the hub's clock. */
  readonly lastSeenAtMs: number;
  /** So far the agent's clock is ahead of the hub's (ms); 0 also where it is less than a second. Times that the agent tells are this much too late. */
  readonly clockSkewMs: number;
  /** Of heartbeats, within reason whatever the agent announces. */
  readonly intervalMs: number;
  /** By id. */
  readonly intents: ReadonlyMap<string, ObservedIntent>;
  /** The view holds exactly what the newest heartbeat's digest stands for: what is missing here is missing there. */
  readonly inSync: boolean;
}

/** An availability document; instances with equal digests share one. */
export interface Availability {
  /** Lower-case hex SHA-256 of the encoded document. */
  readonly digest: string;
  readonly document: AvailabilityDocument;
}

/** What the hub knows of one instance. A snapshot: changes make a new one. */
export interface InstanceView extends InstanceRef {
  readonly status: InstanceStatus;
  /** When the operation last moved, by the hub's clock: another phase, version, step or action. */
  readonly progressedAtMs: number;
  /** The newest one that arrived. Absent until the first one does. */
  readonly availability?: Availability;
}

/** The instance's availability belongs to its reported state: its plans start where the instance is. */
export function isAvailabilityCurrent(instance: InstanceView): boolean {
  return (
    instance.availability !== undefined &&
    instance.availability.digest === instance.status.availabilityDigest &&
    instance.availability.document.service === instance.status.service
  );
}

/** What one message changed in the view. */
export type FleetChange =
  /** Something that a person would see; a heartbeat that says the same again is no change. */
  | { readonly type: "cluster"; readonly cluster: string; readonly after: ClusterView }
  | {
      readonly type: "instance";
      readonly key: InstanceKey;
      readonly ref: InstanceRef;
      readonly before: InstanceView | undefined;
      readonly after: InstanceView | undefined;
    }
  /** A heartbeat was accepted, whether or not it says anything new. */
  | {
      readonly type: "heartbeat";
      readonly cluster: string;
      readonly before: ClusterView | undefined;
      readonly after: ClusterView;
      readonly live: boolean;
    }
  /** A heartbeat of an agent that another one, started later, has replaced: ignored. */
  | { readonly type: "staleIncarnation"; readonly cluster: string }
  /** Subjects on which only a cluster that was rebuilt since has spoken; they can go from the stream. */
  | { readonly type: "leftBehind"; readonly cluster: string; readonly subjects: readonly StandingSubject[] };

/** A subject and the sequence of what stands on it. */
export interface StandingSubject {
  readonly subject: string;
  readonly sequence: number;
}
