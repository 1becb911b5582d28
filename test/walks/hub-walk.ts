/**
 * Walks a fleet through what people ask of its hub, in calm, and with the hub killed again and again on the way: after each step both must
 * be the same. Each hub reaches NATS by a way of its own, which ends at one of its writes; another hub takes over then.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { startHub, type Hub } from "@portolan/hub/hub";
import { AUDIT_STREAM, connectBus, INTENTS_STREAM, type Bus } from "@portolan/shared/bus";
import { canonicalJson } from "@portolan/shared/json";
import { generateKeyPair, loadSigningKey, pinKeys, verifyEnvelope } from "@portolan/shared/signing";
import { decodeIntentDocument, INTENT_DOCUMENT_TYPE, type IntentDocument } from "@portolan/shared/wire";
import { startNatsServer, type NatsServer } from "@portolan/simulator/nats-server";
import type { Publish } from "../integration/hub/client-messages.ts";
import { FakeAgent, offer, status } from "../integration/hub/fake-agent.ts";
import { TestHub, type Answer } from "../integration/hub/harness.ts";
import { mortalWay, type Fate, type MortalWay } from "./mortal-way.ts";
import { obey } from "../integration/hub/obedient-agent.ts";

const CLUSTERS = ["alpha", "beta"];
const BUCKETS = ["portolan-rollouts", "portolan-clusters", "portolan-catalogs"] as const;
/** A hub has nothing to say any more when it has answered so often in a row without saying anything else. */
const QUIET_ANSWERS = 25;
/** For a step in which the hub dies some fifty times, on a machine that has much else to do. */
const STEP_MS = 90_000;

/** A moment of the walk: what people do, and how they see that it is done. */
export interface Step {
  readonly name: string;
  /** No hub is killed in it. */
  readonly isCalm?: true;
  /** How the clusters are from now on. */
  readonly before?: (walk: HubWalk) => void;
  readonly act: (walk: HubWalk) => Promise<void> | void;
  readonly until: (hub: TestHub) => Promise<boolean>;
}

/** Everything that stands after a step, without what is another in every run: times, ids, revisions. */
export interface Standing {
  /** What the hub's buckets hold. */
  readonly records: readonly string[];
  /** The intent documents in their stream. */
  readonly documents: readonly string[];
  /** What agents were told, in order. */
  readonly told: readonly string[];
  /** What they have begun and come to, as often as they did. */
  readonly acted: readonly string[];
  readonly audit: readonly string[];
}

/** A hub and its way to NATS. */
interface Standby {
  readonly api: TestHub;
  readonly way: MortalWay;
}

export class HubWalk {
  readonly #nats: NatsServer;
  readonly #key = loadSigningKey(generateKeyPair().privateKeyPem);
  readonly #fateOf: (write: string) => Fate;
  readonly #agents: FakeAgent[] = [];
  readonly #hubs: Promise<void>[] = [];
  readonly #records = new Map<string, string>();
  readonly #documents = new Map<string, string>();
  readonly #audit = new Map<string, string>();
  readonly #acted: string[] = [];
  /** By their clusters, agents that carry out nothing, and those that do not come to an end with it. */
  readonly failing = new Set<string>();
  readonly lasting = new Set<string>();
  #bus: Bus | undefined;
  #hub: Promise<Standby> | undefined;
  #requests = 0;
  /** So many writes were tried. */
  #said = 0;
  #isOver = false;
  #step: { readonly index: number; readonly isCalm: boolean } = { index: 0, isCalm: true };
  /** So many hubs were killed. */
  kills = 0;

  private constructor(nats: NatsServer, fateOf: (write: string) => Fate) {
    this.#nats = nats;
    this.#fateOf = fateOf;
  }

  /**
   * @param fateOf what becomes of a write of a hub, which is named by what it says
   * @param instances in each cluster
   */
  static async start(fateOf: (write: string) => Fate, instances = 1): Promise<HubWalk> {
    const walk = new HubWalk(await startNatsServer(), fateOf);
    walk.#takeOver();
    await walk.#standby();
    await walk.#listen();
    for (const cluster of CLUSTERS) await walk.#join(cluster, instances);
    return walk;
  }

  /** Goes through steps; what stood after each. @param expected waits until the same stands */
  async walk(steps: readonly Step[], expected?: readonly Standing[]): Promise<readonly Standing[]> {
    const standings: Standing[] = [];
    for (const [index, { name, isCalm = false, before, act, until }] of steps.entries()) {
      this.#step = { index, isCalm };
      before?.(this);
      await act(this);
      const deadline = performance.now() + STEP_MS;
      while (!(await this.#isDone(until, expected?.[index]))) {
        if (performance.now() >= deadline) throw new UnlikeCalm(name, this.standing(), expected?.[index]);
        await sleep(5);
      }
      standings.push(this.standing());
    }
    return standings;
  }

  /** Asks as somebody who asks again when there was no answer. */
  async ask(method: string, path: string, body?: object): Promise<Answer> {
    const headers = { "idempotency-key": `walk-${(this.#requests += 1)}`, "x-portolan-actor": "ann@desk" };
    for (;;) {
      const { api, way } = await this.#standby();
      const answer = await orDead(way, api.send(method, path, body, headers));
      if (answer !== undefined && answer.status < 500) return answer;
      await sleep(5);
    }
  }

  standing(): Standing {
    const of = (map: ReadonlyMap<string, string>): readonly string[] =>
      [...map].map(([key, value]) => `${anonymous(key)} ${value}`).toSorted();
    return {
      records: of(this.#records),
      documents: of(this.#documents),
      told: this.#agents.flatMap(({ cluster, documents }) =>
        toldBy(documents).map((told, index) => `${cluster} was told ${index}: ${told}`),
      ),
      acted: this.#acted.toSorted(),
      audit: [...this.#audit.values()].toSorted(),
    };
  }

  async stop(): Promise<void> {
    this.#isOver = true;
    (await this.#hub)?.way.end();
    await Promise.all(this.#agents.map((agent) => agent.stop()));
    await Promise.all(this.#hubs);
    await this.#bus?.close();
    await this.#nats.stop();
  }

  async #isDone(until: Step["until"], expected: Standing | undefined): Promise<boolean> {
    const { api, way } = await this.#standby();
    if ((await orDead(way, until(api))) !== true) return false;
    if (expected !== undefined) return canonicalJson(this.standing()) === canonicalJson(expected);
    const said = this.#said;
    for (let answers = 0; answers < QUIET_ANSWERS && said === this.#said; answers += 1) {
      await (await this.#standby()).api.get("/v1/rollouts");
      await this.#bus?.roundTripMs();
      await sleep(5);
    }
    return said === this.#said;
  }

  /** The hub of now, when it can be asked. */
  async #standby(): Promise<Standby> {
    for (;;) {
      const hub = await this.#hub;
      if (hub !== undefined && (await orDead(hub.way, isReady(hub))) === true) return hub;
    }
  }

  #takeOver(): void {
    this.#hub = this.#nextHub();
  }

  async #nextHub(): Promise<Standby> {
    const way = await mortalWay(this.#nats.url, (publish) => this.#fate(publish));
    const hub = await startHub({ servers: way.url, port: 0, signingKey: this.#key });
    this.#hubs.push(this.#succeed(hub, way));
    return { api: new TestHub(hub), way };
  }

  async #succeed(hub: Hub, way: MortalWay): Promise<void> {
    await way.ended;
    if (!this.#isOver) {
      this.kills += 1;
      this.#takeOver();
    }
    // Whatever it still does, nobody hears of it.
    await hub.stop();
  }

  #fate(publish: Publish): Fate {
    const write = this.#nameOf(publish);
    if (write === undefined) return "passes";
    this.#said += 1;
    return this.#step.isCalm ? "passes" : this.#fateOf(`${this.#step.index} ${write}`);
  }

  /** Undefined: it writes nothing. */
  #nameOf({ subject, payload }: Publish): string | undefined {
    if (subject.startsWith("portolan.v1.intent.")) return `${subject} ${contentOf(this.#open(payload))}`;
    // Content-addressed.
    if (subject.startsWith("portolan.v1.catalog.")) return subject;
    return /^\$KV\.portolan-|^portolan\.v1\.audit\./u.test(subject) ? `${anonymous(subject)} ${normalized(payload)}` : undefined;
  }

  async #listen(): Promise<void> {
    this.#bus = await connectBus({ servers: this.#nats.url, name: "test" });
    const nothing = { onCaughtUp: () => {}, onReset: () => {} };
    this.#bus.follow(INTENTS_STREAM.name, {
      ...nothing,
      subjects: INTENTS_STREAM.subjects,
      onMessage: ({ subject, payload }) => void this.#documents.set(subject, contentOf(this.#open(payload))),
    });
    this.#bus.follow(AUDIT_STREAM.name, {
      ...nothing,
      subjects: AUDIT_STREAM.subjects,
      onMessage: ({ payload }) => void this.#audit.set(JSON.parse(Buffer.from(payload).toString()).id, normalized(payload)),
    });
    for (const bucket of BUCKETS) {
      (await this.#bus.keyValue(bucket)).watch({
        ...nothing,
        onChange: ({ key, value }) => {
          if (value === undefined) this.#records.delete(`${bucket}/${key}`);
          else this.#records.set(`${bucket}/${key}`, normalized(value));
        },
      });
    }
  }

  async #join(cluster: string, instances: number): Promise<void> {
    const { lasting, failing } = this;
    const behaviour = {
      get workMs() {
        return lasting.has(cluster) ? 600_000 : 5;
      },
      instead: () => (failing.has(cluster) ? { phase: "Failed" as const, reason: { code: "Broken", message: "it is broken" } } : undefined),
      offers: (version: string) => (version === "1.0.0" ? ["1.1.0"] : ["1.0.0"]),
    };
    const agent = await FakeAgent.start({
      servers: this.#nats.url,
      cluster,
      hubKey: this.#key.publicKey,
      heartbeatIntervalMs: 300_000,
      onDocument: obey(behaviour),
      onAnswer: ({ id, phase }) => {
        if (phase !== "Checked") this.#acted.push(`${cluster} ${anonymous(id)} ${phase}`);
      },
    });
    for (let index = 0; index < instances; index += 1) {
      const name = index === 0 ? "main" : `main-${index}`;
      agent.report(name, status({ availabilityDigest: agent.offer(name, offer("1.0.0", ["1.1.0"])) }));
    }
    this.#agents.push(agent);
  }

  #open(payload: Uint8Array): IntentDocument {
    return decodeIntentDocument(verifyEnvelope(payload, pinKeys([this.#key.publicKey]), INTENT_DOCUMENT_TYPE)).value;
  }
}

/** After a step it was not as it had been in calm. */
class UnlikeCalm extends Error {
  constructor(step: string, found: Standing | undefined, expected: Standing | undefined) {
    const lines = (standing: Standing | undefined): readonly string[] => Object.values(standing ?? {}).flat();
    const [is, was] = [lines(found), lines(expected)];
    const more = is.filter((line) => !was.includes(line)).map((line) => `+ ${line}`);
    const less = was.filter((line) => !is.includes(line)).map((line) => `- ${line}`);
    super(`after "${step}" it is not as it was in calm, + is there and - is missing:\n${[...less, ...more].join("\n")}`);
  }
}

/** What comes of it, unless the hub dies first. */
async function orDead<T>({ ended }: MortalWay, answer: Promise<T>): Promise<T | undefined> {
  return await Promise.race([ended.then(() => undefined), answer]);
}

async function isReady({ api }: Standby): Promise<true> {
  await api.hub.ready();
  return true;
}

/** What is new in each document. That a wish ended is seen where the next one, or the last document, does not name it. */
function toldBy(documents: readonly IntentDocument[]): readonly string[] {
  const partsOf = ({ intents, ...rest }: IntentDocument): readonly string[] => [
    contentOf({ ...rest, intents: [] }),
    ...intents.map((intent) => anonymous(canonicalJson({ ...intent }))),
  ];
  return documents.flatMap((document, index) => {
    const before = documents[index - 1];
    const known = before === undefined ? [] : partsOf(before);
    return partsOf(document).filter((part) => !known.includes(part));
  });
}

function contentOf({ labels, catalogSet, intents }: IntentDocument): string {
  return anonymous(canonicalJson({ labels, catalogSet, intents: intents.map((intent) => ({ ...intent })) }));
}

function normalized(json: Uint8Array): string {
  return json.length === 0 ? "deleted" : anonymous(canonicalJson(JSON.parse(Buffer.from(json).toString())));
}

/** Without what is another in every run. */
function anonymous(text: string): string {
  return text
    .replaceAll(/\bro-[0-9a-f]{12}/gu, "ro")
    .replaceAll(/\b\d{13}\b/gu, "TIME")
    .replaceAll(/\b[0-9a-f]{8}-[0-9a-f-]{27}\b/gu, "UUID")
    .replaceAll(/"estimatedMs":\d+/gu, '"estimatedMs":0');
}
