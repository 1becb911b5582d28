/**
 * Walks an instance through what people wish, in calm, and with its agent killed again and again on the way: in the end both must be the
 * same. The agent reaches its API server through a gate that knows every write.
 */
import { gunzipSync } from "node:zlib";
import { z } from "zod";
import type { ControlPlane } from "../kubernetes/control-plane.ts";
import type { Toll, Tollgate, Write } from "../kubernetes/tollgate.ts";
import { eventually } from "./eventually.ts";
import { instance } from "./ledger.ts";
import type { Program } from "./program.ts";

/** For a stage in which the agent dies some hundred times, on a machine that has much else to do. */
export const STAGE_MS = 480_000;

/** What becomes of a write that meets both deaths. */
export const BOTH: readonly Toll[] = ["lost before", "lost after"];

/** One of both, in turn. */
export function oneOfBoth(turn: number): readonly Toll[] {
  return BOTH.slice(turn % BOTH.length).slice(0, 1);
}

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
  /** Paths of the API of objects that are compared too, where they are there: of no namespace, or of a kind that may not be there yet. */
  readonly alsoAt: (namespace: string) => readonly string[];
  /** What is known to be said anew whenever the same is done again, besides times, ids and versions: the same words for the same write. */
  readonly nameOf?: (write: Write) => string | undefined;
}

/** When a write came for the first time. */
export interface Met {
  /** How many others came before. */
  readonly index: number;
  readonly stage: number;
  /** In how many earlier stages the same was written. */
  readonly earlier: number;
}

export interface Killing {
  readonly kills: () => number;
  /** Writes that did not come again after a death, though another one was meant for them. */
  readonly unmet: () => readonly string[];
  /** Lets everything pass again. Rejects when the agent could not be started. */
  readonly end: () => Promise<void>;
}

export class CrashWalk {
  readonly #options: CrashWalkOptions;
  /** Which of the gate's writes were taken while a namespace's instance walked: nothing else happened meanwhile. */
  readonly #taken = new Map<string, { readonly from: number; readonly to: number }>();
  #stage = 0;

  constructor(options: CrashWalkOptions) {
    this.#options = options;
  }

  /** Walks the instance of a namespace through all stages; what stood in its namespace after each of them. */
  async walk(namespace: string): Promise<readonly unknown[]> {
    const { service, stages, gate } = this.#options;
    const from = gate.taken.length;
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
    this.#taken.set(namespace, { from, to: gate.taken.length });
    return results;
  }

  /**
   * Kills the agent at each write for a namespace, in each stage, and starts it again.
   *
   * @param tollsOf what becomes of a write: of its first try, of its second, …; then it passes
   */
  killAtEveryWrite(namespace: string, tollsOf: (write: Write, met: Met) => readonly Toll[]): Killing {
    const { gate, agent, stages, nameOf = () => undefined } = this.#options;
    const left = new Map<string, readonly Toll[]>();
    let kills = 0;
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
      const said = nameOf(write) ?? `${write.method} ${write.path} ${stable(write.body)}`;
      const key = `${this.#stage} ${said}`;
      const earlier = stages.slice(0, this.#stage).filter((_, stage) => left.has(`${stage} ${said}`)).length;
      const [toll, ...later] = left.get(key) ?? tollsOf(write, { index: left.size, stage: this.#stage, earlier });
      if (toll === undefined) return "passes";
      left.set(key, later);
      kills++;
      isDying = true;
      return toll;
    });
    return {
      kills: () => kills,
      unmet: () => [...left].filter(([, tolls]) => tolls.length > 0).map(([key]) => key),
      end: async () => {
        gate.decide(() => "passes");
        await starting;
      },
    };
  }

  /** How often each object was written so, without the namespace and an operation's id in its path. */
  countOf(namespace: string, matches: (write: Write) => boolean): Readonly<Record<string, number>> {
    const counts: Record<string, number> = {};
    const { from, to } = this.#taken.get(namespace) ?? { from: 0, to: 0 };
    for (const write of this.#options.gate.taken.slice(from, to).filter((each) => concerns(each, namespace) && matches(each))) {
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
    const objects = (await this.#objectsIn(namespace)).filter(
      ({ kind, metadata }) =>
        !isKept(metadata.labels) && !isRelease(metadata.labels) && !(kind === "ConfigMap" && metadata.name === "kube-root-ca.crt"),
    );
    for (const path of this.#options.alsoAt(namespace)) objects.push(...(await this.#objectAt(path)));
    return [...objects.map((object) => essence(object, namespace)), ...(await this.#newestRevisions(namespace))].toSorted((a, b) =>
      a < b ? -1 : 1,
    );
  }

  async #objectAt(path: string): Promise<readonly Listed[]> {
    const { code, stdout, stderr } = await this.#options.controlPlane.kubectl(["get", `--raw=${path}`]);
    if (code !== 0 && stderr.includes("NotFound")) return [];
    if (code !== 0) throw new Error(`kubectl get --raw=${path} ended with ${code}: ${stderr}`);
    return [listedSchema.parse(JSON.parse(stdout))];
  }

  /** What helm's releases are: how often helm had to begin is in their numbers and times alone. */
  async #newestRevisions(namespace: string): Promise<readonly string[]> {
    const listed = await this.#kubectl(["get", "secrets", `--namespace=${namespace}`, "--selector=owner=helm", "-o=json"]);
    const { items } = releaseSecretsSchema.parse(JSON.parse(listed));
    const newest = items.toSorted((a, b) => b.metadata.labels.version - a.metadata.labels.version)[0];
    return newest === undefined ? [] : [normalized(JSON.stringify(releaseOf(newest.data.release)), namespace)];
  }
}

/** RFC 3339. */
const TIME = /\d{4}-\d\d-\d\dT[\d:.]+Z/gu;

const listedSchema = z.object({
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
  rules: z.unknown().optional(),
  status: z.unknown().optional(),
});
type Listed = z.infer<typeof listedSchema>;
const listSchema = z.object({ items: z.array(listedSchema) });

/** As helm's storage driver `secret` keeps a release. */
const releaseSecretsSchema = z.object({
  items: z.array(
    z.object({ metadata: z.object({ labels: z.object({ version: z.coerce.number() }) }), data: z.object({ release: z.string() }) }),
  ),
});
const releaseSchema = z.object({
  name: z.string(),
  info: z.object({ status: z.string() }),
  chart: z.object({ metadata: z.object({ name: z.string(), version: z.string() }) }),
  config: z.unknown(),
  manifest: z.string(),
});

/** JSON, gzipped, in base64, and that once more as every Secret's data. */
function releaseOf(data: string): z.infer<typeof releaseSchema> {
  const packed = Buffer.from(Buffer.from(data, "base64").toString("latin1"), "base64");
  return releaseSchema.parse(JSON.parse(gunzipSync(packed).toString("utf8")));
}

/** What a status must be the same in: whether a Job has succeeded, in which versions a CRD's objects are stored. */
const ownStatusSchema = z.object({
  storedVersions: z.unknown().optional(),
  conditions: z.array(z.object({ type: z.string(), status: z.string() })).default([]),
});

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

function isRelease(labels: Readonly<Record<string, string>>): boolean {
  return labels["owner"] === "helm";
}

/** What of an object must be the same in every run: not its uid, not its times, not the id of the operation in a Job's name. */
function essence({ kind, metadata, spec, data, rules, status }: Listed, namespace: string): string {
  const { name, labels, annotations, finalizers } = metadata;
  const { version, phase, operation, failure, inventory, configDigest, history } = instanceStatusSchema.parse(status ?? {});
  const instance = kind === "ServiceInstance" ? { version, phase, operation, failure, inventory, configDigest, history } : {};
  const { storedVersions, conditions } = ownStatusSchema.parse(status ?? {});
  const ofJob = kind === "Job";
  const own = {
    kind,
    name,
    labels: ofJob ? [] : labels,
    annotations: ofJob ? [] : annotations,
    finalizers,
    spec: ofJob ? undefined : spec,
    data,
    rules,
    ended: ofJob ? ["Complete", "Failed"].filter((type) => conditions.some((each) => each.type === type && each.status === "True")) : [],
    storedVersions,
    instance,
  };
  return normalized(JSON.stringify(own), namespace);
}

/** Without what is another in every run. */
function normalized(text: string, namespace: string): string {
  return text
    .replaceAll(namespace, "NS")
    .replaceAll(TIME, "TIME")
    .replaceAll(/applyset-[\w-]{43}-v1/gu, "APPLYSET")
    .replaceAll(/"digest":"[0-9a-f]{64}"/gu, '"digest":"INVENTORY"')
    .replaceAll(/("patched.portolan.dev\/APPLYSET":")[0-9a-f]{8} /gu, "$1OPERATION ")
    .replaceAll(/-[0-9a-f]{8}-/gu, "-OPERATION-")
    .replaceAll(/"clusterIPs?":(?:"[^"]*"|\[[^\]]*\]),?/gu, "")
    .replaceAll(/"deployment.kubernetes.io\/revision":"\d+",?/gu, "");
}

/**
 * What is for the namespace, or for none: only one instance walks at a time. Not the events, which are told again or lost, not the agent's
 * own resources, and not what only asks.
 */
function concerns({ path }: Write, namespace: string): boolean {
  if (/dryRun=All|\/events|\/leases|\/apis\/authorization|portolan\.dev(\?|$)|\/servicedefinitions/u.test(path)) return false;
  return new RegExp(`/namespaces/${namespace}(/|$|\\?)`, "u").test(path) || !path.includes("/namespaces/");
}

/** A body without what is new whenever the same is said again: times, ids, versions, what is being waited for. */
function stable(body: string): string {
  return body
    .replaceAll(TIME, "TIME")
    .replaceAll(/"(?:resourceVersion|uid|message)":"[^"]*"|"attempt":\d+/gu, "")
    .replaceAll(/\b[0-9a-f]{8}\b/gu, "ID")
    .replaceAll(/[0-9a-f]{64}/gu, "DIGEST");
}
