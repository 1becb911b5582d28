import { describe, expect, it } from "vitest";
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

function asked(name: string, command: string, until: Step["until"]): Step {
  return {
    name: `${command} of ${name}`,
    act: async (walk) => void (await walk.ask("POST", `/v1/rollouts/${name}/${command}`, {})),
    until,
  };
}

function changed(method: string, path: string, body?: object): Step {
  return { name: `${method} ${path}`, act: async (walk) => void (await walk.ask(method, path, body)), until: () => Promise.resolve(true) };
}

const KNOWN: Step = {
  name: "the fleet is known",
  act: () => {},
  until: async (hub) => (await hub.get("/v1/availability?service=cert-manager")).body.items[0]?.counts.reachable === 2,
};

const CANARY = { name: "canary", clusters: { count: 1 }, soakSeconds: 3_600 };
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

/**
 * Whatever a hub writes (records of rollouts and of their targets, of labels and catalogs, intent documents, the audit record), it is
 * killed before and after it, and another one takes over.
 */
describe.concurrent("a hub that is killed before and after each of its writes leaves nothing undone, and nothing to be done twice:", () => {
  it.for(WALKS)("%s", async ([, steps], { onTestFinished }) => {
    const calm = await HubWalk.start(() => "passes");
    onTestFinished(() => calm.stop());
    const expected = await calm.walk(steps);
    const left = new Map<string, readonly Fate[]>();
    const killed = await HubWalk.start((write) => {
      const [fate = "passes", ...later] = left.get(write) ?? BOTH_DEATHS;
      left.set(write, later);
      return fate;
    });
    onTestFinished(() => killed.stop());
    await killed.walk(steps, expected);
    // Each write has met its first death. What was lost may be said by the next hub together with what has come since, as another write.
    expect(left.size).toBeGreaterThan(steps.length);
    expect(killed.kills).toBeGreaterThanOrEqual(left.size);
  });
});
