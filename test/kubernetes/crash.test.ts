import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { agentProgram } from "../testbed/fleet/agent.ts";
import { eventually } from "../testbed/fleet/eventually.ts";
import { showLogsOfFailures } from "../testbed/fleet/failure-logs.ts";
import { ledger } from "../testbed/fleet/ledger.ts";
import type { Program } from "../testbed/fleet/program.ts";
import { LEDGER_CATALOG } from "../testbed/fleet/repository.ts";
import { startControlPlane, type ControlPlane } from "../testbed/kubernetes/control-plane.ts";
import { describeKubernetes } from "../testbed/kubernetes/describe-kubernetes.ts";
import { startTollgate, type Toll, type Tollgate, type Write } from "../testbed/kubernetes/tollgate.ts";

/** For a stage in which the agent dies some dozens of times. */
const STAGE_MS = 240_000;

/** What a person wishes, one after the other, and where that leads. The last wish is that the instance be gone. */
const STAGES: readonly (Stage | "delete")[] = [
  { spec: { version: "1.0.0" }, runs: "1.0.0", reason: "Installed" },
  // The last hook of the second step fails, so both steps are taken back.
  {
    spec: { version: "3.0.0", config: { schemaFails: true }, upgradePolicy: { onFailure: "Rollback" } },
    runs: "1.0.0",
    reason: "RolledBack",
  },
  { spec: { version: "3.0.0" }, runs: "3.0.0", reason: "Installed" },
  { spec: { version: "3.0.0", config: { note: "another" } }, runs: "3.0.0", reason: "Installed" },
  { spec: { version: "1.0.0" }, runs: "1.0.0", reason: "Installed" },
  "delete",
];

interface Stage {
  readonly spec: Parameters<typeof ledger>[1];
  /** The version that is installed in the end. */
  readonly runs: string;
  /** Of the condition Ready. */
  readonly reason: string;
}

describeKubernetes("a service whose agent is killed at every write that it makes for it", () => {
  let dir: string;
  let controlPlane: ControlPlane;
  let gate: Tollgate;
  let agent: Program;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "portolan-crash-"));
    controlPlane = await startControlPlane({ name: "crash" });
    gate = await startTollgate(controlPlane);
    agent = await agentProgram({ cluster: "crash", kubeconfig: gate.kubeconfigPath, catalog: LEDGER_CATALOG, dir });
    await agent.start();
  });

  afterAll(async () => {
    await agent.kill();
    await gate.stop();
    await controlPlane.stop();
    await rm(dir, { recursive: true });
  });

  showLogsOfFailures(() => [agent]);

  const kubectl = async (args: readonly string[], input?: object): Promise<string> => {
    const { code, stdout, stderr } = await controlPlane.kubectl(args, input === undefined ? {} : { input: JSON.stringify(input) });
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")} ended with ${code}: ${stderr}`);
    return stdout;
  };

  /** Walks an instance through all stages; what stood in its namespace after each of them. */
  async function walk(namespace: string): Promise<readonly unknown[]> {
    await kubectl(["create", "namespace", namespace]);
    const results: unknown[] = [];
    for (const stage of STAGES) {
      if (stage === "delete") await kubectl(["delete", "serviceinstance/ledger", `--namespace=${namespace}`, "--wait=false"]);
      else await kubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], ledger(namespace, stage.spec));
      await eventually(
        `${namespace} is as it was wished: ${JSON.stringify(stage)}`,
        () => objectsIn(namespace),
        (objects) =>
          stage === "delete" ? !objects.some(isInstance) : objects.some((object) => isInstance(object) && isSettled(object, stage)),
        { withinMs: STAGE_MS },
      );
      results.push(await outcome(namespace));
    }
    return results;
  }

  async function objectsIn(namespace: string): Promise<readonly Listed[]> {
    const kinds = "serviceinstances,configmaps,deployments,jobs,services,secrets";
    return listSchema.parse(JSON.parse(await kubectl(["get", kinds, `--namespace=${namespace}`, "-o=json"]))).items;
  }

  async function outcome(namespace: string): Promise<unknown> {
    const own = (await objectsIn(namespace)).filter(({ metadata }) => !isKept(metadata.labels) && metadata.name !== "kube-root-ca.crt");
    return own.map((object) => essence(object, namespace)).toSorted((a, b) => (a < b ? -1 : 1));
  }

  /** Kills the agent once at each write for a namespace, and starts it again. Says how often, and when something went wrong with it. */
  function killAtEveryWrite(namespace: string, toll: Toll): { readonly kills: () => number; readonly end: () => Promise<void> } {
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
      const key = `${write.method} ${write.path} ${stable(write.body)}`;
      if (isDying || !concerns(write, namespace) || seen.has(key)) return "passes";
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

  const countOf = (namespace: string, matches: (write: Write) => boolean): Readonly<Record<string, number>> => {
    const counts: Record<string, number> = {};
    for (const write of gate.taken.filter((each) => concerns(each, namespace) && matches(each))) {
      const key = write.path.replaceAll(namespace, "NS").replaceAll(/-[0-9a-f]{8}-/gu, "-OPERATION-");
      counts[key] = (counts[key] ?? 0) + 1;
    }
    return counts;
  };
  const jobsMade = (namespace: string) => countOf(namespace, ({ method, path }) => method === "POST" && path.includes("/jobs"));
  /** Of the service's objects: what is kept for an operation that was accepted anew is made anew, and swept anew. */
  const deletions = (namespace: string) =>
    countOf(namespace, ({ method, path }) => method === "DELETE" && !path.includes("/configmaps/portolan-ledger-"));

  it.each<[string, Toll]>([
    ["before", "lost before"],
    ["after", "lost after"],
  ])(
    "%s the API server has heard of it: everything ends as without that, each Job is made once, and nothing is deleted twice",
    async (when, toll) => {
      const calm = `calm-${when}`;
      const expected = await walk(calm);
      const namespace = `killed-${when}`;
      const killing = killAtEveryWrite(namespace, toll);
      const results = await walk(namespace);
      await killing.end();
      expect(results).toEqual(expected);
      expect(killing.kills()).toBeGreaterThan(30);
      expect(jobsMade(namespace)).toEqual(jobsMade(calm));
      expect(Object.keys(jobsMade(calm)).length).toBeGreaterThan(0);
      expect(deletions(namespace)).toEqual(deletions(calm));
    },
    3 * STAGE_MS,
  );
});

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

function isSettled({ metadata, status }: Listed, { runs, reason }: Stage): boolean {
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
