import { pino } from "pino";
import type { KeyValueWrite } from "@portolan/shared/bus";
import type { Intent, Reason } from "@portolan/shared/wire";
import type { ClusterView, InstanceView } from "../fleet/mod.ts";
import { RecordConflict } from "../records/mod.ts";
import { documentFixture, statusFixture } from "../fleet/agent.fixture.ts";
import { FleetFixture } from "./fleet.fixture.ts";
import type { Rollout } from "./model.ts";
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

  /** Takes in what others have written. */
  follow(): void {
    for (const { key, value } of this.#log.slice(this.#read)) {
      this.#take(key, value);
      this.onRecord(key);
    }
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

type MoveIntent = Extract<Intent, { readonly action: "Move" }>;

function isMove(intent: Intent): intent is MoveIntent {
  return intent.action === "Move";
}

/** What an agent does when it is let to. */
export type Fault = "none" | "fails" | "refuses" | "silent";

interface AgentState {
  version: string;
  spec: string;
  generation: number;
  /** The operation that runs. */
  running?: { readonly intent: MoveIntent; readonly to: string };
  fault: Fault;
  online: boolean;
}

export const ADA: Asked = { actor: { name: "ada", roles: ["operator"] } };

/** A hub's rollouts together with agents that do what they are told, one move at a time. Timers are the test's. */
export class WorldFixture {
  readonly fleet = new FleetFixture();
  readonly labels = new Map<string, { readonly [key: string]: string }>();
  readonly agents = new Map<string, AgentState>();
  readonly changes: { readonly before: Rollout | undefined; readonly after: Rollout }[] = [];
  records = new RecordsFixture();
  rollouts: Rollouts;
  /** Ids of the intents that agents have begun to carry out. */
  readonly begun: string[] = [];
  retracted: string | undefined;

  constructor() {
    this.rollouts = this.#hub();
  }

  /** Another hub takes over from what is stored. */
  restart(): void {
    // The other one may not have noticed yet that it was replaced.
    const replaced = this.rollouts;
    setTimeout(() => replaced.stop(), 30);
    this.records = new RecordsFixture(this.records);
    this.rollouts = this.#hub();
    this.records.follow();
    this.rollouts.drive(true);
  }

  join(cluster: string, version = "1.0.0", labels: { readonly [key: string]: string } = {}): void {
    this.labels.set(cluster, labels);
    this.agents.set(cluster, { version, spec: version, generation: 1, fault: "none", online: true });
    this.fleet.add(cluster);
    this.#report(cluster, true);
    this.rollouts.onLabels();
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
    const intent = this.rollouts.intentsFor(cluster).find(isMove);
    if (agent.running !== undefined) {
      return this.#finish(cluster, agent, intent);
    }
    if (intent === undefined) {
      return false;
    }
    const known = this.fleet.cluster(cluster)?.intents.get(intent.id)?.state;
    switch (intent.mode) {
      case "Check":
        return known === undefined && this.#answer(cluster, intent, agent.fault === "refuses" ? "Refused" : "Checked");
      case "Hold":
        return known?.phase !== "Held" && known?.phase !== "Done" && known?.phase !== "Failed" && this.#answer(cluster, intent, "Held");
      case "Apply":
        return known?.phase !== "Done" && known?.phase !== "Failed" && known?.phase !== "Refused" && this.#begin(cluster, agent, intent);
    }
  }

  #begin(cluster: string, agent: AgentState, intent: MoveIntent): boolean {
    if (agent.version === intent.version && agent.spec === intent.version) {
      return this.#answer(cluster, intent, "Done");
    }
    if (agent.fault === "refuses" || intent.planHash !== `${agent.version}-${intent.version}`) {
      return this.#answer(cluster, intent, "Refused");
    }
    this.begun.push(intent.id);
    agent.running = { intent, to: intent.version };
    agent.spec = intent.version;
    agent.generation += 1;
    this.fleet.answer(cluster, intent.id, { phase: "Running", generation: agent.generation }, Date.now());
    this.#report(cluster);
    return true;
  }

  #finish(cluster: string, agent: AgentState, intent: MoveIntent | undefined): boolean {
    const { running } = agent;
    delete agent.running;
    if (running === undefined) {
      return false;
    }
    if (agent.fault !== "fails") {
      agent.version = running.to;
    }
    this.#report(cluster);
    if (intent?.id === running.intent.id) {
      this.#answer(cluster, intent, agent.fault === "fails" ? "Failed" : "Done");
    }
    return true;
  }

  #answer(cluster: string, intent: MoveIntent, phase: "Checked" | "Refused" | "Held" | "Done" | "Failed"): boolean {
    const agent = this.agents.get(cluster);
    const reason: Reason | undefined =
      phase === "Refused" || phase === "Failed" ? { code: phase, message: "as the test wants it" } : undefined;
    const planHash = intent.planHash ?? `${agent?.version ?? ""}-${intent.version}`;
    this.fleet.answer(
      cluster,
      intent.id,
      { phase, planHash, ...(phase === "Done" ? { generation: agent?.generation ?? 0 } : {}), ...(reason === undefined ? {} : { reason }) },
      Date.now(),
    );
    this.#heard(cluster);
    return true;
  }

  #report(cluster: string, isNew = false): void {
    const agent = this.agents.get(cluster);
    const before = isNew ? undefined : this.fleet.instance(`${cluster}/default/main`);
    if (agent === undefined) {
      return;
    }
    const busy = agent.running !== undefined;
    const failed = agent.spec !== agent.version && !busy;
    const after: InstanceView = {
      cluster,
      namespace: "default",
      name: "main",
      status: statusFixture({
        version: agent.version,
        targetVersion: agent.spec,
        ready: !busy && !failed,
        phase: busy ? "Upgrading" : failed ? "Failed" : "Ready",
        generation: agent.generation,
        observedGeneration: agent.generation,
        availabilityDigest: "digest",
      }),
      progressedAtMs: Date.now(),
      availability: {
        digest: "digest",
        document: documentFixture(
          agent.version,
          ["1.0.0", "1.5.0", "2.0.0"].filter((version) => version !== agent.version),
        ),
      },
    };
    this.fleet.put(after);
    this.rollouts.onFleetChange({ type: "instance", key: `${cluster}/default/main`, ref: after, before, after });
  }

  #heard(cluster: string): void {
    const after: ClusterView | undefined = this.fleet.cluster(cluster);
    if (after !== undefined) {
      this.rollouts.onFleetChange({ type: "cluster", cluster, after });
    }
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
      roles: new Set(["operator", "owner"]),
      logger: pino({ level: "silent" }),
      now: Date.now,
      onDecided: () => {},
      onProgress: () => {},
      onChanged: (before, after) => this.changes.push({ before, after }),
    });
    records.onRecord = (key) => made.onRecord(key);
    made.drive(true);
    return made;
  }
}
