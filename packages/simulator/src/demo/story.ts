/** What the demo shows, in order. Everything goes over the hub's API, as a person's commands would. */
import { serializeCatalog } from "@portolan/shared/catalog";
import { certificates, clusters, identity, newest, regret } from "./cast.ts";
import type { HubClient, HubEvent, HubInstance, HubRollout } from "./hub-client.ts";
import type { Narrator } from "./narrator/narrator.ts";
import { clusterResults, rolloutResult, type ClusterResult, type FinishedRollout, type RolloutResult } from "./record.ts";
import { catalogFolders, DemoError, readCatalog } from "./world.ts";

export interface DemoResult {
  readonly clusters: readonly ClusterResult[];
  readonly rollouts: readonly RolloutResult[];
  /** From the start of the program to the first view of all clusters. */
  readonly firstViewMs: number;
  /** From publishing the newer catalog until every status showed its versions. */
  readonly catalogVisibleMs: number;
  readonly arrived: boolean;
}

const patienceMs = 60_000;

/** Follows the fleet and lets others wait for what it becomes. */
export class Audience {
  readonly #instances = new Map<string, HubInstance>();
  readonly #rollouts = new Map<string, HubRollout>();
  readonly #narrator: Narrator;
  readonly events: HubEvent[] = [];
  #waiting: (() => void)[] = [];

  constructor(narrator: Narrator) {
    this.#narrator = narrator;
  }

  get instances(): readonly HubInstance[] {
    return [...this.#instances.values()];
  }

  /** Reads the stream of changes until it ends. */
  async follow(hub: HubClient): Promise<void> {
    for await (const message of hub.watch()) {
      if (message.kind === "instance") this.#instances.set(`${message.instance.cluster}/${message.instance.name}`, message.instance);
      else if (message.kind === "rollout") this.#rollouts.set(message.rollout.name, message.rollout);
      else {
        this.events.push(message.event);
        this.#narrator.happened(message.event);
      }
      this.#narrator.fleet(this.instances);
      const waiting = this.#waiting;
      this.#waiting = [];
      for (const wake of waiting) wake();
    }
  }

  /** Resolves when a condition over the fleet holds. Rejects, naming it, when that takes too long. */
  async until(what: string, condition: () => boolean): Promise<void> {
    const deadline = Date.now() + patienceMs;
    while (!condition()) {
      const left = deadline - Date.now();
      if (left <= 0) throw new DemoError(`expected within ${patienceMs / 1000} s: ${what}`);
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      // Nobody waits any more when the story was interrupted.
      const timer = setTimeout(resolve, left).unref();
      await promise;
      clearTimeout(timer);
    }
  }

  rollout(name: string): HubRollout | undefined {
    return this.#rollouts.get(name);
  }
}

export async function tell(hub: HubClient, audience: Audience, narrator: Narrator, startedAt: number): Promise<DemoResult> {
  narrator.chapter("1  Five clusters report themselves");
  narrator.focus(certificates.service, undefined);
  await audience.until("every cluster reports both services", () => audience.instances.length === clusters.length * 2);
  const firstViewMs = Math.round(performance.now() - startedAt);
  narrator.say(
    `${clusters.length} clusters, ${audience.instances.length} instances seen ${(firstViewMs / 1000).toFixed(1)} s after the start`,
  );
  await audience.until("every cluster runs both services", () => audience.instances.every((instance) => instance.ready));
  narrator.say("all of them are installed and ready:");
  for (const { cluster, service, version } of sorted(audience.instances)) {
    narrator.say(`   ${cluster.padEnd(8)} ${service.padEnd(13)} ${version ?? "-"}`);
  }

  narrator.chapter("2  A catalog with newer versions is published");
  const catalogVisibleMs = await publishNewer(hub, audience, narrator);

  const finished: FinishedRollout[] = [];
  narrator.chapter(`3  The fleet goes to ${certificates.service} ${newest.certificates}, every cluster by its own steps`);
  finished.push(
    await move(hub, audience, narrator, {
      action: "upgrade",
      service: certificates.service,
      version: newest.certificates,
      reason: "demo: newest certificates",
    }),
  );

  narrator.chapter(`4  The fleet goes to ${identity.service} ${newest.identity}: backup before, schema after`);
  finished.push(
    await move(hub, audience, narrator, {
      action: "upgrade",
      service: identity.service,
      version: newest.identity,
      reason: "demo: newest identity",
    }),
  );

  narrator.chapter(`5  One cluster goes back: ${regret.cluster} to ${identity.service} ${regret.version}`);
  finished.push(
    await move(hub, audience, narrator, {
      action: "downgrade",
      service: identity.service,
      version: regret.version,
      clusters: [regret.cluster],
      reason: "demo: a change of mind",
    }),
  );

  const results = clusterResults(
    clusters.map((cluster) => cluster.name),
    finished,
  );
  const arrived =
    finished.every(({ rollout }) => rollout.phase === "Succeeded") && results.every((cluster) => cluster.result === "Succeeded");
  return { clusters: results, rollouts: finished.map(rolloutResult), firstViewMs, catalogVisibleMs, arrived };
}

async function publishNewer(hub: HubClient, audience: Audience, narrator: Narrator): Promise<number> {
  const catalog: unknown = JSON.parse(new TextDecoder().decode(serializeCatalog(await readCatalog(catalogFolders.newer))));
  const publishedAt = performance.now();
  const before = new Map(audience.instances.map((instance) => [key(instance), instance.availability?.available ?? 0]));
  await hub.publishCatalog("newer", catalog);
  await audience.until("every status shows newer versions", () =>
    audience.instances.every((instance) => (instance.availability?.available ?? 0) > (before.get(key(instance)) ?? 0)),
  );
  const ms = Math.round(performance.now() - publishedAt);
  narrator.say(`every status shows the new versions after ${ms} ms; steps to ${certificates.service} ${newest.certificates}:`);
  for (const [cluster, steps] of [...(await hub.steps(certificates.service, newest.certificates))].toSorted(([a], [b]) =>
    a < b ? -1 : 1,
  )) {
    narrator.say(`   ${cluster.padEnd(8)} ${steps} ${steps === 1 ? "hop" : "hops"}`);
  }
  return ms;
}

interface Move {
  readonly action: "upgrade" | "downgrade";
  readonly service: string;
  readonly version: string;
  readonly clusters?: readonly string[];
  readonly reason: string;
}

const maxConcurrent = 3;

async function move(
  hub: HubClient,
  audience: Audience,
  narrator: Narrator,
  { action, service, version, clusters: names, reason }: Move,
): Promise<FinishedRollout> {
  narrator.focus(service, names === undefined ? version : undefined);
  const startedAt = performance.now();
  const seen = audience.events.length;
  const name = `${service}-${version}`.replaceAll(".", "-");
  const spec = {
    action,
    service,
    version,
    waves: [{ maxConcurrent }],
    ...(names === undefined ? {} : { selector: { clusters: names } }),
  };
  await hub.applyRollout(name, spec, reason);
  await audience.until(`the agents have said what ${name} would do`, () => audience.rollout(name)?.checkHash !== undefined);
  await hub.startRollout(name, audience.rollout(name)?.checkHash ?? "");
  narrator.say(`the rollout ${name} has started, ${maxConcurrent} clusters at a time`);
  await audience.until(`the rollout ${name} ends`, () => hasEnded(audience.rollout(name)));
  const rollout = audience.rollout(name) ?? { name, phase: "Unknown" };
  const ms = Math.round(performance.now() - startedAt);
  const events = (): readonly HubEvent[] => audience.events.slice(seen).filter((event) => event.service === service);
  const expected = (rollout.targets ?? []).filter((target) => target.state === "Succeeded").length;
  // The timeline comes by another stream than the state, and may be a moment later.
  await audience.until(
    "the timeline is complete",
    () => events().filter((event) => event.type === "OperationSucceeded").length >= expected,
  );
  narrator.say(`${rollout.phase} after ${(ms / 1000).toFixed(1)} s`);
  for (const target of rollout.targets ?? []) {
    if (target.state !== "Succeeded")
      narrator.say(`   ${target.cluster}: ${target.state} ${target.reasons.map((each) => each.message).join("; ")}`);
  }
  return { service, version, ...(names === undefined ? {} : { clusters: names }), rollout, ms, events: events() };
}

/** Nobody is there to let it go on: paused is as bad as failed. */
function hasEnded(rollout: HubRollout | undefined): boolean {
  return rollout?.finishedAt !== undefined || rollout?.phase === "Paused";
}

function key({ cluster, name }: HubInstance): string {
  return `${cluster}/${name}`;
}

function sorted(instances: readonly HubInstance[]): readonly HubInstance[] {
  return instances.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}
