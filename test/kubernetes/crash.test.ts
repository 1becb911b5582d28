import { afterAll, beforeAll, expect, it } from "vitest";
import { startCrashCluster, type CrashCluster } from "../testbed/fleet/crash-cluster.ts";
import { STAGE_MS, type CrashWalk, type Stage } from "../testbed/fleet/crash-walk.ts";
import { showLogsOfFailures } from "../testbed/fleet/failure-logs.ts";
import { LEDGER_CATALOG } from "../testbed/fleet/repository.ts";
import { describeKubernetes } from "../testbed/kubernetes/describe-kubernetes.ts";
import type { Toll } from "../testbed/kubernetes/tollgate.ts";

const STAGES: readonly Stage[] = [
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

describeKubernetes("a service whose agent is killed at every write that it makes for it", () => {
  let cluster: CrashCluster;
  let crash: CrashWalk;

  beforeAll(async () => {
    cluster = await startCrashCluster({
      name: "crash",
      prepare: async () => await Promise.resolve({ catalog: LEDGER_CATALOG }),
      service: "ledger",
      stages: STAGES,
      resources: "configmaps,deployments,jobs,services,secrets",
    });
    ({ crash } = cluster);
  });

  afterAll(async () => await cluster.stop());

  showLogsOfFailures(() => [cluster.agent]);

  const jobsMade = (namespace: string) => crash.countOf(namespace, ({ method, path }) => method === "POST" && path.includes("/jobs"));
  /** Of the service's objects: what is kept for an operation that was accepted anew is made anew, and swept anew. */
  const deletions = (namespace: string) =>
    crash.countOf(namespace, ({ method, path }) => method === "DELETE" && !path.includes("/configmaps/portolan-ledger-"));

  it.each<[string, Toll]>([
    ["before", "lost before"],
    ["after", "lost after"],
  ])(
    "%s the API server has heard of it: everything ends as without that, each Job is made once, and nothing is deleted twice",
    async (when, toll) => {
      const calm = `calm-${when}`;
      const expected = await crash.walk(calm);
      const namespace = `killed-${when}`;
      const killing = crash.killAtEveryWrite(namespace, [toll]);
      const results = await crash.walk(namespace);
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
