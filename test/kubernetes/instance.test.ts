import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { withOfflineKinds } from "@portolan/agent/rbac";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { startCluster, type Cluster } from "../testbed/fleet/cluster.ts";
import { eventually } from "../testbed/fleet/eventually.ts";
import { showLogsOfFailures } from "../testbed/fleet/failure-logs.ts";
import { closeGateForDeployment, closeGateForJobs } from "../testbed/fleet/gate.ts";
import {
  actionsOf,
  BACK_TO_2,
  installLedger,
  isAt,
  ledger,
  ledgerIn,
  ledgerObjects,
  letJobRun,
  patchLedger,
  runs,
  TO_1,
  TO_2,
  TO_3,
} from "../testbed/fleet/ledger.ts";
import { LEDGER_CATALOG } from "../testbed/fleet/repository.ts";
import { describeEveryKubernetes } from "../testbed/kubernetes/describe-kubernetes.ts";
import { startEtcd, type Etcd } from "../testbed/kubernetes/etcd.ts";

const groupListSchema = z.object({
  groups: z.array(z.object({ name: z.string(), versions: z.array(z.object({ groupVersion: z.string() })) })),
});
const resourceListSchema = z.object({
  resources: z.array(z.object({ name: z.string(), kind: z.string(), namespaced: z.boolean(), verbs: z.array(z.string()) })),
});

/** How soon a person expects an object to be put back. */
const DRIFT_MS = 5_000;

describeEveryKubernetes("an instance that its agent looks after alone", (release) => {
  let dir: string;
  let etcd: Etcd;
  let cluster: Cluster;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "portolan-instance-"));
    etcd = await startEtcd();
    cluster = await startCluster({
      name: "alone",
      etcd,
      release,
      catalog: LEDGER_CATALOG,
      dir,
    });
  });

  afterAll(async () => {
    await cluster.stop();
    await etcd.stop();
    await rm(dir, { recursive: true });
  });

  showLogsOfFailures(() => [cluster.agent]);

  const objects = (namespace: string) => ledgerObjects(cluster, namespace);
  const actions = (namespace: string): readonly string[] => actionsOf(cluster.instances.states(ledgerIn(namespace)));
  const reach = (namespace: string, version: string) => cluster.instances.until(ledgerIn(namespace), `runs ${version}`, runs(version));
  const stopAt = (namespace: string, version: string, action: string) =>
    cluster.instances.until(ledgerIn(namespace), `is at ${version} ${action}`, isAt(version, action));

  it("discovers versions, is installed, goes up two steps with their hooks, and down again", async () => {
    const namespace = "walk";
    await cluster.kubectl(["create", "namespace", namespace]);
    await cluster.kubectl(["apply", "-f", "-"], ledger(namespace));

    const discovered = await cluster.instances.until(ledgerIn(namespace), "is discovered", ({ status }) => status?.phase === "Discovered");
    expect(discovered.status?.availableVersions?.map(({ version, direction, steps }) => ({ version, direction, steps }))).toStrictEqual([
      { version: "3.0.0", direction: "install", steps: ["3.0.0"] },
      { version: "2.0.0", direction: "install", steps: ["2.0.0"] },
      { version: "1.0.0", direction: "install", steps: ["1.0.0"] },
    ]);
    expect(await cluster.kubectl(["get", "servicedefinition", "ledger", "-o=jsonpath={.spec.versions[*].version}"])).toBe(
      "3.0.0 2.0.0 1.0.0",
    );
    expect(await objects(namespace)).toStrictEqual([]);
    expect(table(await cluster.kubectl(["get", "sd", "ledger"]))).toMatchObject([
      { NAME: "ledger", LATEST: "3.0.0", VERSIONS: "3", SCOPE: "Namespace" },
    ]);

    await patchLedger(cluster, namespace, { version: "1.0.0" });
    const installed = await reach(namespace, "1.0.0");
    expect(table(await cluster.kubectl(["get", "si", `--namespace=${namespace}`]))).toStrictEqual([
      {
        NAME: "ledger",
        SERVICE: "ledger",
        VERSION: "1.0.0",
        TARGET: "1.0.0",
        AVAILABLE: "2",
        READY: "True",
        STATUS: "1.0.0 is installed",
        AGE: expect.stringMatching(/^\d+[sm]/u),
      },
    ]);
    const legacy = async (): Promise<string> =>
      await cluster.kubectl([
        "get",
        "configmap/ledger-legacy",
        `--namespace=${namespace}`,
        "--ignore-not-found",
        "-o=jsonpath={.metadata.name}",
      ]);
    expect(await legacy()).toBe("ledger-legacy");
    expect(installed.status?.availableVersions?.map(({ direction, steps }) => [direction, ...steps].join(" "))).toStrictEqual([
      "upgrade 2.0.0",
      "upgrade 2.0.0 3.0.0",
    ]);
    const [before] = await objects(namespace);
    expect(before).toMatchObject({ kind: "Deployment", image: "example.org/ledger/server:1.0.0" });

    await patchLedger(cluster, namespace, { version: "3.0.0" });
    await reach(namespace, "3.0.0");
    // No later version has it.
    expect(await legacy()).toBe("");
    const [deployment, ...jobs] = await objects(namespace);
    expect(deployment).toMatchObject({ kind: "Deployment", image: "example.org/ledger/server:3.0.0" });
    expect(deployment?.uid).not.toBe(before?.uid);
    expect(jobs.map(({ image }) => image)).toStrictEqual(["example.org/ledger/tools:2.0.0", "example.org/ledger/tools:3.0.0"]);

    await patchLedger(cluster, namespace, { version: "1.0.0" });
    const back = await reach(namespace, "1.0.0");
    expect(back.status?.history?.map(({ from, to, result }) => [from, to, result])).toStrictEqual([
      ["3.0.0", "1.0.0", "Succeeded"],
      ["1.0.0", "3.0.0", "Succeeded"],
      [undefined, "1.0.0", "Succeeded"],
    ]);
    expect(actions(namespace)).toStrictEqual([...TO_1, ...TO_2, ...TO_3, ...BACK_TO_2, ...TO_1]);
  });

  it("has a role that was made without the cluster, and knows how every kind of Kubernetes is served", async () => {
    const raw = async (path: string): Promise<unknown> => JSON.parse(await cluster.kubectl(["get", `--raw=${path}`]));
    const groups = groupListSchema.parse(await raw("/apis")).groups.filter(({ name }) => !name.includes("portolan.dev"));
    const versions = groups.flatMap((group) => group.versions.map(({ groupVersion }) => groupVersion));
    const served = new Map<string, { readonly plural: string; readonly namespaced: boolean }>();
    const kinds: { readonly apiVersion: string; readonly kind: string }[] = [];
    for (const apiVersion of ["v1", ...versions]) {
      const path = apiVersion === "v1" ? "/api/v1" : `/apis/${apiVersion}`;
      for (const { name: plural, kind, namespaced, verbs } of resourceListSchema.parse(await raw(path)).resources) {
        if (plural.includes("/") || !verbs.includes("patch")) continue;
        served.set(`${apiVersion}/${kind}`, { plural, namespaced });
        kinds.push({ apiVersion, kind });
      }
    }
    expect(served.size).toBeGreaterThan(40);
    expect(withOfflineKinds(kinds, new Map())).toEqual(served);
  });

  it("tells a person with kubectl what it waits for, and what went wrong", async () => {
    const namespace = "told";
    const row = async (): Promise<Readonly<Record<string, string>>> =>
      table(await cluster.kubectl(["get", "si", `--namespace=${namespace}`, "-o=wide"]))[0] ?? {};
    const untilRow = async (reason: string): Promise<Readonly<Record<string, string>>> =>
      await eventually(`it is shown with ${reason}`, row, (shown) => shown["REASON"] === reason);
    await cluster.kubectl(["create", "namespace", namespace]);
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    await cluster.kubectl(["apply", "-f", "-"], ledger(namespace, { version: "1.0.0", config: { note: 5 } as never }));
    expect(await untilRow("ConfigInvalid")).toMatchObject({ READY: "False", STATUS: "config: /note: expected string, found 5" });

    await patchLedger(cluster, namespace, { config: { note: "well" } });
    await reach(namespace, "1.0.0");
    expect(await row()).toMatchObject({ STATUS: "1.0.0 is installed", PHASE: "Ready", REASON: "Installed" });

    const windows = [{ cron: "30 3 29 2 *", duration: "1h" }];
    await patchLedger(cluster, namespace, { version: "3.0.0", config: { schemaFails: true }, upgradePolicy: { windows } });
    expect(await untilRow("WindowClosed")).toMatchObject({
      VERSION: "1.0.0",
      TARGET: "3.0.0",
      STATUS: expect.stringMatching(/^waits for the maintenance window that opens at \d{4}-02-29T03:30:00Z$/u),
    });

    await patchLedger(cluster, namespace, { upgradePolicy: { windows: [] } });
    const { STATUS: status, ...shown } = await untilRow("JobFailed");
    expect(status).toMatch(
      /^Upgrade to 3\.0\.0 failed in step 2 of 2 \(2\.0\.0 → 3\.0\.0\): after\/schema: Job told\/ledger-schema-[-\w]+ failed: Job has reached/u,
    );
    expect(shown).toMatchObject({ VERSION: "2.0.0", TARGET: "3.0.0", READY: "False", PHASE: "Failed" });
    expect(await cluster.kubectl(["describe", "si", "ledger", `--namespace=${namespace}`])).toContain(
      "nothing is tried again until the spec changes or the annotation portolan.dev/retry is set",
    );

    const events = async (): Promise<readonly string[]> => {
      const query = "{range .items[?(@.involvedObject.kind=='ServiceInstance')]}{.type} {.reason}: {.message}{'\\n'}{end}";
      return (await cluster.kubectl(["get", "events", `--namespace=${namespace}`, `-o=jsonpath=${query}`])).trimEnd().split("\n");
    };
    const told = await eventually("it is told", events, (lines) => lines.some((line) => line.includes("UpgradeFailed")));
    expect(told.toSorted()).toStrictEqual([
      expect.stringMatching(/^Normal HookFinished: before\/backup \(job\): Job told\/ledger-backup-/u),
      "Normal HookFinished: before/delete-server (delete): Deployment told/ledger",
      "Normal InstallStarted: Install 1.0.0, asked for by kubectl-client-side-apply",
      "Normal InstallSucceeded: 1.0.0 is installed",
      "Normal UpgradeStarted: Upgrade from 1.0.0 to 3.0.0 in 2 steps (2.0.0 → 3.0.0), asked for by kubectl-patch",
      expect.stringMatching(/^Normal WindowClosed: waits for the maintenance window that opens at/u),
      "Warning ConfigInvalid: config: /note: expected string, found 5",
      expect.stringMatching(/^Warning UpgradeFailed: Upgrade to 3\.0\.0 failed in step 2 of 2/u),
    ]);
  });

  it("has what another hand changed or deleted put back, within seconds", async () => {
    const namespace = "drift";
    await installLedger(cluster, namespace, { version: "1.0.0", config: { note: "as configured" } });
    const read = (object: string, path: string): Promise<string> =>
      cluster.kubectl(["get", object, `--namespace=${namespace}`, "--ignore-not-found", `-o=jsonpath=${path}`]);

    await cluster.kubectl(["patch", "configmap/ledger", `--namespace=${namespace}`, "--type=merge", '--patch={"data":{"note":"by hand"}}']);
    await eventually(
      "the note is as configured",
      () => read("configmap/ledger", "{.data.note}"),
      (note) => note === "as configured",
      {
        withinMs: DRIFT_MS,
      },
    );

    await cluster.kubectl(["scale", "deployment/ledger", `--namespace=${namespace}`, "--replicas=3"]);
    await eventually(
      "there is one replica",
      () => read("deployment/ledger", "{.spec.replicas}"),
      (replicas) => replicas === "1",
      {
        withinMs: DRIFT_MS,
      },
    );

    await cluster.kubectl(["delete", "deployment/ledger", `--namespace=${namespace}`]);
    await eventually(
      "the Deployment is there",
      () => read("deployment/ledger", "{.metadata.name}"),
      (name) => name === "ledger",
      {
        withinMs: DRIFT_MS,
      },
    );
    expect((await reach(namespace, "1.0.0")).status?.history).toHaveLength(1);
  });

  it("takes its objects along when it is deleted", async () => {
    const namespace = "removal";
    await installLedger(cluster, namespace, { version: "1.0.0" });
    await cluster.kubectl(["delete", "serviceinstance/ledger", `--namespace=${namespace}`]);
    await cluster.instances.untilGone(ledgerIn(namespace));
    // Without their owner, because the service was uninstalled before the instance was let go of.
    expect((await objects(namespace)).map(({ kind, name }) => ({ kind, name }))).toStrictEqual([]);
  });

  it("waits for its agent, which ends in good order at SIGTERM in the middle of an action and goes on where it was", async () => {
    const namespace = "terminated";
    await installLedger(cluster, namespace, { version: "1.0.0", config: { backupWaits: true } });
    await patchLedger(cluster, namespace, { version: "2.0.0" });
    await eventually(
      "there is a Job",
      () => objects(namespace),
      (all) => all.some(({ kind }) => kind === "Job"),
    );
    expect(await cluster.agent.stop()).toStrictEqual({ code: 0, signal: null });
    await letJobRun(cluster, namespace);
    await cluster.agent.start();
    await reach(namespace, "2.0.0");
    expect(await objects(namespace)).toMatchObject([{ kind: "Deployment" }, { kind: "Job", succeeded: 1 }]);
    expect(actions(namespace)).toStrictEqual([...TO_1, ...TO_2]);
  });

  describe("whose agent is killed", () => {
    const jobOf = async (namespace: string) => {
      const found = await eventually(
        "there is a Job",
        () => objects(namespace),
        (all) => all.some(({ kind }) => kind === "Job"),
      );
      return found.find(({ kind }) => kind === "Job");
    };
    const startAgain = async (): Promise<void> => {
      await cluster.agent.kill();
      await cluster.agent.start();
    };

    it("before an action, which then runs once", async () => {
      const namespace = "killed-before";
      await installLedger(cluster, namespace, { version: "1.0.0" });
      const gate = await closeGateForJobs(cluster, namespace);
      await patchLedger(cluster, namespace, { version: "2.0.0" });
      await stopAt(namespace, "2.0.0", "before/backup");
      await cluster.agent.kill();
      expect(await objects(namespace)).toMatchObject([{ kind: "Deployment", image: "example.org/ledger/server:1.0.0" }]);

      await gate.open();
      await cluster.agent.start();
      await reach(namespace, "2.0.0");
      expect(await objects(namespace)).toMatchObject([{ kind: "Deployment" }, { kind: "Job" }]);
      expect(actions(namespace)).toStrictEqual([...TO_1, ...TO_2]);
    });

    it("during an action, which goes on and is not begun again", async () => {
      const namespace = "killed-during";
      await installLedger(cluster, namespace, { version: "1.0.0", config: { backupWaits: true } });
      await patchLedger(cluster, namespace, { version: "2.0.0" });
      const job = await jobOf(namespace);
      await startAgain();
      expect(await jobOf(namespace)).toStrictEqual(job);

      await letJobRun(cluster, namespace);
      await reach(namespace, "2.0.0");
      expect((await objects(namespace)).slice(1)).toStrictEqual([{ ...job, succeeded: 1 }]);
      expect(actions(namespace)).toStrictEqual([...TO_1, ...TO_2]);
    });

    it("before it saw the end of an action, which is not run again", async () => {
      const namespace = "killed-after";
      await installLedger(cluster, namespace, { version: "1.0.0", config: { backupWaits: true } });
      await patchLedger(cluster, namespace, { version: "2.0.0" });
      const job = await jobOf(namespace);
      await cluster.agent.kill();
      await letJobRun(cluster, namespace);
      await cluster.kubectl(["wait", "--for=condition=Complete", `job/${job?.name}`, `--namespace=${namespace}`, "--timeout=30s"]);

      await cluster.agent.start();
      await reach(namespace, "2.0.0");
      expect((await objects(namespace)).slice(1)).toStrictEqual([{ ...job, succeeded: 1 }]);
      expect(actions(namespace)).toStrictEqual([...TO_1, ...TO_2]);
    });

    it("at every action of two steps but the last deployment, of which each is finished once", async () => {
      const namespace = "killed-always";
      const config = { backupWaits: true, schemaWaits: true, readyAfter: "2s" };
      await installLedger(cluster, namespace, { version: "1.0.0", config });
      await patchLedger(cluster, namespace, { version: "3.0.0" });
      await stopAt(namespace, "2.0.0", "before/backup");
      await startAgain();
      const update = await closeGateForDeployment(cluster, namespace, "ledger", "UPDATE");
      await letJobRun(cluster, namespace);
      await stopAt(namespace, "2.0.0", "deploy");
      await startAgain();
      const deletion = await closeGateForDeployment(cluster, namespace, "ledger", "DELETE");
      await update.open();
      await stopAt(namespace, "2.0.0", "ready");
      await startAgain();
      await stopAt(namespace, "3.0.0", "before/delete-server");
      await startAgain();
      await deletion.open();
      await stopAt(namespace, "3.0.0", "ready");
      await cluster.agent.kill();
      const [madeOnce] = await objects(namespace);
      await cluster.agent.start();
      await stopAt(namespace, "3.0.0", "after/schema");
      await startAgain();
      await letJobRun(cluster, namespace);
      await reach(namespace, "3.0.0");

      const [deployment, ...jobs] = await objects(namespace);
      expect(deployment?.uid).toBe(madeOnce?.uid);
      expect(jobs.map(({ image, succeeded }) => ({ image, succeeded }))).toStrictEqual([
        { image: "example.org/ledger/tools:2.0.0", succeeded: 1 },
        { image: "example.org/ledger/tools:3.0.0", succeeded: 1 },
      ]);
      expect(actions(namespace)).toStrictEqual([...TO_1, ...TO_2, ...TO_3]);
    });
  });
});

/** What kubectl prints for people: a row an object, by the headers of its columns. */
function table(printed: string): readonly Readonly<Record<string, string>>[] {
  const [header = "", ...rows] = printed.trimEnd().split("\n");
  const columns = [...header.matchAll(/\S+ */gu)].map((match) => ({ name: match[0].trim(), at: match.index, width: match[0].length }));
  return rows.map((row) =>
    Object.fromEntries(
      columns.map(({ name, at, width }, index) => [name, row.slice(at, index === columns.length - 1 ? undefined : at + width).trim()]),
    ),
  );
}
