/**
 * Walks an instance through what people wish, in calm, and with its agent killed again and again on the way: in the end both must be the
 * same. The agent reaches its API server through a gate that knows every write.
 */
import { z } from "zod";
import type { ControlPlane } from "../kubernetes/control-plane.ts";
import type { Toll, Tollgate, Write } from "../kubernetes/tollgate.ts";
import { eventually } from "./eventually.ts";
import { instance } from "./ledger.ts";
import type { Program } from "./program.ts";

/** For a stage in which the agent dies some dozens of times. */
export const STAGE_MS = 240_000;

/** What a person wishes, and where that leads. The last wish is that the instance be gone. */
export type Stage = "delete" | WishedStage;

interface WishedStage {
  readonly spec: object;
  /** The version that is installed in the end. */
  readonly runs: string;
  /** Of the condition Ready. */
  readonly reason: string;
}

export interface CrashWalkOptions {
  readonly controlPlane: ControlPlane;
  readonly gate: Tollgate;
  readonly agent: Program;
  /** Its one instance in every namespace has its name. */
  readonly service: string;
  readonly stages: readonly Stage[];
  /** Resources whose objects are compared, as kubectl knows them. */
  readonly resources: string;
  /** `<kind>/<name>` of objects that are not compared: whether they are there depends on how often something was begun. */
  readonly leaves?: readonly string[];
  /** What is known to be said anew whenever the same is done again, besides times, ids and versions: the same words for the same write. */
  readonly nameOf?: (write: Write) => string | undefined;
}

export interface Killing {
  readonly kills: () => number;
  /** Lets everything pass again. Rejects when the agent could not be started. */
  readonly end: () => Promise<void>;
}

export class CrashWalk {
  readonly #options: CrashWalkOptions;
  #stage = 0;

  constructor(options: CrashWalkOptions) {
    this.#options = options;
  }

  /** Walks the instance of a namespace through all stages; what stood in its namespace after each of them. */
  async walk(namespace: string): Promise<readonly unknown[]> {
    const { service, stages } = this.#options;
    await this.#kubectl(["create", "namespace", namespace]);
    const results: unknown[] = [];
    for (const [index, stage] of stages.entries()) {
      this.#stage = index;
      if (stage === "delete") await this.#kubectl(["delete", `serviceinstance/${service}`, `--namespace=${namespace}`, "--wait=false"]);
      else {
        const wished = instance(`${namespace}/${service}`, stage.spec);
        await this.#kubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], wished);
      }
      await eventually(
        `${namespace} is as it was wished: ${JSON.stringify(stage)}`,
        () => this.#objectsIn(namespace),
        (objects) =>
          stage === "delete" ? !objects.some(isInstance) : objects.some((object) => isInstance(object) && isSettled(object, stage)),
        { withinMs: STAGE_MS },
      );
      results.push(await this.#outcome(namespace));
    }
    return results;
  }

  /**
   * Kills the agent once at each write for a namespace, in each stage, and starts it again.
   *
   * @param tolls what becomes of the writes, in turn
   */
  killAtEveryWrite(namespace: string, tolls: readonly [Toll, ...Toll[]]): Killing {
    const { gate, agent, nameOf = () => undefined } = this.#options;
    const seen = new Set<string>();
    const start = async (): Promise<void> => await agent.start();
    let starting = Promise.resolve();
    let isDying = false;
    gate.onLost(async () => {
      await agent.kill();
      isDying = false;
      // It may be killed again before it is ready: then that start has failed, and this is the next one.
      starting = starting.then(start, start);
      starting.catch(() => undefined);
    });
    gate.decide((write) => {
      if (isDying || !concerns(write, namespace)) return "passes";
      const key = `${this.#stage} ${nameOf(write) ?? `${write.method} ${write.path} ${stable(write.body)}`}`;
      if (seen.has(key)) return "passes";
      const toll = tolls[seen.size % tolls.length] ?? tolls[0];
      seen.add(key);
      isDying = true;
      return toll;
    });
    return {
      kills: () => seen.size,
      end: async () => {
        gate.decide(() => "passes");
        await starting;
      },
    };
  }

  /** How often each object was written so, without the namespace and an operation's id in its path. */
  countOf(namespace: string, matches: (write: Write) => boolean): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    for (const write of this.#options.gate.taken.filter((each) => concerns(each, namespace) && matches(each))) {
      const key = write.path.replaceAll(namespace, "NS").replaceAll(/-[0-9a-f]{8}-/gu, "-OPERATION-");
      counts[key] = (counts[key] ?? 0) + 1;
    }
    return counts;
  }

  async #kubectl(args: readonly string[], input?: object): Promise<string> {
    const { code, stdout, stderr } = await this.#options.controlPlane.kubectl(
      args,
      input === undefined ? {} : { input: JSON.stringify(input) },
    );
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")} ended with ${code}: ${stderr}`);
    return stdout;
  }

  async #objectsIn(namespace: string): Promise<readonly Listed[]> {
    const kinds = `serviceinstances,${this.#options.resources}`;
    return listSchema.parse(JSON.parse(await this.#kubectl(["get", kinds, `--namespace=${namespace}`, "-o=json"]))).items;
  }

  async #outcome(namespace: string): Promise<unknown> {
    const left = new Set(["ConfigMap/kube-root-ca.crt", ...(this.#options.leaves ?? [])]);
    const own = (await this.#objectsIn(namespace)).filter(
      ({ kind, metadata }) => !isKept(metadata.labels) && !left.has(`${kind}/${metadata.name}`),
    );
    return own.map((object) => essence(object, namespace)).toSorted((a, b) => (a < b ? -1 : 1));
  }
}

/** RFC 3339. */
const TIME = /\d{4}-\d\d-\d\dT[\d:.]+Z/gu;

const listSchema = z.object({
  items: z.array(
    z.object({
      kind: z.string(),
      metadata: z.object({
        name: z.string(),
        generation: z.number().optional(),
        labels: z.record(z.string(), z.string()).default({}),
        annotations: z.record(z.string(), z.string()).default({}),
        finalizers: z.array(z.string()).optional(),
      }),
      spec: z.unknown().optional(),
      data: z.unknown().optional(),
      status: z.unknown().optional(),
    }),
  ),
});
type Listed = z.infer<typeof listSchema>["items"][number];

const instanceStatusSchema = z.object({
  version: z.string().optional(),
  phase: z.string().optional(),
  observedGeneration: z.number().optional(),
  operation: z.unknown().optional(),
  failure: z.unknown().optional(),
  inventory: z.unknown().optional(),
  configDigest: z.string().optional(),
  history: z.array(z.object({ from: z.string().optional(), to: z.string(), result: z.string() })).default([]),
  conditions: z.array(z.object({ type: z.string(), reason: z.string() })).default([]),
});

function isInstance({ kind }: Listed): boolean {
  return kind === "ServiceInstance";
}

function isSettled({ metadata, status }: Listed, { runs, reason }: WishedStage): boolean {
  const { version, operation, observedGeneration, conditions } = instanceStatusSchema.parse(status ?? {});
  return (
    version === runs &&
    operation === undefined &&
    observedGeneration === metadata.generation &&
    conditions.some((condition) => condition.type === "Ready" && condition.reason === reason)
  );
}

/** Definitions that are kept for operations are named by digests over times. */
function isKept(labels: Readonly<Record<string, string>>): boolean {
  return "portolan.dev/definitions" in labels;
}

/** What of an object must be the same in every run: not its uid, not its times, not the id of the operation in a Job's name. */
function essence({ kind, metadata, spec, data, status }: Listed, namespace: string): string {
  const { name, labels, annotations, finalizers } = metadata;
  const { version, phase, operation, failure, inventory, configDigest, history } = instanceStatusSchema.parse(status ?? {});
  const instance = kind === "ServiceInstance" ? { version, phase, operation, failure, inventory, configDigest, history } : {};
  const ofJob = kind === "Job";
  const own = {
    kind,
    name,
    labels: ofJob ? [] : labels,
    annotations: ofJob ? [] : annotations,
    finalizers,
    spec: ofJob ? undefined : spec,
    data,
    instance,
  };
  return JSON.stringify(own)
    .replaceAll(namespace, "NS")
    .replaceAll(TIME, "TIME")
    .replaceAll(/applyset-[\w-]{43}-v1/gu, "APPLYSET")
    .replaceAll(/"digest":"[0-9a-f]{64}"/gu, '"digest":"INVENTORY"')
    .replaceAll(/-[0-9a-f]{8}-/gu, "-OPERATION-")
    .replaceAll(/"clusterIPs?":(?:"[^"]*"|\[[^\]]*\]),?/gu, "")
    .replaceAll(/"deployment.kubernetes.io\/revision":"\d+",?/gu, "");
}

/** Not the events, which are told again or lost, and not what only asks. */
function concerns({ path }: Write, namespace: string): boolean {
  return new RegExp(`/namespaces/${namespace}(/|$|\\?)`, "u").test(path) && !/dryRun=All|\/events|\/leases/u.test(path);
}

/** A body without what is new whenever the same is said again: times, ids, versions, what is being waited for. */
function stable(body: string): string {
  return body
    .replaceAll(TIME, "TIME")
    .replaceAll(/"(?:resourceVersion|uid|message)":"[^"]*"|"attempt":\d+/gu, "")
    .replaceAll(/\b[0-9a-f]{8}\b/gu, "ID")
    .replaceAll(/[0-9a-f]{64}/gu, "DIGEST");
}
