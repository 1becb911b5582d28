import type { KubeObject } from "@portolan/agent/kube";
import { decodeEnvelope, decodeIntentDocument, subjects } from "@portolan/shared/wire";
import { setTimeout as sleep } from "node:timers/promises";
import { startRollout, Watcher } from "./fleet/hub.ts";
import { markStatus, probe, probeRef } from "./fleet/probe.ts";
import { startRealFleet, type RealFleet, type RealMember } from "./fleet/real-fleet.ts";
import { summarize, thisMachine, type BenchResult } from "./harness/result.ts";

const CLUSTERS = 3;
const WARM_UP = 20;
const REPETITIONS = 150;
/** Of each of two kinds; no more than there are clusters. */
const OUTAGES = 2;
const OUTAGE_MS = 60_000;

interface Round {
  /** The intent document is signed and published → `spec.version` has changed in the member. */
  readonly intent: number;
  /** The command is sent to the hub → `spec.version` has changed in the member. */
  readonly command: number;
  /** The status is patched in the member → event at a client of `/v1/watch`. */
  readonly status: number;
  /** An object is patched → seen in a watch on the same API server. */
  readonly floor: number;
}

/**
 * A hub and three real API servers with an agent's process each, everything on one machine. All times are taken in this process, from just before the request that makes a change to the moment its effect
 * is heard, so both ends of every path are read off one clock. The floor is taken the same way, without us.
 */
export async function run(): Promise<BenchResult> {
  const fleet = await startRealFleet(CLUSTERS);
  try {
    const rounds = await measureRounds(fleet);
    const seen = await measureMissedChanges(fleet);
    const commanded = await measureFirstCommands(fleet);
    const of = (name: keyof Round): readonly number[] => rounds.map((round) => round[name]);
    return {
      bench: "real-latency",
      params: { clusters: CLUSTERS, repetitions: REPETITIONS, warmUp: WARM_UP, outages: OUTAGES, outageSeconds: OUTAGE_MS / 1000 },
      machine: thisMachine(),
      metrics: {
        "floor: patch → own watch": summarize(of("floor"), "ms"),
        "intent published → spec.version changed, p50": summarize(of("intent"), "ms", { atMost: 15 }, "median"),
        "intent published → spec.version changed, p99": summarize(of("intent"), "ms", { atMost: 40 }, "p99"),
        "command sent → spec.version changed": summarize(of("command"), "ms"),
        "status changed → event at /v1/watch, p50": summarize(of("status"), "ms", { atMost: 15 }, "median"),
        "status changed → event at /v1/watch, p99": summarize(of("status"), "ms", { atMost: 30 }, "p99"),
        "hub started after an outage → ready": summarize(
          [...seen, ...commanded].map(({ ready }) => ready),
          "ms",
        ),
        "hub ready after an outage → change made meanwhile seen": summarize(
          seen.map(({ effect, ready }) => effect - ready),
          "ms",
        ),
        "hub started after an outage → change made meanwhile seen": summarize(
          seen.map(({ effect }) => effect),
          "ms",
          { atMost: 1_000 },
          "max",
        ),
        "hub ready after an outage → first command has arrived": summarize(
          commanded.map(({ effect, ready }) => effect - ready),
          "ms",
        ),
        "hub started after an outage → first command has arrived": summarize(
          commanded.map(({ effect }) => effect),
          "ms",
          { atMost: 1_000 },
          "max",
        ),
      },
    };
  } finally {
    await fleet.stop();
  }
}

async function measureRounds(fleet: RealFleet): Promise<readonly Round[]> {
  const rounds: Round[] = [];
  const watcher = new Watcher();
  await watcher.open(fleet.hub.url);
  for (let index = 0; index < WARM_UP + REPETITIONS; index++) {
    const member = fleet.members[index % CLUSTERS];
    if (member === undefined) throw new RangeError("the fleet is empty");
    const { intent, command } = await move(fleet, watcher, member);
    const round = {
      intent,
      command,
      status: await mark(watcher, member, `mark-${index}`),
      floor: await floor(member, index),
    };
    if (index >= WARM_UP) rounds.push(round);
  }
  watcher.end();
  return rounds;
}

interface Move extends Pick<Round, "intent" | "command"> {
  /** When `spec.version` had changed. */
  readonly changedAt: number;
}

/** Moves the probe of one cluster to its other version and waits until the hub knows that it has arrived. */
async function move({ hub, bus }: RealFleet, watcher: Watcher, member: RealMember): Promise<Move> {
  const version = versionOf(await member.kube.get(probeRef)) === "1.0.0" ? "2.0.0" : "1.0.0";
  const { promise: published, resolve } = Promise.withResolvers<number>();
  const subscription = bus.subscribe(subjects.intent(member.name), ({ payload }) => resolve(signedAt(payload)));
  await bus.roundTripMs();
  const changed = member.heard((object) => object.kind === probeRef.kind && versionOf(object) === version);
  let name: string | undefined;
  const ended: string[] = [];
  const done = watcher.next(({ kind, data }) => {
    if (kind === "rollout" && data.phase === "Succeeded" && data.name !== undefined) ended.push(data.name);
    return name !== undefined && ended.includes(name);
  });
  const sentAt = performance.now();
  const action = version === "2.0.0" ? "upgrade" : "downgrade";
  name = await startRollout(hub.url, { clusters: [member.name], action, service: probe.service, version });
  const [publishedAt, changedAt] = await Promise.all([published, changed]);
  subscription.unsubscribe();
  // The state may have been told before the answer with the id was read.
  if (!ended.includes(name)) await done;
  return { intent: changedAt - publishedAt, command: changedAt - sentAt, changedAt };
}

async function mark(watcher: Watcher, { name, kube, heard }: RealMember, message: string): Promise<number> {
  const seen = watcher.next(({ kind, data }) => kind === "instance" && data.cluster === name && data.message === message);
  const startedAt = performance.now();
  await markStatus(kube, message);
  const ms = (await seen) - startedAt;
  // The agent puts its own message back; only then the next one starts.
  const says = (object: KubeObject | undefined): boolean => JSON.stringify(object?.["status"]).includes(message);
  const restored = heard((object) => object.kind === probeRef.kind && !says(object));
  if (says(await kube.get(probeRef))) await restored;
  return ms;
}

async function floor({ kube, heard }: RealMember, index: number): Promise<number> {
  const data = { index: String(index) };
  const seen = heard((object) => object.kind === "ConfigMap" && object.metadata.name === "floor" && indexOf(object) === data.index);
  const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: probeRef.namespace, name: "floor" };
  if ((await kube.get(ref)) === undefined)
    await kube.create({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: ref.name, namespace: ref.namespace }, data: {} });
  const startedAt = performance.now();
  await kube.patch(ref, { type: "merge", patch: { data } });
  return (await seen) - startedAt;
}

/** Milliseconds since the hub was started again. */
interface Return {
  readonly ready: number;
  readonly effect: number;
}

/** The hub is killed, and started again after a minute. Gives when it was started and when it was ready. */
async function outage(
  { hub }: RealFleet,
  meanwhile: () => Promise<unknown> = async () => {},
): Promise<{ readonly startedAt: number; readonly ready: number }> {
  await hub.process.kill();
  await sleep(OUTAGE_MS / 2);
  await meanwhile();
  await sleep(OUTAGE_MS / 2);
  const startedAt = performance.now();
  await hub.process.start();
  return { startedAt, ready: performance.now() - startedAt };
}

/** A label is changed in a member while the hub is away. */
async function measureMissedChanges(fleet: RealFleet): Promise<readonly Return[]> {
  const returns: Return[] = [];
  for (const [index, { name, kube }] of fleet.members.slice(0, OUTAGES).entries()) {
    const label = `outage-${index}`;
    const { startedAt, ready } = await outage(
      fleet,
      async () => await kube.patch(probeRef, { type: "merge", patch: { metadata: { labels: { outage: label } } } }),
    );
    const watcher = new Watcher();
    const seen = watcher.next(({ kind, data }) => kind === "instance" && data.cluster === name && data.labels?.["outage"] === label);
    await watcher.open(fleet.hub.url);
    returns.push({ ready, effect: (await seen) - startedAt });
    watcher.end();
  }
  return returns;
}

/** Nothing happens while the hub is away; the first that it does afterwards is a command. */
async function measureFirstCommands(fleet: RealFleet): Promise<readonly Return[]> {
  const returns: Return[] = [];
  for (const member of fleet.members.slice(0, OUTAGES)) {
    const { startedAt, ready } = await outage(fleet);
    const watcher = new Watcher();
    await watcher.open(fleet.hub.url);
    const { changedAt } = await move(fleet, watcher, member);
    returns.push({ ready, effect: changedAt - startedAt });
    watcher.end();
  }
  return returns;
}

/** When a document was signed, just before it was published, on this process's clock: to the millisecond, and rather too early than too late. */
function signedAt(envelope: Uint8Array): number {
  const { payload } = decodeEnvelope(envelope);
  return decodeIntentDocument(payload).value.issuedAtUnixMs - performance.timeOrigin;
}

function indexOf(object: KubeObject): string | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return (object["data"] as { readonly index?: string } | undefined)?.index;
}

function versionOf(object: KubeObject | undefined): string | undefined {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return (object?.["spec"] as { readonly version?: string } | undefined)?.version;
}
