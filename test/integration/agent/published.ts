/** All that an agent says to others than the service itself: what must not hold a secret, nor let one be guessed. */
import type { ControllerMetrics } from "@portolan/agent/controller";
import type { KubeObject, KubeTransport } from "@portolan/agent/kube";
import { subjects } from "@portolan/shared/wire";
import { createHash } from "node:crypto";
import { pino, type Logger } from "pino";
import type { TestCluster } from "./harness.ts";
import type { ScriptedHub } from "./scripted-hub.ts";

/** Keeps every line. */
export class LogLines {
  readonly lines: string[] = [];
  readonly logger: Logger = pino({ level: "trace" }, { write: (line) => void this.lines.push(line) });
}

/** The timeline of a cluster, as it is published. */
export function followTimeline(hub: ScriptedHub): readonly Uint8Array[] {
  const payloads: Uint8Array[] = [];
  hub.bus.subscribe(subjects.allOfCluster("event", hub.cluster), ({ payload }) => void payloads.push(Uint8Array.from(payload)));
  return payloads;
}

/** What is in the cluster for people and for the fleet: instances, Events, definitions and all that the agent keeps, but its key. */
export async function shownObjects({ kube }: Pick<TestCluster, "kube">): Promise<readonly KubeObject[]> {
  const kinds = [
    ["portolan.dev/v1alpha1", "ServiceInstance"],
    ["portolan.dev/v1alpha1", "ServiceDefinition"],
    ["events.k8s.io/v1", "Event"],
    ["v1", "ConfigMap"],
    ["batch/v1", "Job"],
  ] as const;
  const lists = await Promise.all(kinds.map(async ([apiVersion, kind]) => (await kube.list(apiVersion, kind)).items));
  // What a version consists of holds its secrets rightly.
  return lists.flat().filter(({ metadata }) => metadata.labels?.["applyset.kubernetes.io/part-of"] === undefined);
}

/** What is written for the agent's own purposes: not what a service consists of, nor the key of its digests. */
const ownObjects = /\/(?:serviceinstances|servicedefinitions|events|leases|configmaps\/portolan-|namespaces\/portolan-system\/configmaps)/u;

/** Remembers what an agent writes for itself, also what is overwritten or deleted since: every status, operation records, Events. */
export function recordWrites(transport: KubeTransport): { readonly transport: KubeTransport; readonly writes: readonly string[] } {
  const writes: string[] = [];
  return {
    transport: async (request) => {
      const { body, method, path } = request;
      if (body !== undefined && ownObjects.test(path)) writes.push(`${method} ${path} ${body}`);
      return await transport(request);
    },
    writes,
  };
}

/** Remembers all that is said in metrics: their labels and values. */
export function recordMetrics(): { readonly metrics: ControllerMetrics; readonly said: readonly string[] } {
  const said: string[] = [];
  const say = (...words: readonly unknown[]): void => void said.push(words.join(" "));
  const metrics: ControllerMetrics = {
    queueAdded: say,
    queueRetried: say,
    queueDepth: say,
    queueWaited: say,
    queueWorked: say,
    queueWorks: say,
    maxConcurrentReconciles: say,
    activeWorkers: say,
    reconciled: say,
  };
  return { metrics, said };
}

/** Where an agent says something besides the cluster. */
export interface Outlets {
  readonly logs: LogLines;
  /** Absent for an agent that works alone. */
  readonly hub?: ScriptedHub;
  readonly timeline?: readonly Uint8Array[];
  readonly writes: readonly string[];
  readonly metrics: readonly string[];
}

/** Everything in one text. */
export async function published(
  cluster: Pick<TestCluster, "kube">,
  { logs, hub, timeline = [], writes, metrics }: Outlets,
): Promise<string> {
  const payloads = [...(hub?.payloads.entries() ?? [])].map(([subject, payload]) => `${subject} ${Buffer.from(payload).toString("utf8")}`);
  return [
    ...logs.lines,
    ...(await shownObjects(cluster)).map((object) => JSON.stringify(object)),
    ...payloads,
    ...timeline.map((payload) => Buffer.from(payload).toString("utf8")),
    ...writes,
    ...metrics,
  ].join("\n");
}

const shortestDigest = 16;

/** The words of a text that could be digests, by their beginnings: digests are cut. */
export function digestsIn(text: string): ReadonlySet<string> {
  const hex = [...text.matchAll(/[0-9a-f]{16,}/gu)];
  const base64 = [...text.matchAll(/[\w+/-]{16,}/gu)];
  return new Set([...hex, ...base64].map(([word]) => word.slice(0, shortestDigest)));
}

/** The candidates of which a digest stands among the digests: of each text that a candidate may have been hashed in. */
export function guess(
  digests: ReadonlySet<string>,
  candidates: readonly string[],
  textsWith: (candidate: string) => readonly string[],
): readonly string[] {
  return candidates.filter((candidate) => textsWith(candidate).some((text) => digestsOf(text).some((digest) => digests.has(digest))));
}

function digestsOf(text: string): readonly string[] {
  return ["sha256", "sha1", "md5"].flatMap((algorithm) => {
    const digest = createHash(algorithm).update(text).digest();
    return [digest.toString("hex"), digest.toString("base64"), digest.toString("base64url")].map((form) => form.slice(0, shortestDigest));
  });
}
