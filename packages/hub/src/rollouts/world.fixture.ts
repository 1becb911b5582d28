import { pino } from "pino";
import type { KeyValueWrite } from "@portolan/shared/bus";
import type { Intent, Reason } from "@portolan/shared/wire";
import type { ClusterView, InstanceView } from "../fleet/mod.ts";
import { RecordConflict } from "../records/mod.ts";
import { documentFixture, statusFixture } from "../fleet/agent.fixture.ts";
import { FleetFixture } from "./fleet.fixture.ts";
import type { CommandType, RolloutCommand } from "./commands.ts";
import { currentWave, type Rollout } from "./model.ts";
import { Rollouts, type Asked } from "./rollouts.ts";

/** A bucket in memory: appends are refused to who has not read everything. */
export class RecordsFixture {
  readonly values: Map<string, Uint8Array>;
  readonly #log: { readonly key: string; readonly value?: Uint8Array }[];
  #read: number;
  /** The next append is cut off after so many records. */
  cutAfter: number | undefined;
  /** Happens when the next append is stored, and before its caller hears of it. */
  behind: (() => void) | undefined;
  onRecord: (key: string) => void = () => {};

  /** @param of reads the same bucket as another one */
  constructor(of?: RecordsFixture) {
    this.#log = of === undefined ? [] : of.#log;
    this.values = new Map();
    this.#read = 0;
  }

  get(key: string): Uint8Array | undefined {
    return this.values.get(key);
  }

  keys(): string[] {
    return [...this.values.keys()];
  }

  /** Takes in what others have written. */
  follow(): void {
    for (const { key, value } of this.#log.slice(this.#read)) {
      this.#take(key, value);
      this.onRecord(key);
    }
  }

  /** Takes in what the bucket holds, the newest of each record; one for each step. @param first keys that are read before the others */
  *read(first: readonly string[]): Generator<string> {
    const newest = new Map(this.#log.map(({ key, value }) => [key, value]));
    for (const key of new Set([...first, ...newest.keys()])) {
      this.#take(key, newest.get(key));
      this.onRecord(key);
      yield key;
    }
    this.#read = this.#log.length;
  }

  get appended(): number {
    return this.#log.length;
  }

  async append(changes: readonly KeyValueWrite[]): Promise<void> {
    if (this.#read !== this.#log.length) {
      queueMicrotask(() => this.follow());
      throw new RecordConflict("rollouts", "any");
    }
    for (const [index, change] of changes.entries()) {
      if (this.cutAfter === index) {
        throw new Error("the hub was killed");
      }
      this.#log.push(change);
      this.#take(change.key, change.value);
    }
    const { behind } = this;
    this.behind = undefined;
    behind?.();
  }

  #take(key: string, value: Uint8Array | undefined): void {
    this.#read += 1;
    if (value === undefined) {
      this.values.delete(key);
    } else {
      this.values.set(key, value);
    }
  }
}

/** So far the clocks of these clusters are ahead (ms); of all others not at all. */
const CLOCKS: { readonly [cluster: string]: number } = { a: 10 * 60_000, b: -10 * 60_000 };

/** What an agent does when it is let to. */
export type Fault = "none" | "fails" | "refuses" | "silent";

interface AgentState {
  /** Tells its instance from an earlier one of the name. */
  readonly uid: number;
  /** What was installed when it joined. */
  readonly joined: string | undefined;
  /** Installed; undefined: nothing is. */
  version: string | undefined;
  /** What the instance asks for; undefined: there is no instance. */
  spec: string | undefined;
  /** The last intent that it carries. */
  intentId?: string;
  /** The last intent that has configured it. */
  configured?: string;
  generation: number;
  /** The newest generation that it has looked at. */
  observed: number;
  /** The operation that runs, and what it ends at. */
  running?: { readonly intent: Intent; readonly to: string | undefined };
  fault: Fault;
  online: boolean;
}

/** What is true in a cluster, whatever its agent has said. */
export interface Truth {
  readonly online: boolean;
  readonly version: string | undefined;
  readonly ready: boolean;
  /** Its agent has seen the newest change. */
  readonly isObserved: boolean;
  /** Id of the intent that its agent works at. */
  readonly worksAt: string | undefined;
  readonly labels: { readonly [key: string]: string };
}

/** A decision that was stored, and what was true then. */
export interface Change {
  readonly before: Rollout | undefined;
  readonly after: Rollout;
  /** Nobody asked for it. */
  readonly byHub: boolean;
  readonly atMs: number;
  readonly truth: ReadonlyMap<string, Truth>;
  readonly retracted: string | undefined;
  /** Index of the wave whose soak somebody has ended, and nothing has happened since that makes it soak again. */
  readonly promotedWave: number | undefined;
  /** When somebody last let a wave soak again whose gate had failed. */
  readonly soaksAgainAtMs: number;
  /** Uids of rollouts that somebody brings back. */
  readonly undone: ReadonlySet<string>;
}

export const ADA: Asked = { actor: { name: "ada", roles: ["operator"] } };

/** A hub's rollouts together with agents that do what they are told, one move at a time. Timers are the test's. */
export class WorldFixture {
  readonly fleet = new FleetFixture();
  readonly labels = new Map<string, { readonly [key: string]: string }>();
  readonly agents = new Map<string, AgentState>();
  readonly changes: Change[] = [];
  records = new RecordsFixture();
  rollouts: Rollouts;
  /** The intents that agents have begun to carry out, each with the instance. */
  readonly begun: string[] = [];
  /** Intents that agents took too late, or took for too late. */
  readonly mistimed: string[] = [];
  retracted: string | undefined;
  /** What somebody asks for now. */
  #asking: CommandType | undefined;
  #promotedWave: number | undefined;
  #soaksAgainAtMs = 0;
  #joined = 0;

  constructor() {
    this.rollouts = this.#hub();
    this.rollouts.drive(true);
  }

  /** Somebody asks for something. */
  async ask(wanted: RolloutCommand, name = "one"): Promise<void> {
    this.#asking = wanted.type;
    try {
      await this.rollouts.command(name, wanted, ADA);
    } finally {
      this.#asking = undefined;
    }
  }

  /** Another hub takes over from what is stored. */
  restart(): void {
    const rollouts = this.takeOver();
    this.records.follow();
    rollouts.drive(true);
  }

  /** Another hub takes over, which has read nothing yet and decides nothing. */
  takeOver(): Rollouts {
    // The other one may not have noticed yet that it was replaced.
    const replaced = this.rollouts;
    setTimeout(() => replaced.stop(), 30);
    this.records = new RecordsFixture(this.records);
    this.rollouts = this.#hub();
    return this.rollouts;
  }

  /** @param version "nothing": there is no instance */
  join(cluster: string, version = "1.0.0", labels: { readonly [key: string]: string } = {}): void {
    const installed = version === "nothing" ? undefined : version;
    this.labels.set(cluster, labels);
    this.agents.set(cluster, {
      uid: (this.#joined += 1),
      joined: installed,
      version: installed,
      spec: installed,
      generation: 1,
      observed: 1,
      fault: "none",
      online: true,
    });
    this.fleet
      .add(cluster)
      .remove(cluster)
      .change(cluster, { clockSkewMs: CLOCKS[cluster] ?? 0 });
    this.#report(cluster);
    this.rollouts.onLabels();
  }

  /** Somebody in the cluster brings the instance to a version. */
  moveByHand(cluster: string, version: string): void {
    const agent = this.agents.get(cluster);
    if (agent !== undefined) {
      agent.version = version;
      agent.spec = version;
      agent.generation += 1;
      agent.observed = agent.generation;
      this.#report(cluster);
    }
  }

  /** Somebody changes the instance, and the agent has not looked yet. */
  changeUnseen(cluster: string): void {
    const agent = this.agents.get(cluster);
    if (agent?.spec !== undefined && agent.running === undefined) {
      agent.generation += 1;
      this.#report(cluster);
    }
  }

  relabel(cluster: string, labels: { readonly [key: string]: string }): void {
    this.labels.set(cluster, { ...this.labels.get(cluster), ...labels });
    this.rollouts.onLabels();
  }

  retract(version: string | undefined): void {
    this.retracted = version;
    for (const cluster of this.agents.keys()) {
      this.#heard(cluster);
    }
  }

  leave(cluster: string): void {
    const before = this.fleet.instance(`${cluster}/default/main`);
    this.agents.delete(cluster);
    this.fleet.remove(cluster);
    const ref = { cluster, namespace: "default", name: "main" };
    this.rollouts.onFleetChange({ type: "instance", key: `${cluster}/default/main`, ref, before, after: undefined });
  }

  setOnline(cluster: string, online: boolean): void {
    const agent = this.agents.get(cluster);
    if (agent !== undefined) {
      agent.online = online;
      this.fleet.change(cluster, { connectivity: online ? "Online" : "Offline" });
      this.#heard(cluster);
    }
  }

  /** The agent of a cluster does the next thing that its document asks for. Whether there was anything. */
  move(cluster: string): boolean {
    const agent = this.agents.get(cluster);
    if (agent === undefined || !agent.online || agent.fault === "silent") {
      return false;
    }
    if (agent.observed < agent.generation) {
      agent.observed = agent.generation;
      this.#report(cluster);
      return true;
    }
    const [intent] = this.rollouts.intentsFor(cluster);
    if (agent.running !== undefined) {
      return this.#finish(cluster, agent, intent);
    }
    if (intent === undefined) {
      return false;
    }
    const known = this.fleet.cluster(cluster)?.intents.get(intent.id)?.state;
    switch (intent.mode) {
      case "Check":
        return (
          known === undefined && this.#answer(cluster, intent, agent.fault === "refuses" || cannot(agent, intent) ? "Refused" : "Checked")
        );
      case "Hold":
        return known?.phase !== "Held" && known?.phase !== "Done" && known?.phase !== "Failed" && this.#answer(cluster, intent, "Held");
      case "Apply":
        return known?.phase !== "Done" && known?.phase !== "Failed" && known?.phase !== "Refused" && this.#begin(cluster, agent, intent);
    }
  }

  #begin(cluster: string, agent: AgentState, intent: Intent): boolean {
    const to = goalOf(agent, intent);
    const isThere = intent.action === "Configure" ? agent.configured === intent.id : agent.version === to && agent.spec === to;
    if (isThere) {
      return this.#answer(cluster, intent, "Done");
    }
    const isLate = this.#isLate(cluster, intent);
    if (isLate || agent.fault === "refuses" || intent.planHash !== planOf(agent, intent) || cannot(agent, intent)) {
      return this.#answer(cluster, intent, "Refused");
    }
    this.begun.push(`${intent.id} ${agent.uid}`);
    agent.running = { intent, to };
    agent.intentId = intent.id;
    // An instance that is being removed is there until its service is gone.
    agent.spec = to ?? agent.spec;
    agent.generation += 1;
    agent.observed = agent.generation;
    this.fleet.answer(cluster, intent.id, { phase: "Running", generation: agent.generation }, Date.now());
    this.#report(cluster);
    return true;
  }

  /** By the agent's clock. */
  #isLate(cluster: string, { id, rollout = "", notAfterUnixMs = Infinity }: Intent): boolean {
    const { rollout: sent } = this.rollouts.get(rollout) ?? {};
    const decision = sent?.targets.find((target) => target.cluster === cluster)?.decision;
    const { notAfterSeconds = Infinity } = sent?.spec ?? {};
    const endMs = decision?.type === "Sent" ? decision.intent.sentAtMs + notAfterSeconds * 1000 : Infinity;
    const isLate = Date.now() + (CLOCKS[cluster] ?? 0) > notAfterUnixMs;
    if (isLate !== Date.now() > endMs) {
      this.mistimed.push(id);
    }
    return isLate;
  }

  #finish(cluster: string, agent: AgentState, intent: Intent | undefined): boolean {
    const { running } = agent;
    delete agent.running;
    if (running === undefined) {
      return false;
    }
    // To stay where it is takes nothing that could fail.
    const fails = agent.fault === "fails" && (running.to !== agent.version || running.intent.action === "Configure");
    if (!fails) {
      agent.version = running.to;
      agent.spec = running.to;
      agent.configured = running.intent.action === "Configure" ? running.intent.id : "";
    }
    this.#report(cluster);
    if (intent?.id === running.intent.id) {
      this.#answer(cluster, intent, fails ? "Failed" : "Done");
    }
    return true;
  }

  #answer(cluster: string, intent: Intent, phase: "Checked" | "Refused" | "Held" | "Done" | "Failed"): boolean {
    const agent = this.agents.get(cluster);
    const reason: Reason | undefined =
      phase === "Refused" || phase === "Failed" ? { code: phase, message: "as the test wants it" } : undefined;
    const planHash = intent.planHash ?? (agent === undefined ? "" : planOf(agent, intent));
    this.fleet.answer(
      cluster,
      intent.id,
      { phase, planHash, ...(phase === "Done" ? { generation: agent?.generation ?? 0 } : {}), ...(reason === undefined ? {} : { reason }) },
      Date.now(),
    );
    this.#heard(cluster);
    return true;
  }

  #report(cluster: string): void {
    const key = `${cluster}/default/main` as const;
    const before = this.fleet.instance(key);
    const agent = this.agents.get(cluster);
    const after = agent?.spec === undefined ? undefined : reportOf(cluster, agent, agent.spec);
    if (after === undefined) {
      this.fleet.remove(cluster);
    } else {
      this.fleet.put(after);
    }
    if (before !== undefined || after !== undefined) {
      this.rollouts.onFleetChange({ type: "instance", key, ref: { cluster, namespace: "default", name: "main" }, before, after });
    }
  }

  #heard(cluster: string): void {
    const after: ClusterView | undefined = this.fleet.cluster(cluster);
    if (after !== undefined) {
      this.rollouts.onFleetChange({ type: "cluster", cluster, after });
    }
  }

  /** It is for one wave: not for a later one, nor when somebody is tried again in it or joins it, nor when the rollout goes on after a pause. */
  #followPromotion(before: Rollout | undefined, after: Rollout, by: Asked | undefined): void {
    const wave = this.#promotedWave;
    if (by !== undefined && this.#asking === "promote" && before !== undefined) {
      this.#promotedWave = currentWave(before);
    } else if (
      (by !== undefined && (this.#asking === "resume" || this.#asking === "retry")) ||
      after.targets.some((target) => target.wave === wave && (target.decision.type === "Undecided" || target.decision.type === "Sent"))
    ) {
      this.#promotedWave = undefined;
    }
  }

  #truth(): ReadonlyMap<string, Truth> {
    return new Map(
      [...this.agents].map(([cluster, { online, version, spec, running, generation, observed }]) => [
        cluster,
        {
          online,
          version,
          ready: spec === version && running === undefined,
          isObserved: observed === generation,
          worksAt: running?.intent.id,
          labels: this.labels.get(cluster) ?? {},
        },
      ]),
    );
  }

  #hub(): Rollouts {
    const { records } = this;
    const made = new Rollouts({
      records,
      fleet: this.fleet,
      labelsOf: (cluster) => this.labels.get(cluster) ?? {},
      knows: () => true,
      retraction: (_service, version) => (version === this.retracted ? { code: "Retracted", message: "it eats data" } : undefined),
      undeliverable: () => undefined,
      tooLarge: () => undefined,
      roles: new Set(["operator", "owner"]),
      logger: pino({ level: "silent" }),
      now: Date.now,
      onDecided: () => {},
      onProgress: () => {},
      onSeen: () => {},
      onDeleted: () => {},
      onSeenDeleted: () => {},
      onChanged: (before, after, by) => {
        if (before?.paused?.reason.code === "GateFailed" && after.paused === undefined) {
          this.#soaksAgainAtMs = Date.now();
        }
        this.#followPromotion(before, after, by);
        this.changes.push({
          before,
          after,
          byHub: by === undefined,
          atMs: Date.now(),
          truth: this.#truth(),
          retracted: this.retracted,
          promotedWave: this.#promotedWave,
          soaksAgainAtMs: this.#soaksAgainAtMs,
          undone: new Set(made.list().flatMap(({ rollout: { undoes } }) => undoes?.uid ?? [])),
        });
      },
    });
    records.onRecord = (key) => made.onRecord(key);
    return made;
  }
}

/** What an intent brings the instance to; undefined: there is none then. */
function goalOf({ version }: AgentState, intent: Intent): string | undefined {
  return "version" in intent ? intent.version : intent.action === "Configure" ? version : undefined;
}

/** Of a removal the hash covers which instance it is. */
function planOf(agent: AgentState, intent: Intent): string {
  return `${agent.version ?? ""}-${intent.action === "Remove" ? agent.uid : (goalOf(agent, intent) ?? "")}`;
}

/** It is not as the action wants it. */
function cannot({ version, spec }: AgentState, { action }: Intent): boolean {
  return action === "Install" ? version !== undefined : action !== "Remove" && (spec === undefined || version === undefined);
}

function reportOf(cluster: string, { version, running, generation, observed, intentId }: AgentState, spec: string): InstanceView {
  const busy = running !== undefined;
  const failed = spec !== version && !busy;
  const { version: _installed, ...status } = statusFixture({
    targetVersion: spec,
    ready: !busy && !failed,
    phase: busy ? "Upgrading" : failed ? "Failed" : "Ready",
    generation,
    observedGeneration: observed,
    availabilityDigest: "digest",
  });
  return {
    cluster,
    namespace: "default",
    name: "main",
    status: { ...status, ...(version === undefined ? {} : { version }), ...(intentId === undefined ? {} : { intentId }) },
    progressedAtMs: Date.now(),
    availability: {
      digest: "digest",
      document: documentFixture(
        version ?? "",
        ["1.0.0", "1.5.0", "2.0.0"].filter((each) => each !== version),
      ),
    },
  };
}
