import type { Arrival, FleetMessage } from "./messages.ts";
import type { ClusterView, FleetChange, InstanceKey, InstanceView } from "./model.ts";
import { ClusterRecord } from "./cluster-record.ts";
import type { StandingPayload } from "./subject-table.ts";

/** What of the fleet decisions are made from. */
export interface FleetReader {
  cluster(name: string): ClusterView | undefined;
  clusters(): Iterable<ClusterView>;
  instance(key: InstanceKey): InstanceView | undefined;
  instances(): Iterable<InstanceView>;
  instancesOf(cluster: string): Iterable<InstanceView>;
}

/**
 * The fleet as the agents report it: a reducer over the messages of the report stream. No clock, no I/O: the same messages give the
 * same view, and every method returns what it changed.
 */
export class Fleet implements FleetReader {
  readonly #records = new Map<string, ClusterRecord>();
  #listeningSinceMs = 0;

  /** From now on messages arrive: clusters that were online get their full time to be heard again. */
  listen(nowMs: number): void {
    this.#listeningSinceMs = nowMs;
  }

  apply(message: FleetMessage, arrival: Arrival): FleetChange[] {
    const record = this.#record(message.cluster);
    return message.type === "heartbeat"
      ? record.beat(message.heartbeat, arrival, this.#listeningSinceMs)
      : record.take(message, arrival.nowMs);
  }

  /** Finds clusters that have become offline. */
  tick(nowMs: number): FleetChange[] {
    return [...this.#records.values()].flatMap((record) => record.tick(nowMs, this.#listeningSinceMs));
  }

  /** Forgets subjects of a cluster that its agent no longer keeps. */
  drop(cluster: string, subjects: readonly string[]): FleetChange[] {
    return this.#records.get(cluster)?.drop(subjects) ?? [];
  }

  /** What stands on the subjects of a cluster, and how many messages it took so far. */
  standing(cluster: string): { readonly subjects: ReadonlyMap<string, StandingPayload>; readonly arrivals: number } {
    const table = this.#records.get(cluster)?.table;
    return { subjects: table?.standing ?? new Map<string, StandingPayload>(), arrivals: table?.arrivals ?? 0 };
  }

  cluster(name: string): ClusterView | undefined {
    return this.#records.get(name)?.view;
  }

  *clusters(): Iterable<ClusterView> {
    for (const { view } of this.#records.values()) {
      if (view !== undefined) {
        yield view;
      }
    }
  }

  instance(key: InstanceKey): InstanceView | undefined {
    const cluster = key.slice(0, key.indexOf("/"));
    return this.#records.get(cluster)?.instances.get(key);
  }

  *instances(): Iterable<InstanceView> {
    for (const record of this.#records.values()) {
      yield* record.instances.values();
    }
  }

  *instancesOf(cluster: string): Iterable<InstanceView> {
    yield* this.#records.get(cluster)?.instances.values() ?? [];
  }

  #record(cluster: string): ClusterRecord {
    let record = this.#records.get(cluster);
    if (record === undefined) {
      record = new ClusterRecord(cluster);
      this.#records.set(cluster, record);
    }
    return record;
  }
}
