/** What the demo shows, in order. Everything goes over the hub's API, as a person's commands would. */
import { serializeCatalog } from "@portolan/shared/catalog";
import { certificates, clusters, identity, newest, regret } from "./cast.ts";
import type { HubClient, HubEvent, HubInstance, HubUpgrade } from "./hub-client.ts";
import type { Narrator } from "./narrator/narrator.ts";
import { clusterResults, upgradeResult, type ClusterResult, type FinishedUpgrade, type UpgradeResult } from "./record.ts";
import { catalogFolders, DemoError, readCatalog } from "./world.ts";

export interface DemoResult {
  readonly clusters: readonly ClusterResult[];
  readonly upgrades: readonly UpgradeResult[];
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
  readonly #upgrades = new Map<string, HubUpgrade>();
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
      else if (message.kind === "upgrade") this.#upgrades.set(message.upgrade.id, message.upgrade);
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

  state(id: string): HubUpgrade["state"] | undefined {
    return this.#upgrades.get(id)?.state;
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

  const finished: FinishedUpgrade[] = [];
  narrator.chapter(`3  The fleet goes to ${certificates.service} ${newest.certificates}, every cluster by its own steps`);
  finished.push(
    await move(hub, audience, narrator, {
      service: certificates.service,
      version: newest.certificates,
      reason: "demo: newest certificates",
    }),
  );

  narrator.chapter(`4  The fleet goes to ${identity.service} ${newest.identity}: backup before, schema after`);
  finished.push(
    await move(hub, audience, narrator, { service: identity.service, version: newest.identity, reason: "demo: newest identity" }),
  );

  narrator.chapter(`5  One cluster goes back: ${regret.cluster} to ${identity.service} ${regret.version}`);
  finished.push(
    await move(hub, audience, narrator, {
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
    finished.every(({ upgrade }) => upgrade.state === "Succeeded") && results.every((cluster) => cluster.result === "Succeeded");
  return { clusters: results, upgrades: finished.map(upgradeResult), firstViewMs, catalogVisibleMs, arrived };
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
  { service, version, clusters: names, reason }: Move,
): Promise<FinishedUpgrade> {
  narrator.focus(service, names === undefined ? version : undefined);
  const startedAt = performance.now();
  const seen = audience.events.length;
  const { id } = await hub.startUpgrade({
    service,
    version,
    maxConcurrent,
    reason,
    ...(names === undefined ? {} : { selector: { clusters: names } }),
  });
  narrator.say(`upgrade ${id} has started, ${maxConcurrent} clusters at a time`);
  await audience.until(`the upgrade ${id} ends`, () => !["Running", "Aborting", undefined].includes(audience.state(id)));
  const upgrade = await hub.upgrade(id);
  const ms = Math.round(performance.now() - startedAt);
  const events = (): readonly HubEvent[] => audience.events.slice(seen).filter((event) => event.service === service);
  const expected = (upgrade.targets ?? []).filter((target) => target.state === "Succeeded").length;
  // The timeline comes by another stream than the state, and may be a moment later.
  await audience.until(
    "the timeline is complete",
    () => events().filter((event) => event.type === "OperationSucceeded").length >= expected,
  );
  narrator.say(`${upgrade.state} after ${(ms / 1000).toFixed(1)} s`);
  for (const target of upgrade.targets ?? []) {
    if (target.state !== "Succeeded")
      narrator.say(`   ${target.cluster}: ${target.state} ${target.reasons.map((each) => each.message).join("; ")}`);
  }
  return { service, version, ...(names === undefined ? {} : { clusters: names }), upgrade, ms, events: events() };
}

function key({ cluster, name }: HubInstance): string {
  return `${cluster}/${name}`;
}

function sorted(instances: readonly HubInstance[]): readonly HubInstance[] {
  return instances.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}
