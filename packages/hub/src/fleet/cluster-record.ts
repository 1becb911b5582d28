import { isDeepStrictEqual } from "node:util";
import type { Heartbeat, InstanceStatus } from "@portolan/shared/wire";
import { SkewEstimate } from "../clocks/mod.ts";
import { connectivityAt, plausibleIntervalMs } from "./connectivity.ts";
import { incarnationKey, type Arrival, type FleetMessage, type IncarnationKey, type SubjectContent } from "./messages.ts";
import {
  instanceKey,
  type ClusterView,
  type FleetChange,
  type InstanceKey,
  type InstanceRef,
  type InstanceView,
  type StandingSubject,
} from "./model.ts";
import { SubjectTable } from "./subject-table.ts";

type SubjectMessage = Extract<FleetMessage, { type: "subject" }>;
type InstanceContent = Extract<SubjectContent, { type: "status" | "availability" }>;

interface Held {
  readonly content: InstanceContent;
  readonly incarnation: IncarnationKey;
  readonly digest: string;
}

/**
 * Everything of one cluster: what stands on its subjects, and the view made of what is usable and of the current incarnation.
 *
 * The newest heartbeat decides which incarnation is current. Content of another one waits: a rebuilt cluster may report before its
 * first heartbeat. When the heartbeat comes, all that the old cluster said goes, and what waits for the new one comes in.
 */
export class ClusterRecord {
  readonly name: string;
  readonly table = new SubjectTable();
  readonly instances = new Map<InstanceKey, InstanceView>();
  /** Content of the current incarnation, by subject. */
  readonly #current = new Map<string, Held>();
  /** Content of other incarnations, by subject. */
  readonly #waiting = new Map<string, Held>();
  /** Subjects on which the cluster before has said last that something is gone: that proves nothing until the digests agree. */
  readonly #overtaken = new Set<string>();
  /** Availability that came before the instance's first status. */
  readonly #unplaced = new Map<InstanceKey, InstanceView["availability"]>();
  #incarnation: IncarnationKey | undefined;
  #view: ClusterView | undefined;
  #skew = new SkewEstimate();

  constructor(name: string) {
    this.name = name;
  }

  /** Undefined until the first heartbeat: a cluster is known by its heartbeats. */
  get view(): ClusterView | undefined {
    return this.#view;
  }

  take(message: SubjectMessage, nowMs: number): FleetChange[] {
    const { subject, content } = message;
    if (content.type === "gone") {
      this.table.remove(subject);
      // Whoever says so: what waits does not stand there any more, and no digest would tell.
      this.#waiting.delete(subject);
      if (incarnationKey(content.incarnation) !== this.#incarnation) {
        this.#overtaken.add(subject);
        return [];
      }
      return this.#remove(subject);
    }
    const digest = this.table.put(subject, message.payload, message.sequence);
    if (content.type === "unusable") {
      return [];
    }
    const held: Held = { content, incarnation: incarnationKey(content.incarnation), digest };
    if (held.incarnation !== this.#incarnation) {
      this.#waiting.set(subject, held);
      return [];
    }
    if (this.#current.get(subject)?.digest === digest) {
      return [];
    }
    return this.#put(subject, held, nowMs);
  }

  beat(heartbeat: Heartbeat, arrival: Arrival, listeningSinceMs: number): FleetChange[] {
    const incarnation = incarnationKey(heartbeat.incarnation);
    const before = this.#view;
    const changes: FleetChange[] = [];
    if (incarnation !== this.#incarnation) {
      // By two agents' clocks, which may differ: at worst the newer one waits until the older one is silent.
      if (before !== undefined && before.connectivity === "Online" && heartbeat.startedAtUnixMs <= before.heartbeat.startedAtUnixMs) {
        return [{ type: "staleIncarnation", cluster: this.name }];
      }
      changes.push(...this.#becomeIncarnation(incarnation, arrival.nowMs));
      this.#skew = new SkewEstimate();
    }
    this.#view = this.#viewOf(heartbeat, arrival, listeningSinceMs);
    if (this.#view.inSync) {
      changes.push(...this.#dropOvertaken());
    }
    if (before === undefined || !saysTheSame(before, this.#view)) {
      changes.push({ type: "cluster", cluster: this.name, after: this.#view });
    }
    changes.push({ type: "heartbeat", cluster: this.name, before, after: this.#view, live: arrival.live });
    return changes;
  }

  /** Online or offline may have changed by time alone. */
  tick(nowMs: number, listeningSinceMs: number): FleetChange[] {
    const before = this.#view;
    if (before === undefined) {
      return [];
    }
    const sign = { lastSeenAtMs: before.lastSeenAtMs, intervalMs: before.intervalMs, listeningSinceMs };
    // Only a heartbeat makes a cluster online again.
    if (before.connectivity === "Offline" || connectivityAt(sign, nowMs) === "Online") {
      return [];
    }
    this.#view = { ...before, connectivity: "Offline" };
    return [{ type: "cluster", cluster: this.name, after: this.#view }];
  }

  /** Forgets subjects that the agent no longer keeps. */
  drop(subjects: readonly string[]): FleetChange[] {
    return subjects.flatMap((subject) => {
      this.table.remove(subject);
      this.#waiting.delete(subject);
      return this.#remove(subject);
    });
  }

  #viewOf(heartbeat: Heartbeat, { nowMs, storedAtMs, live }: Arrival, listeningSinceMs: number): ClusterView {
    const before = this.#view;
    const replayed = before !== undefined && isSameBeat(before.heartbeat, heartbeat) ? before : undefined;
    const arrivedAtMs = live ? nowMs : Math.min(nowMs, storedAtMs);
    const lastSeenAtMs = replayed?.lastSeenAtMs ?? arrivedAtMs;
    const intervalMs = plausibleIntervalMs(heartbeat.intervalMs);
    const sign = { lastSeenAtMs, intervalMs, listeningSinceMs: before === undefined ? lastSeenAtMs : listeningSinceMs };
    const sameIncarnation = before !== undefined && incarnationKey(before.heartbeat.incarnation) === this.#incarnation;
    const intents = heartbeat.intents.map((state) => {
      const known = sameIncarnation ? before.intents.get(state.id) : undefined;
      const observed = known !== undefined && isDeepStrictEqual(known.state, state) ? known : { state, changedAtMs: nowMs };
      return [state.id, observed] as const;
    });
    return {
      name: this.name,
      heartbeat,
      lastSeenAtMs,
      clockSkewMs: this.#skew.take(heartbeat.sentAtUnixMs - storedAtMs),
      intervalMs,
      connectivity: replayed?.connectivity ?? connectivityAt(sign, nowMs),
      intents: new Map(intents),
      inSync: this.table.size === heartbeat.reportsCount && this.table.digest === heartbeat.reportsDigest,
    };
  }

  #becomeIncarnation(incarnation: IncarnationKey, nowMs: number): FleetChange[] {
    const left: StandingSubject[] = [];
    const changes: FleetChange[] = [];
    for (const subject of this.#current.keys()) {
      const standing = this.table.standing.get(subject);
      if (standing !== undefined && !this.#waiting.has(subject)) {
        left.push({ subject, sequence: standing.sequence });
        this.table.remove(subject);
      }
      changes.push(...this.#remove(subject));
    }
    this.#unplaced.clear();
    this.#incarnation = incarnation;
    for (const [subject, held] of this.#waiting) {
      if (held.incarnation === incarnation) {
        this.#waiting.delete(subject);
        changes.push(...this.#put(subject, held, nowMs));
      }
    }
    if (left.length > 0) {
      changes.push({ type: "leftBehind", cluster: this.name, subjects: left });
    }
    return changes;
  }

  /** What does not stand there, and is not missed either, is gone. */
  #dropOvertaken(): FleetChange[] {
    const gone = [...this.#overtaken].filter((subject) => !this.table.standing.has(subject));
    this.#overtaken.clear();
    return gone.flatMap((subject) => this.#remove(subject));
  }

  #put(subject: string, held: Held, nowMs: number): FleetChange[] {
    this.#current.set(subject, held);
    const { content } = held;
    const key = instanceKey(content.ref);
    const before = this.instances.get(key);
    if (content.type === "availability") {
      if (before === undefined) {
        this.#unplaced.set(key, content.availability);
        return [];
      }
      return this.#change(content.ref, { ...before, availability: content.availability });
    }
    const availability = before?.availability ?? this.#unplaced.get(key);
    this.#unplaced.delete(key);
    return this.#change(content.ref, {
      ...content.ref,
      status: content.status,
      progressedAtMs: before !== undefined && !hasProgressed(before.status, content.status) ? before.progressedAtMs : nowMs,
      ...(availability === undefined ? {} : { availability }),
    });
  }

  #remove(subject: string): FleetChange[] {
    const held = this.#current.get(subject);
    if (held === undefined) {
      return [];
    }
    this.#current.delete(subject);
    const { ref, type } = held.content;
    const key = instanceKey(ref);
    const before = this.instances.get(key);
    if (before === undefined) {
      this.#unplaced.delete(key);
      return [];
    }
    const { availability, ...withoutAvailability } = before;
    if (type === "availability") {
      return this.#change(ref, withoutAvailability);
    }
    if (availability !== undefined) {
      this.#unplaced.set(key, availability);
    }
    return this.#change(ref, undefined);
  }

  #change(ref: InstanceRef, after: InstanceView | undefined): FleetChange[] {
    const key = instanceKey(ref);
    const before = this.instances.get(key);
    if (after === undefined) {
      this.instances.delete(key);
    } else {
      this.instances.set(key, after);
    }
    return [{ type: "instance", key, ref, before, after }];
  }
}

function isSameBeat(a: Heartbeat, b: Heartbeat): boolean {
  return a.sentAtUnixMs === b.sentAtUnixMs && a.startedAtUnixMs === b.startedAtUnixMs;
}

/** Whether two views differ in nothing but the time and the digests of reports, which change all the time. */
function saysTheSame(a: ClusterView, b: ClusterView): boolean {
  return (
    a.connectivity === b.connectivity && a.clockSkewMs === b.clockSkewMs && isDeepStrictEqual(lasting(a.heartbeat), lasting(b.heartbeat))
  );
}

function lasting(heartbeat: Heartbeat): object {
  const { sentAtUnixMs: _sentAt, reportsDigest: _digest, reportsCount: _count, ...rest } = heartbeat;
  return rest;
}

/** An attempt at the same action is no progress: an operation that retries for ever must run into its deadline. */
function hasProgressed(before: InstanceStatus, after: InstanceStatus): boolean {
  return (
    before.phase !== after.phase ||
    before.version !== after.version ||
    before.targetVersion !== after.targetVersion ||
    before.observedGeneration !== after.observedGeneration ||
    before.operation?.id !== after.operation?.id ||
    before.operation?.step !== after.operation?.step ||
    before.operation?.action !== after.operation?.action
  );
}
