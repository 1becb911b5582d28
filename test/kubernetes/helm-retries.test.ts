import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ServiceInstance } from "@portolan/agent/resources";
import { runCommand } from "@portolan/simulator/program-cache";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCluster, type Cluster } from "../testbed/fleet/cluster.ts";
import { showLogsOfFailures } from "../testbed/fleet/failure-logs.ts";
import { instance, runs } from "../testbed/fleet/ledger.ts";
import { REPOSITORY } from "../testbed/fleet/repository.ts";
import { packageChart, packageTemplates, writeService } from "../testbed/helm/charts.ts";
import { describeHelm } from "../testbed/helm/describe-helm.ts";
import { startEtcd, type Etcd } from "../testbed/kubernetes/etcd.ts";

/** Of the chart of the beacon: it fails when it is told to. */
const BEFORE_DELETE = {
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: {
    name: "beacon-farewell",
    annotations: { "helm.sh/hook": "pre-delete", "helm.sh/hook-delete-policy": "before-hook-creation" },
  },
  spec: {
    backoffLimit: 0,
    template: {
      metadata: { annotations: { "portolan.test/fails": "true" } },
      spec: { restartPolicy: "Never", containers: [{ name: "farewell", image: "example.org/beacon/tools:1" }] },
    },
  },
};
/** Fails before an installation. */
const BEFORE_INSTALL = {
  ...BEFORE_DELETE,
  metadata: { name: "raft-launch", annotations: { ...BEFORE_DELETE.metadata.annotations, "helm.sh/hook": "pre-install" } },
};
/** More than a release keeps revisions. */
const INSTALLATIONS = 12;
const MOST_REVISIONS = 10;
/** Tries at 0, 5 and 20 s fall into it; without pauses it would be one every two seconds. */
const WATCHED_MS = 24_000;
const MOST_TRIES = 4;
/** By then, the next of the tries that have grown rare would not have come. */
const SOON_MS = 20_000;

const ready = ({ status }: ServiceInstance) => status?.conditions?.find(({ type }) => type === "Ready");

describeHelm("what fails outside of an operation", (helm) => {
  let dir: string;
  let etcd: Etcd;
  let cluster: Cluster;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "portolan-helm-retries-"));
    const [charts, catalog, wreck] = [join(dir, "charts"), join(dir, "catalog"), join(dir, "wreck")];
    await Promise.all([mkdir(charts), mkdir(catalog)]);
    const beacon = await packageChart(helm(), { folder: "beacon", version: "1.0.0", into: charts });
    await packageChart(helm(), { folder: "beacon", version: "1.1.0", into: charts });
    await cp(join(REPOSITORY, "test/fixtures/charts/beacon"), wreck, { recursive: true });
    await writeFile(join(wreck, "templates/before-delete.yaml"), JSON.stringify(BEFORE_DELETE));
    const wrecked = await packageChart(helm(), { folder: wreck, version: "2.0.0", into: charts });
    const version = ({ version: chartVersion, digest }: { readonly version: string; readonly digest: string }, values: object) => ({
      version: chartVersion,
      deployer: { type: "helm", chart: "file-charts#beacon", chartVersion, digest },
      values,
    });
    const word = { message: "${secrets.pass.word}", hookFails: "${secrets.pass.word.startsWith('bad')}" };
    const secrets = [{ name: "pass", keys: ["word"] }];
    await writeService(catalog, { name: "lamp", config: { type: "object" }, secrets }, [version(beacon, word)]);
    await writeService(catalog, { name: "buoy", config: { type: "object" } }, [version(beacon, { hookFails: true })]);
    await writeService(catalog, { name: "wreck", config: { type: "object" } }, [version(wrecked, {})]);
    const raft = await packageTemplates(helm(), {
      name: "beacon",
      version: "3.0.0",
      templates: { "launch.yaml": BEFORE_INSTALL },
      into: charts,
    });
    await writeService(catalog, { name: "raft", config: { type: "object" } }, [version(raft, {})]);
    etcd = await startEtcd();
    const args = [`--helm=${helm()}`, `--chart-cache=${join(dir, "cache")}`, `--chart-folder=${dir}`, "--chart-mirror=file-charts=charts"];
    cluster = await startCluster({ name: "retries", etcd, catalog, dir, args });
  });

  afterAll(async () => {
    await cluster.stop();
    await etcd.stop();
    await rm(dir, { recursive: true });
  });

  showLogsOfFailures(() => [cluster.agent]);

  /** An instance of a service, in the namespace of that name. */
  const install = async (service: string, version: string, spec: object = {}): Promise<void> => {
    await cluster.kubectl(["apply", "--server-side", "-f", "-"], instance(`${service}/${service}`, { version, ...spec }));
    await cluster.instances.until(`${service}/${service}`, `runs ${version}`, runs(version));
  };
  const inCluster = async (args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await runCommand(helm(), [...args, `--kubeconfig=${cluster.controlPlane.kubeconfigPath}`]);
    if (code !== 0) throw new Error(`helm ${args.join(" ")} ended with ${code}: ${stderr}`);
    return stdout;
  };
  const failedRevisions = async (service: string): Promise<number> => {
    const listed = await inCluster(["history", service, `--namespace=${service}`, "--output=json"]);
    const revisions: readonly { readonly status: string }[] = JSON.parse(listed);
    return revisions.filter(({ status }) => status === "failed").length;
  };
  const untilHookFailed = (service: string): Promise<ServiceInstance> =>
    cluster.instances.until(`${service}/${service}`, "says which hook has failed", (found) => ready(found)?.reason === "HookFailed");
  /** From when it was told first. */
  const reasonsSince = (service: string): ReadonlySet<string | undefined> => {
    const reasons = cluster.instances.states(`${service}/${service}`).map((state) => ready(state)?.reason);
    return new Set(reasons.slice(reasons.indexOf("HookFailed")));
  };

  describe("is tried again less and less often, and told", () => {
    it("when the installed version cannot be deployed with a rotated secret; at once, when that is rotated again", async () => {
      const keep = (word: string) =>
        cluster.kubectl(["apply", "--server-side", "-f", "-"], {
          apiVersion: "v1",
          kind: "Secret",
          metadata: { name: "pass", namespace: "lamp" },
          stringData: { word },
        });
      await cluster.kubectl(["create", "namespace", "lamp"]);
      await keep("good");
      await install("lamp", "1.0.0", { secretRefs: [{ name: "pass", secretName: "pass" }] });
      await keep("bad");
      const told = await untilHookFailed("lamp");
      expect(ready(told)).toMatchObject({ status: "False", message: expect.stringMatching(/lamp-schema.*; it was tried once$/u) });
      await sleep(WATCHED_MS);
      expect(await failedRevisions("lamp")).toBeGreaterThan(1);
      expect(await failedRevisions("lamp")).toBeLessThanOrEqual(MOST_TRIES);
      expect(reasonsSince("lamp")).toEqual(new Set(["HookFailed"]));
      await keep("better");
      await cluster.instances.until("lamp/lamp", "runs 1.0.0", runs("1.0.0"), { withinMs: SOON_MS });
      expect(await cluster.kubectl(["get", "configmap/lamp", "--namespace=lamp", "-o=jsonpath={.data.message}"])).toBe("better");
    });

    it("when a release that a person has upgraded cannot be brought back; at once, when someone asks for it", async () => {
      await cluster.kubectl(["create", "namespace", "buoy"]);
      await install("buoy", "1.0.0");
      await inCluster(["upgrade", "buoy", join(dir, "charts/beacon-1.1.0.tgz"), "--namespace=buoy", "--set=hookFails=false"]);
      await untilHookFailed("buoy");
      await sleep(WATCHED_MS);
      const tries = await failedRevisions("buoy");
      expect(tries).toBeGreaterThan(1);
      expect(tries).toBeLessThanOrEqual(MOST_TRIES);
      expect(reasonsSince("buoy")).toEqual(new Set(["HookFailed"]));
      await cluster.kubectl(["annotate", "si/buoy", "--namespace=buoy", "portolan.dev/retry=1"]);
      const isNew = (found: ServiceInstance): boolean => ready(found)?.message.endsWith("it was tried once") === true;
      await cluster.instances.until("buoy/buoy", "was tried for the new reason", isNew, { withinMs: SOON_MS });
    });

    it("when a hook fails before a service is taken away, until it is let go of", async () => {
      await cluster.kubectl(["create", "namespace", "wreck"]);
      await install("wreck", "2.0.0");
      const hooks = new Set<string>();
      await cluster.kubectl(["delete", "si/wreck", "--namespace=wreck", "--wait=false"]);
      const told = await cluster.instances.until("wreck/wreck", "says why", (found) => ready(found)?.reason === "UninstallFailed");
      expect(ready(told)?.message).toMatch(/helm uninstall: .*beacon-farewell.*; spec\.deletionPolicy: Orphan would leave what is there/u);
      for (const end = Date.now() + WATCHED_MS; Date.now() < end; await sleep(500))
        hooks.add(
          await cluster.kubectl(["get", "job/beacon-farewell", "--namespace=wreck", "--ignore-not-found", "-o=jsonpath={.metadata.uid}"]),
        );
      hooks.delete("");
      expect(hooks.size).toBeGreaterThan(1);
      expect(hooks.size).toBeLessThanOrEqual(MOST_TRIES);
      const reasons = cluster.instances.states("wreck/wreck").map((state) => ready(state)?.reason);
      expect(new Set(reasons.slice(reasons.indexOf("UninstallFailed")))).toEqual(new Set(["UninstallFailed"]));
      await cluster.kubectl(["patch", "si/wreck", "--namespace=wreck", "--type=merge", '--patch={"spec":{"deletionPolicy":"Orphan"}}']);
      await cluster.instances.untilGone("wreck/wreck");
    });
  });

  it("fills no namespace with the revisions of an installation that fails whenever it is asked for", async () => {
    await cluster.kubectl(["create", "namespace", "raft"]);
    await cluster.kubectl(["apply", "--server-side", "-f", "-"], instance("raft/raft", { version: "3.0.0" }));
    for (let time = 1; time <= INSTALLATIONS; time++) {
      const hasFailed = ({ status }: ServiceInstance): boolean =>
        status?.phase === "Failed" && (time === 1 || status.lastHandledRetry === String(time));
      await cluster.instances.until("raft/raft", `has failed for time ${time}`, hasFailed);
      await cluster.kubectl(["annotate", "si/raft", "--namespace=raft", `portolan.dev/retry=${time + 1}`, "--overwrite"]);
    }
    const names = (
      await cluster.kubectl([
        "get",
        "secrets",
        "--namespace=raft",
        "--selector=owner=helm",
        "-o=jsonpath={.items[*].metadata.labels.version}",
      ])
    ).split(" ");
    expect(names).toContain(String(INSTALLATIONS));
    expect(names.length).toBeLessThanOrEqual(MOST_REVISIONS);
  });
});
