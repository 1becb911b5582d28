import { describe, expect, it } from "vitest";
import type { HubEvent, HubRollout } from "./hub-client.ts";
import { clusterResults, rolloutResult, type FinishedRollout } from "./record.ts";

const names = ["bergen", "malmo"];

function targets(states: Readonly<Record<string, string>>): NonNullable<HubRollout["targets"]> {
  return Object.entries(states).map(([cluster, state]) => ({ cluster, state, reasons: [] }));
}

function finished(states: Readonly<Record<string, string>>, parts: Partial<FinishedRollout> = {}): FinishedRollout {
  return {
    service: "web",
    version: "2.0.0",
    rollout: { name: "one", phase: "Succeeded", targets: targets(states) },
    ms: 7,
    events: [],
    ...parts,
  };
}

const results = (...rollouts: FinishedRollout[]) => clusterResults(names, rollouts).map(({ name, result }) => `${name} ${result}`);

describe("the results of the clusters", () => {
  const all = finished({ bergen: "Succeeded", malmo: "Succeeded" });

  it("are successes when every target of every command succeeded", () => {
    expect(results(all, all)).toEqual(["bergen Succeeded", "malmo Succeeded"]);
  });

  it("tell of a target that failed, in whichever command", () => {
    expect(results(all, finished({ bergen: "Succeeded", malmo: "Failed" }))).toEqual(["bergen Succeeded", "malmo Failed"]);
  });

  it("count a cluster that a command for all has left out as one that did not arrive", () => {
    expect(results(finished({ bergen: "Succeeded" }), all)).toEqual(["bergen Succeeded", "malmo Failed"]);
    expect(results(finished({}))).toEqual(["bergen Failed", "malmo Failed"]);
    expect(results({ ...all, rollout: { name: "one", phase: "Succeeded" } })).toEqual(["bergen Failed", "malmo Failed"]);
  });

  it("ask of the clusters that a command is meant for, and of no other one", () => {
    const only = { clusters: ["malmo"] };
    expect(results(all, finished({ malmo: "Succeeded" }, only))).toEqual(["bergen Succeeded", "malmo Succeeded"]);
    expect(results(all, finished({ malmo: "Failed" }, only))).toEqual(["bergen Succeeded", "malmo Failed"]);
    expect(results(all, finished({}, only))).toEqual(["bergen Succeeded", "malmo Failed"]);
  });
});

describe("the book of what happened", () => {
  const event = (cluster: string, parts: Partial<HubEvent>): HubEvent => ({
    cluster,
    namespace: "apps",
    name: "one",
    service: "web",
    type: "StepFinished",
    step: { from: "1.0.0", to: "2.0.0", upgrader: "to-2" },
    durationMs: 12,
    ...parts,
  });
  const hook = { name: "before/backup", action: "job", object: "Job apps/backup" };
  const events = [
    event("bergen", { type: "HookFinished", hook }),
    event("bergen", {}),
    event("malmo", { step: { from: null, to: "2.0.0", upgrader: null } }),
    event("malmo", { type: "OperationSucceeded" }),
  ];

  it("has each cluster's hops, of the first command, and hooks, of all", () => {
    const first = finished({ bergen: "Succeeded", malmo: "Succeeded" }, { events });
    expect(clusterResults(names, [first, first])).toEqual([
      {
        name: "bergen",
        hops: [{ from: "1.0.0", to: "2.0.0", upgrader: "to-2", ms: 12 }],
        hooks: Array.from({ length: 2 }, () => ({
          service: "web",
          step: "1.0.0 → 2.0.0",
          action: "job",
          hook: "before/backup",
          object: "Job apps/backup",
        })),
        result: "Succeeded",
      },
      { name: "malmo", hops: [{ from: null, to: "2.0.0", upgrader: null, ms: 12 }], hooks: [], result: "Succeeded" },
    ]);
  });

  it("has a command's targets as they ended", () => {
    expect(rolloutResult(finished({ bergen: "Failed" }, { events }))).toEqual({
      service: "web",
      version: "2.0.0",
      state: "Succeeded",
      ms: 7,
      clusters: [{ name: "bergen", hops: [{ from: "1.0.0", to: "2.0.0", upgrader: "to-2", ms: 12 }], result: "Failed" }],
    });
  });
});
