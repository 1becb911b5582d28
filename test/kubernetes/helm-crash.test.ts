import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "@portolan/simulator/program-cache";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startCrashCluster, type CrashCluster } from "../testbed/fleet/crash-cluster.ts";
import { STAGE_MS, type CrashWalk, type Stage } from "../testbed/fleet/crash-walk.ts";
import { showLogsOfFailures } from "../testbed/fleet/failure-logs.ts";
import { packageChart, writeService } from "../testbed/helm/charts.ts";
import { describeHelm } from "../testbed/helm/describe-helm.ts";
import type { Write } from "../testbed/kubernetes/tollgate.ts";

const STAGES: readonly Stage[] = [
  { spec: { version: "1.0.0" }, runs: "1.0.0", reason: "Installed" },
  // The chart's hook of the second step fails, so both steps are taken back.
  {
    spec: { version: "2.0.0", config: { hookFails: true }, upgradePolicy: { onFailure: "Rollback" } },
    runs: "1.0.0",
    reason: "RolledBack",
  },
  { spec: { version: "2.0.0" }, runs: "2.0.0", reason: "Installed" },
  { spec: { version: "2.0.0", config: { message: "another" } }, runs: "2.0.0", reason: "Installed" },
  { spec: { version: "1.0.0" }, runs: "1.0.0", reason: "Installed" },
  "delete",
];

const UPGRADERS = {
  "to-middle.yaml": {
    direction: "upgrade",
    from: "1.0.0",
    to: "1.1.0",
    before: [{ name: "backup", action: "job", job: "manifests/backup-job.yaml" }],
  },
  "to-2.yaml": {
    direction: "upgrade",
    from: "1.1.0",
    to: "2.0.0",
    before: [{ name: "delete-server", action: "delete", target: { apiVersion: "apps/v1", kind: "Deployment", name: "${release.name}" } }],
    after: [{ name: "schema", action: "job", job: "manifests/schema-job.yaml" }],
  },
  "back-to-middle.yaml": { direction: "downgrade", from: "2.0.0", to: "1.1.0" },
  "back-to-1.yaml": { direction: "downgrade", from: "1.1.0", to: "1.0.0" },
};

function job(name: string): object {
  const container = { name, image: "example.org/beacon/tools:${release.version}" };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: `\${release.name}-${name}` },
    spec: { backoffLimit: 0, template: { spec: { restartPolicy: "Never", containers: [container] } } },
  };
}

/**
 * helm writes a release anew, under a new number and with new times, whenever it begins again: its writes are the same when they say the
 * same of the same kind of object. The Secret says how far it has come.
 */
function nameOf({ method, path, body }: Write): string | undefined {
  const status = /"status":"([\w-]+)"/u.exec(body)?.[1];
  if (/\/secrets(\/sh\.helm|\?|$)/u.test(path)) return `${method} release ${status ?? ""}`;
  // The chart's own Jobs.
  if (/\/jobs\/beacon-schema(\?|$)|\/jobs\?.*fieldManager=helm/u.test(path)) return `${method} hook`;
  return undefined;
}

/** The charts, a catalog whose versions are deployed from them, and how the agent finds both. */
async function writeCharts(helm: string, dir: string): Promise<{ readonly catalog: string; readonly args: readonly string[] }> {
  const [charts, catalog] = [join(dir, "charts"), join(dir, "catalog")];
  await Promise.all([mkdir(charts), mkdir(catalog)]);
  const versions = [];
  for (const version of ["1.0.0", "1.1.0", "2.0.0"]) {
    const { digest } = await packageChart(helm, { folder: "beacon", version, into: charts });
    const hookFails = version === "2.0.0" ? { hookFails: "${config.hookFails}" } : {};
    const deployer = { type: "helm", chart: "file-charts#beacon", chartVersion: version, digest };
    versions.push({ version, deployer, values: { message: "${config.message}", ...hookFails } });
  }
  const properties = { message: { type: "string", default: "none" }, hookFails: { type: "boolean", default: false } };
  const manifests = { "backup-job.yaml": job("backup"), "schema-job.yaml": job("schema") };
  const service = { name: "beacon", config: { type: "object", additionalProperties: false, properties } };
  await writeService(catalog, service, versions, { upgraders: UPGRADERS, manifests });
  return {
    catalog,
    args: [`--helm=${helm}`, `--chart-cache=${join(dir, "cache")}`, `--chart-folder=${dir}`, "--chart-mirror=file-charts=charts"],
  };
}

describeHelm("a service from charts whose agent is killed at every write that it or its helm makes", (helm) => {
  let cluster: CrashCluster;
  let crash: CrashWalk;

  beforeAll(async () => {
    cluster = await startCrashCluster({
      name: "helm-crash",
      prepare: async (dir) => await writeCharts(helm(), dir),
      service: "beacon",
      stages: STAGES,
      resources: "configmaps,deployments,jobs,services",
      // An installation that was interrupted goes on as an upgrade, with the chart's hook for that.
      leaves: ["Job/beacon-schema"],
      nameOf,
    });
    ({ crash } = cluster);
  });

  afterAll(async () => await cluster.stop());

  showLogsOfFailures(() => [cluster.agent]);

  /** Those of the upgraders. The chart's own hooks run whenever helm begins again. */
  const jobsMade = (namespace: string) =>
    crash.countOf(namespace, ({ method, path }) => method === "POST" && path.includes("/jobs?fieldManager=portolan-agent"));
  /** What is kept for an operation that was accepted anew is swept anew, as helm does with its hooks and its oldest revisions. */
  const deletions = (namespace: string) =>
    crash.countOf(
      namespace,
      ({ method, path }) =>
        method === "DELETE" && !/\/configmaps\/portolan-beacon-|\/secrets\/sh\.helm\.|\/jobs\/beacon-schema/u.test(path),
    );

  it(
    "before or after the API server has heard of it, in turn: everything ends as without that, each Job is made once, and nothing is deleted twice",
    async () => {
      const expected = await crash.walk("calm");
      const killing = crash.killAtEveryWrite("killed", ["lost before", "lost after"]);
      const results = await crash.walk("killed");
      await killing.end();
      expect(results).toEqual(expected);
      expect(killing.kills()).toBeGreaterThan(60);
      expect(jobsMade("killed")).toEqual(jobsMade("calm"));
      expect(Object.keys(jobsMade("calm")).length).toBeGreaterThan(0);
      expect(deletions("killed")).toEqual(deletions("calm"));
      const left = await runCommand(helm(), [
        "list",
        "--all-namespaces",
        "--output=json",
        `--kubeconfig=${cluster.controlPlane.kubeconfigPath}`,
      ]);
      expect(JSON.parse(left.stdout)).toEqual([]);
    },
    3 * STAGE_MS,
  );
});
