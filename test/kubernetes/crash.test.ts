import { afterAll, beforeAll, expect, it } from "vitest";
import { startCrashCluster, type CrashCluster } from "../testbed/fleet/crash-cluster.ts";
import { CRASH_MANIFESTS, CRASH_UPGRADERS, crashObjectsAt, FORGET_PARCELS, parcelDefinition } from "../testbed/fleet/crash-service.ts";
import { BOTH, oneOfBoth, STAGE_MS, type CrashWalk, type Stage } from "../testbed/fleet/crash-walk.ts";
import { showLogsOfFailures } from "../testbed/fleet/failure-logs.ts";
import { writeService } from "../testbed/helm/charts.ts";
import { describeKubernetes } from "../testbed/kubernetes/describe-kubernetes.ts";

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

/** The stage that does what the one before it did, until its last hook. */
const AGAIN = 2;

/** @param label of the pods: another one from 3.0.0 on, and a selector cannot be changed */
function server(label: string): object {
  const labels = { [label]: "${release.name}" };
  const containers = [{ name: "server", image: "example.org/ledger/server:${release.version}" }];
  const spec = { replicas: 1, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } };
  return { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "${release.name}" }, spec };
}

const MANIFESTS: Readonly<Record<string, object>> = {
  "configuration.yaml": {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "${release.name}" },
    data: { version: "${release.version}", note: "${config.note}" },
  },
  // Only the first version has it: an upgrade takes it away.
  "legacy.yaml": { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "ledger-legacy" }, data: { format: "1" } },
  "reader.yaml": {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: "${release.namespace}-${release.name}" },
    rules: [{ apiGroups: [""], resources: ["configmaps"], resourceNames: ["${release.version}"], verbs: ["get"] }],
  },
  "server-before-3.yaml": server("app"),
  "server.yaml": server("app.kubernetes.io/instance"),
  "parcels-1.yaml": parcelDefinition("1.0.0"),
  "parcels.yaml": parcelDefinition("2.0.0"),
};

const VERSIONS: Readonly<Record<string, readonly string[]>> = {
  "1.0.0": ["configuration", "server-before-3", "reader", "parcels-1", "legacy"],
  "2.0.0": ["configuration", "server-before-3", "reader", "parcels"],
  "3.0.0": ["configuration", "server", "reader", "parcels"],
};

/** A catalog with the service, whose versions are made of manifests. */
async function writeCatalog(catalog: string): Promise<{ readonly catalog: string }> {
  const properties = { note: { type: "string", default: "none" }, schemaFails: { type: "boolean", default: false } };
  const versions = Object.entries(VERSIONS).map(([version, names]) => ({
    version,
    deployer: { type: "manifests", manifests: names.map((name) => `manifests/${name}.yaml`) },
  }));
  const service = { name: "ledger", config: { type: "object", additionalProperties: false, properties } };
  await writeService(catalog, service, versions, { upgraders: CRASH_UPGRADERS, manifests: { ...MANIFESTS, ...CRASH_MANIFESTS } });
  return { catalog };
}

describeKubernetes("a service whose agent is killed at every write that it makes for it", () => {
  let cluster: CrashCluster;
  let crash: CrashWalk;

  beforeAll(async () => {
    cluster = await startCrashCluster({
      name: "crash",
      prepare: writeCatalog,
      service: "ledger",
      stages: STAGES,
      resources: "configmaps,deployments,jobs,services,secrets",
      alsoAt: crashObjectsAt("ledger"),
    });
    ({ crash } = cluster);
  });

  afterAll(async () => await cluster.stop());

  showLogsOfFailures(() => [cluster.agent]);

  const jobsMade = (namespace: string) => crash.countOf(namespace, ({ method, path }) => method === "POST" && path.includes("/jobs"));
  /** Of the service's objects: what is kept for an operation that was accepted anew is made anew, and swept anew. */
  const deletions = (namespace: string) =>
    crash.countOf(namespace, ({ method, path }) => method === "DELETE" && !path.includes("/configmaps/portolan-ledger-"));

  it(
    "before the API server has heard of it and again after that: everything ends as without that, each Job is made once, and nothing is deleted twice",
    async () => {
      const expected = await crash.walk("calm");
      await cluster.controlPlane.kubectl(FORGET_PARCELS);
      const killing = crash.killAtEveryWrite("killed", (_, met) => (met.stage === AGAIN ? oneOfBoth(met.index) : BOTH));
      const results = await crash.walk("killed");
      await killing.end();
      expect(results).toEqual(expected);
      // A status that has begun to say something else is not written again.
      expect(killing.unmet().filter((write) => !write.includes("/status?"))).toEqual([]);
      expect(killing.kills()).toBeGreaterThan(200);
      expect(jobsMade("killed")).toEqual(jobsMade("calm"));
      expect(Object.keys(jobsMade("calm")).length).toBeGreaterThan(0);
      expect(deletions("killed")).toEqual(deletions("calm"));
    },
    2 * STAGE_MS,
  );
});
