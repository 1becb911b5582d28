import { cp, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "@portolan/simulator/program-cache";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startCrashCluster, type CrashCluster } from "../testbed/fleet/crash-cluster.ts";
import { CRASH_MANIFESTS, CRASH_UPGRADERS, crashObjectsAt, FORGET_PARCELS, parcelDefinition } from "../testbed/fleet/crash-service.ts";
import { BOTH, oneOfBoth, STAGE_MS, type CrashWalk, type Met, type Stage } from "../testbed/fleet/crash-walk.ts";
import { showLogsOfFailures } from "../testbed/fleet/failure-logs.ts";
import { REPOSITORY } from "../testbed/fleet/repository.ts";
import { packageChart, writeService } from "../testbed/helm/charts.ts";
import { describeHelm } from "../testbed/helm/describe-helm.ts";
import type { Toll, Write } from "../testbed/kubernetes/tollgate.ts";

const STAGES: readonly Stage[] = [
  { spec: { version: "1.0.0" }, runs: "1.0.0", reason: "Installed" },
  // The chart's hook of the second step fails, so both steps are taken back.
  {
    spec: { version: "3.0.0", config: { hookFails: true }, upgradePolicy: { onFailure: "Rollback" } },
    runs: "1.0.0",
    reason: "RolledBack",
  },
  { spec: { version: "3.0.0" }, runs: "3.0.0", reason: "Installed" },
  { spec: { version: "3.0.0", config: { message: "another" } }, runs: "3.0.0", reason: "Installed" },
  { spec: { version: "1.0.0" }, runs: "1.0.0", reason: "Installed" },
  "delete",
];

/** What a chart makes once, when it is installed. */
const FOUNDATION = `apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-foundation
  annotations:
    helm.sh/hook: pre-install
    helm.sh/hook-delete-policy: before-hook-creation
data:
  laid: "by {{ .Chart.Version }}"
`;

/** An object of no namespace. */
const READER = `apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ .Release.Namespace }}-{{ .Release.Name }}
rules:
  - { apiGroups: [""], resources: [configmaps], resourceNames: [{{ .Chart.Version | quote }}], verbs: [get] }
`;

/** The chart of the beacon, with a kind of its own, an object of no namespace and a hook for installations. */
async function writeChart(dir: string, version: string): Promise<string> {
  const folder = join(dir, `beacon-${version}`);
  await cp(join(REPOSITORY, "test/fixtures/charts/beacon"), folder, { recursive: true });
  await mkdir(join(folder, "crds"));
  await writeFile(join(folder, "crds/parcels.yaml"), JSON.stringify(parcelDefinition(version)));
  await writeFile(join(folder, "templates/foundation.yaml"), FOUNDATION);
  await writeFile(join(folder, "templates/reader.yaml"), READER);
  return folder;
}

/**
 * helm writes a release anew, under a new number and with new times, whenever it begins again: its writes are the same when they say the
 * same of the same kind of object. The Secret says how far it has come.
 */
function nameOf({ method, path, body }: Write): string | undefined {
  const status = /"status":"([\w-]+)"/u.exec(body)?.[1];
  if (/\/secrets(\/sh\.helm|\?|$)/u.test(path)) return `${method} release ${status ?? ""}`;
  // The chart's own Jobs, one before an upgrade and one that tests.
  const hook = /\/jobs\/(beacon-(?:schema|test))(\?|$)/u.exec(path)?.[1] ?? /"name":"(beacon-(?:schema|test))"/u.exec(body)?.[1];
  if (/\/jobs/u.test(path) && hook !== undefined) return `${method} ${hook}`;
  return undefined;
}

const [INSTALL, UPGRADE, REMOVAL] = [0, 2, 5];

/**
 * helm writes the same for an upgrade that is taken back and for one that is not, and for a rollback and a downgrade: there a write meets one
 * death in the one and the other in the other. What the agent writes besides meets both in the walk of manifests.
 */
function tollsOf({ path }: Write, { index, stage, earlier }: Met): readonly Toll[] {
  const isOfHelm = /\/secrets(\/sh\.helm|\?|$)|fieldManager=helm|\/beacon-(schema|test|foundation)(\?|$)/u.test(path);
  if (isOfHelm) return stage === INSTALL || stage === REMOVAL ? BOTH : oneOfBoth(earlier);
  return stage === UPGRADE || stage === REMOVAL ? oneOfBoth(index) : [];
}

/** The charts, a catalog whose versions are deployed from them, and how the agent finds both. */
async function writeCharts(helm: string, dir: string): Promise<{ readonly catalog: string; readonly args: readonly string[] }> {
  const [charts, catalog] = [join(dir, "charts"), join(dir, "catalog")];
  await Promise.all([mkdir(charts), mkdir(catalog)]);
  const versions = [];
  for (const version of ["1.0.0", "2.0.0", "3.0.0"]) {
    const { digest } = await packageChart(helm, { folder: await writeChart(dir, version), version, into: charts });
    const hookFails = version === "3.0.0" ? { hookFails: "${config.hookFails}" } : {};
    const deployer = { type: "helm", chart: "file-charts#beacon", chartVersion: version, digest, test: version === "3.0.0" };
    versions.push({ version, deployer, values: { message: "${config.message}", ...hookFails } });
  }
  const properties = {
    message: { type: "string", default: "none" },
    hookFails: { type: "boolean", default: false },
    schemaFails: { type: "boolean", default: false },
  };
  const service = { name: "beacon", config: { type: "object", additionalProperties: false, properties } };
  await writeService(catalog, service, versions, { upgraders: CRASH_UPGRADERS, manifests: CRASH_MANIFESTS });
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
      resources: "configmaps,deployments,jobs,services,secrets",
      alsoAt: crashObjectsAt("beacon"),
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
  const sweptAnew = /\/configmaps\/(portolan-beacon-|beacon-foundation)|\/secrets\/sh\.helm\.|\/jobs\/beacon-(schema|test)(\?|$)/u;
  const deletions = (namespace: string) => crash.countOf(namespace, ({ method, path }) => method === "DELETE" && !sweptAnew.test(path));

  it(
    "before the API server has heard of it and again after that: everything ends as without that, each Job is made once, and nothing is deleted twice",
    async () => {
      const expected = await crash.walk("calm");
      await cluster.controlPlane.kubectl(FORGET_PARCELS);
      const killing = crash.killAtEveryWrite("killed", tollsOf);
      const results = await crash.walk("killed");
      await killing.end();
      expect(results).toEqual(expected);
      expect(killing.kills()).toBeGreaterThan(100);
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
    2 * STAGE_MS,
  );
});
