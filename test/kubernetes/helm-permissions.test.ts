/** What an account must be allowed for a chart's hooks and its CRDs, of which a release's manifest says nothing. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { singleRulesOf } from "@portolan/agent/rbac";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startCluster, type Cluster } from "../testbed/fleet/cluster.ts";
import { showLogsOfFailures } from "../testbed/fleet/failure-logs.ts";
import { generatedRoles, type RoleObject } from "../testbed/fleet/generated-roles.ts";
import { instance, runs } from "../testbed/fleet/ledger.ts";
import { packageChart, writeService } from "../testbed/helm/charts.ts";
import { describeHelm } from "../testbed/helm/describe-helm.ts";
import { startEtcd, type Etcd } from "../testbed/kubernetes/etcd.ts";

const DEFINITION = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "hulls.slip.example.org" },
  spec: {
    group: "slip.example.org",
    scope: "Namespaced",
    names: { kind: "Hull", plural: "hulls" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
  },
};
const CONFIGURATION = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "slip" }, data: { length: "12" } };
const LAUNCH = {
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name: "slip-launch", annotations: { "helm.sh/hook": "post-install" } },
  spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "launch", image: "example.org/slip/tools:1" }] } } },
};

describeHelm("a chart of which its account may not do everything", (helm) => {
  let dir: string;
  let etcd: Etcd;
  let cluster: Cluster;
  let rolesIn: (namespace: string) => Promise<readonly RoleObject[]>;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "portolan-helm-permissions-"));
    const [charts, catalog, folder] = [join(dir, "charts"), join(dir, "catalog"), join(dir, "slip")];
    for (const each of [charts, catalog, join(folder, "crds"), join(folder, "templates")]) await mkdir(each, { recursive: true });
    const files = {
      "Chart.yaml": { apiVersion: "v2", name: "slip", version: "1.0.0" },
      "crds/hulls.yaml": DEFINITION,
      "templates/configuration.yaml": CONFIGURATION,
      "templates/launch.yaml": LAUNCH,
    };
    for (const [file, content] of Object.entries(files)) await writeFile(join(folder, file), JSON.stringify(content));
    const { version, digest } = await packageChart(helm(), { folder, version: "1.0.0", into: charts });
    const deployer = { type: "helm", chart: "file-charts#slip", chartVersion: version, digest };
    await writeService(catalog, { name: "slip", config: { type: "object" } }, [{ version, deployer }]);
    const args = [`--helm=${helm()}`, `--chart-folder=${dir}`, "--chart-mirror=file-charts=charts"];
    rolesIn = async (namespace) => await generatedRoles(catalog, ["slip", "--account=wright", `--namespace=${namespace}`, ...args]);
    etcd = await startEtcd();
    cluster = await startCluster({
      name: "slips",
      etcd,
      catalog,
      dir,
      args: [...args, `--chart-cache=${join(dir, "cache")}`],
      rights: { accounts: true },
    });
  });

  afterAll(async () => {
    await cluster.stop();
    await etcd.stop();
    await rm(dir, { recursive: true });
  });

  showLogsOfFailures(() => [cluster.agent]);

  it.each([
    [
      "its hooks",
      "jobs",
      (namespace: string) => [
        ...["create", "list", "watch"].map((verb) => `${verb} jobs.batch in ${namespace}`),
        ...["patch", "delete"].map((verb) => `${verb} jobs.batch in ${namespace}`),
      ],
    ],
    [
      "its CRDs",
      "customresourcedefinitions",
      () => ["get", "create", "patch"].map((verb) => `${verb} customresourcedefinitions.apiextensions.k8s.io`),
    ],
  ])("is refused before its first step for %s, and installed when the account may", async (_, resource, verbs) => {
    const namespace = `without-${resource}`;
    const key = `${namespace}/slip`;
    const items = await rolesIn(namespace);
    const without = items.map(({ rules, ...object }) => ({
      ...object,
      ...(rules === undefined
        ? {}
        : {
            rules: rules
              .flatMap((rule) => singleRulesOf(rule))
              .flatMap(({ access, rule }) => ("resource" in access && access.resource === resource ? [] : [rule])),
          }),
    }));
    const apply = async (objects: readonly object[]): Promise<string> =>
      await cluster.kubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], { apiVersion: "v1", kind: "List", items: objects });
    await cluster.kubectl(["create", "namespace", namespace]);
    await apply(without);
    await apply([instance(key, { version: "1.0.0", serviceAccountName: "wright" })]);
    const ready = ({
      status,
    }: {
      readonly status?: { readonly conditions?: readonly { readonly type: string; readonly reason: string }[] };
    }) => status?.conditions?.some(({ type, reason }) => type === "Ready" && reason === "MissingPermissions") === true;
    const { status } = await cluster.instances.until(key, "is refused", ready);
    expect(status).not.toHaveProperty("operation");
    const message = status?.conditions?.find(({ type }) => type === "Ready")?.message;
    for (const verb of verbs(namespace)) expect(message).toContain(`the account system:serviceaccount:${namespace}:wright may not ${verb}`);
    expect(await cluster.kubectl(["get", "secrets,configmaps", `--namespace=${namespace}`, "-l=owner=helm", "-o=name"])).toBe("");
    expect(await cluster.kubectl(["get", "configmap/slip", `--namespace=${namespace}`, "--ignore-not-found", "-o=name"])).toBe("");

    await apply(items);
    await cluster.kubectl(["annotate", "serviceinstance/slip", `--namespace=${namespace}`, "portolan.dev/retry=now"]);
    await cluster.instances.until(key, "runs 1.0.0", runs("1.0.0"));
    expect(await cluster.kubectl(["get", "job/slip-launch", `--namespace=${namespace}`, "-o=jsonpath={.status.succeeded}"])).toBe("1");
  });
});
