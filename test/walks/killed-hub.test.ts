import { describe, expect, it, type TestContext } from "vitest";
import type { TestHub } from "../integration/hub/harness.ts";
import { HubWalk, type Step } from "./hub-walk.ts";
import { BOTH_DEATHS, type Fate } from "./mortal-way.ts";

/** Nothing fails for the time in which hubs take over from each other. */
const PATIENT = { action: "upgrade", service: "cert-manager", version: "1.1.0", progressDeadlineSeconds: 80_000 };

const inPhase = (name: string, phase: string) => async (hub: TestHub) => (await hub.get(`/v1/rollouts/${name}`)).body.phase === phase;
const withOne = (name: string, state: string) => async (hub: TestHub) => (await hub.get(`/v1/rollouts/${name}`)).body.counts?.[state] === 1;

function applied(name: string, changes: object): Step {
  const document = { apiVersion: "portolan.dev/v1alpha1", kind: "Rollout", metadata: { name }, spec: { ...PATIENT, ...changes } };
  return {
    name: `${name} is applied`,
    act: async (walk) => void (await walk.ask("PUT", `/v1/rollouts/${name}`, document)),
    until: inPhase(name, "Checked"),
  };
}

function started(name: string, until: Step["until"]): Step {
  const act = async (walk: HubWalk): Promise<void> => {
    const { body } = await walk.ask("GET", `/v1/rollouts/${name}`);
    await walk.ask("POST", `/v1/rollouts/${name}/start`, { hash: body.checkHash });
  };
  return { name: `${name} is started`, act, until };
}

function asked(name: string, command: string, until: Step["until"], body: object = {}): Step {
  return {
    name: `${command} of ${name}`,
    act: async (walk) => void (await walk.ask("POST", `/v1/rollouts/${name}/${command}`, body)),
    until,
  };
}

function changed(method: string, path: string, body?: object): Step {
  return { name: `${method} ${path}`, act: async (walk) => void (await walk.ask(method, path, body)), until: () => Promise.resolve(true) };
}

function labelled(cluster: string, labels: object, until: Step["until"] = () => Promise.resolve(true)): Step {
  return { ...changed("PUT", `/v1/clusters/${cluster}/labels`, { labels }), until };
}

const known = (instances: number): Step => ({
  name: "the fleet is known",
  act: () => {},
  until: async (hub) => (await hub.get("/v1/availability?service=cert-manager")).body.items[0]?.counts.reachable === instances,
});
const KNOWN = known(2);

const BETA = { targets: [{ cluster: "beta", namespace: "default", name: "main" }] };
const CLUSTERS = ["alpha", "beta"];
const GATED = { clusters: { count: 1 }, verify: "'looked' in cluster.labels", verifyDeadlineSeconds: 0 };
const CANARY = { name: "canary", clusters: { count: 1 }, soakSeconds: 3_600 };
/** In each cluster: with two of them, more targets than one record holds. */
const MANY = 51;
/** Of the same record or document; with so many targets they are more than the way has moments. */
const FIRST_WRITES = 4;
const WALKS: readonly (readonly [name: string, steps: readonly Step[]])[] = [
  [
    "checks, waves, an approval, a soak, a pause, a failure and another try",
    [
      KNOWN,
      applied("forth", { waves: [{}] }),
      applied("forth", { waves: [CANARY, { name: "rest", approval: {}, maxConcurrent: 1, soakSeconds: 2 }] }),
      started("forth", withOne("forth", "Succeeded")),
      asked("forth", "pause", inPhase("forth", "Paused")),
      asked("forth", "resume", inPhase("forth", "Running")),
      asked("forth", "promote", inPhase("forth", "AwaitingApproval")),
      { ...asked("forth", "approve", inPhase("forth", "Paused")), before: (walk) => void walk.failing.add("beta") },
      { ...asked("forth", "retry", inPhase("forth", "Paused")), before: (walk) => walk.failing.clear() },
      asked("forth", "resume", inPhase("forth", "Succeeded")),
    ],
  ],
  [
    "an undo, and a rollback",
    [
      KNOWN,
      { ...applied("forth", { selector: { clusters: ["alpha"] } }), isCalm: true },
      { ...started("forth", inPhase("forth", "Succeeded")), isCalm: true },
      asked("forth", "undo", inPhase("forth-undo", "Checked")),
      started("forth-undo", inPhase("forth-undo", "Succeeded")),
      { ...applied("back", { onFailure: "Rollback", waves: [{ maxConcurrent: 1 }] }), isCalm: true },
      { ...started("back", inPhase("back", "RolledBack")), before: (walk) => void walk.failing.add("beta") },
    ],
  ],
  [
    "a rejection, and targets that are left out while they run and when they have failed",
    [
      KNOWN,
      { ...applied("forth", { waves: [{ clusters: { count: 1 } }, { approval: {} }] }), isCalm: true },
      { ...started("forth", inPhase("forth", "AwaitingApproval")), isCalm: true },
      asked("forth", "reject", inPhase("forth", "Paused")),
      { ...asked("forth", "resume", inPhase("forth", "AwaitingApproval")), isCalm: true },
      { ...asked("forth", "approve", withOne("forth", "Running")), isCalm: true, before: (walk) => void walk.lasting.add("beta") },
      asked("forth", "skip", inPhase("forth", "Succeeded"), BETA),
      { ...applied("again", { selector: { clusters: ["beta"] } }), isCalm: true, before: (walk) => walk.lasting.clear() },
      { ...started("again", inPhase("again", "Paused")), isCalm: true, before: (walk) => void walk.failing.add("beta") },
      asked("again", "skip", withOne("again", "Skipped"), BETA),
      asked("again", "resume", inPhase("again", "Succeeded")),
    ],
  ],
  [
    "a gate that fails, and a cluster that is relabelled before its turn",
    [
      KNOWN,
      ...CLUSTERS.map((cluster) => ({ ...labelled(cluster, { tier: "gold" }), isCalm: true as const })),
      { ...applied("forth", { selector: { labels: "tier=gold" }, waves: [GATED, {}] }), isCalm: true },
      started("forth", inPhase("forth", "Paused")),
      { ...labelled("alpha", { tier: "gold", looked: "good" }), isCalm: true },
      labelled("beta", { tier: "iron" }, withOne("forth", "Skipped")),
      { ...labelled("beta", { tier: "gold" }), isCalm: true },
      asked("forth", "resume", inPhase("forth", "Succeeded")),
    ],
  ],
  [
    "an abort, and changes of labels, catalogs and what is remembered",
    [
      KNOWN,
      { ...applied("stopped", { waves: [{ maxConcurrent: 1 }] }), isCalm: true },
      { ...started("stopped", withOne("stopped", "Running")), before: (walk) => void walk.lasting.add("alpha") },
      asked("stopped", "abort", inPhase("stopped", "Aborted")),
      changed("PUT", "/v1/clusters/beta/labels", { labels: { tier: "gold" } }),
      changed("POST", "/v1/catalogs", { name: "extra", catalog: { services: [] } }),
      changed("DELETE", "/v1/catalogs/extra"),
      changed("DELETE", "/v1/rollouts/stopped"),
    ],
  ],
];

/** Of every write that says something else; or, by where they go, of the first ones. */
const byContent = (write: string): readonly [name: string, deaths: readonly Fate[]] => [write, BOTH_DEATHS];
const bySubject = (write: string): readonly [name: string, deaths: readonly Fate[]] => {
  const [step, subject] = write.split(" ");
  return [`${step} ${subject}`, Array.from({ length: FIRST_WRITES }, () => BOTH_DEATHS).flat()];
};

/**
 * Whatever a hub writes (records of rollouts and of their targets, of labels and catalogs, intent documents, the audit record), it is
 * killed before and after it, and another one takes over.
 */
describe.concurrent("a hub that is killed before and after each of its writes leaves nothing undone, and nothing to be done twice:", () => {
  it.for(WALKS)("%s", async ([, steps], context) => {
    const { kills, writes } = await compare(steps, 1, byContent, context);
    expect(writes).toBeGreaterThan(steps.length);
    expect(kills).toBeGreaterThanOrEqual(writes);
  });

  it("a rollout with more targets than one record holds", async (context) => {
    const steps = [
      known(2 * MANY),
      applied("many", { waves: [{ clusters: { count: 1 } }, {}] }),
      started("many", inPhase("many", "Succeeded")),
      changed("DELETE", "/v1/rollouts/many"),
    ];
    const { kills, writes } = await compare(steps, MANY, bySubject, context);
    expect(writes).toBeGreaterThan(steps.length);
    expect(kills).toBeGreaterThanOrEqual(writes);
  });
});

/**
 * Walks in calm and with deaths: what stands is the same after each step.
 *
 * @param instances in each cluster
 * @returns `writes`: so many were tried, by their names. Each has met its first death; what was lost may be said by the next hub together
 *   with what has come since, as another write.
 */
async function compare(
  steps: readonly Step[],
  instances: number,
  deathsOf: typeof byContent,
  { onTestFinished }: Pick<TestContext, "onTestFinished">,
): Promise<{ readonly kills: number; readonly writes: number }> {
  const calm = await HubWalk.start(() => "passes", instances);
  onTestFinished(() => calm.stop());
  const expected = await calm.walk(steps);
  const left = new Map<string, readonly Fate[]>();
  const killed = await HubWalk.start((write) => {
    const [name, deaths] = deathsOf(write);
    const [fate = "passes", ...later] = left.get(name) ?? deaths;
    left.set(name, later);
    return fate;
  }, instances);
  onTestFinished(() => killed.stop());
  await killed.walk(steps, expected);
  return { kills: killed.kills, writes: left.size };
}
