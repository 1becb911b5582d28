import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { agentProgram } from "../testbed/fleet/agent.ts";
import { CrashWalk, STAGE_MS, type Stage } from "../testbed/fleet/crash-walk.ts";
import { showLogsOfFailures } from "../testbed/fleet/failure-logs.ts";
import type { Program } from "../testbed/fleet/program.ts";
import { LEDGER_CATALOG } from "../testbed/fleet/repository.ts";
import { startControlPlane, type ControlPlane } from "../testbed/kubernetes/control-plane.ts";
import { describeKubernetes } from "../testbed/kubernetes/describe-kubernetes.ts";
import { startTollgate, type Toll, type Tollgate } from "../testbed/kubernetes/tollgate.ts";

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
  let dir: string;
  let controlPlane: ControlPlane;
  let gate: Tollgate;
  let agent: Program;
  let crash: CrashWalk;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "portolan-crash-"));
    controlPlane = await startControlPlane({ name: "crash" });
    gate = await startTollgate(controlPlane);
    agent = await agentProgram({ cluster: "crash", kubeconfig: gate.kubeconfigPath, catalog: LEDGER_CATALOG, dir });
    await agent.start();
    const resources = "configmaps,deployments,jobs,services,secrets";
    crash = new CrashWalk({ controlPlane, gate, agent, service: "ledger", stages: STAGES, resources });
  });

  afterAll(async () => {
    await agent.kill();
    await gate.stop();
    await controlPlane.stop();
    await rm(dir, { recursive: true });
  });

  showLogsOfFailures(() => [agent]);

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
