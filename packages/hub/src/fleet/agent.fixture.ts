import { createHash } from "node:crypto";
import {
  encodeAvailabilityDocument,
  encodeAvailabilityReport,
  encodeHeartbeat,
  encodeInstanceReport,
  SubjectDigests,
  subjects,
  type AvailabilityDocument,
  type Heartbeat,
  type Incarnation,
  type InstanceStatus,
} from "@portolan/shared/wire";
import type { RawMessage } from "./read-message.ts";

/** What an agent puts on the wire, without a wire: for tests of the view. */
export class AgentFixture {
  readonly cluster: string;
  readonly incarnation: Incarnation;
  readonly startedAtUnixMs: number;
  readonly last = new Map<string, Uint8Array>();
  readonly #digests = new SubjectDigests();

  constructor(cluster: string, clusterUid = "uid-1", startedAtUnixMs = 1_000) {
    this.cluster = cluster;
    this.incarnation = { clusterUid, registrationId: "" };
    this.startedAtUnixMs = startedAtUnixMs;
  }

  report(name: string, changes: Partial<InstanceStatus> = {}): RawMessage {
    const content = { type: "status", status: statusFixture(changes) } as const;
    return this.#keep(subjects.report(this.cluster, "default", name), encodeInstanceReport({ ...this.#about(name), content }));
  }

  offer(name: string, document: AvailabilityDocument): RawMessage & { readonly digest: string } {
    const bytes = encodeAvailabilityDocument(document);
    const message = this.#keep(
      subjects.availability(this.cluster, "default", name),
      encodeAvailabilityReport({ ...this.#about(name), document: bytes }),
    );
    return { ...message, digest: createHash("sha256").update(bytes).digest("hex") };
  }

  remove(name: string): RawMessage[] {
    const content = { type: "tombstone", uid: "gone" } as const;
    return [
      this.#forget(subjects.report(this.cluster, "default", name), encodeInstanceReport({ ...this.#about(name), content })),
      this.#forget(subjects.availability(this.cluster, "default", name), encodeAvailabilityReport(this.#about(name))),
    ];
  }

  heartbeat(changes: Partial<Heartbeat> = {}): RawMessage {
    return {
      subject: subjects.heartbeat(this.cluster),
      payload: encodeHeartbeat({
        cluster: this.cluster,
        incarnation: this.incarnation,
        agentVersion: "1.0.0",
        sentAtUnixMs: this.startedAtUnixMs,
        startedAtUnixMs: this.startedAtUnixMs,
        intervalMs: 3_000,
        reportsDigest: this.#digests.hex,
        reportsCount: this.#digests.count,
        intentRevision: 0,
        intents: [],
        catalogProblems: [],
        ...changes,
      }),
      sequence: 1,
    };
  }

  /** The list behind the digest. */
  listed(): Map<string, string> {
    return new Map(this.#digests.entries().map(({ subject, digest }) => [subject, digest]));
  }

  /** A last value, published again. */
  again(subject: string): RawMessage {
    return { subject, payload: this.last.get(subject) ?? new Uint8Array(), sequence: 1 };
  }

  #about(name: string) {
    return { cluster: this.cluster, incarnation: this.incarnation, namespace: "default", name };
  }

  #keep(subject: string, payload: Uint8Array): RawMessage {
    this.last.set(subject, payload);
    this.#digests.set(subject, payload);
    return { subject, payload, sequence: 1 };
  }

  #forget(subject: string, payload: Uint8Array): RawMessage {
    this.last.delete(subject);
    this.#digests.delete(subject);
    return { subject, payload, sequence: 1 };
  }
}

/** A status of a healthy instance, with what a test wants to be different. */
export function statusFixture(changes: Partial<InstanceStatus> = {}): InstanceStatus {
  return {
    uid: "uid",
    service: "cert-manager",
    generation: 1,
    observedGeneration: 1,
    phase: "Ready",
    version: "1.0.0",
    targetVersion: "1.0.0",
    ready: true,
    labels: {},
    ignoresFleet: false,
    changedAtUnixMs: 1,
    ...changes,
  };
}

/** A document that offers versions in one step each. */
export function documentFixture(
  from: string,
  available: readonly string[],
  unavailable: readonly string[] = [],
  service = "cert-manager",
): AvailabilityDocument {
  return {
    service,
    from,
    available: available.map((version) => ({
      version,
      steps: [{ from, to: version, upgrader: "any", direction: "upgrade", disruptive: false, irreversible: false, digest: "d" }],
      cost: 1,
      risks: [],
      planHash: `${from}-${version}`,
    })),
    unavailable: unavailable.map((version) => ({ version, reasons: [{ code: "NoRoute", message: "no way" }] })),
    totalAvailable: available.length,
    totalUnavailable: unavailable.length,
  };
}
