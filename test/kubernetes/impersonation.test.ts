import type { ServiceInstance } from "@portolan/agent/resources";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startCluster, type Cluster } from "../testbed/fleet/cluster.ts";
import { customDefinition } from "../testbed/fleet/custom-definition.ts";
import { showLogsOfFailures } from "../testbed/fleet/failure-logs.ts";
import { instance, ledger, ledgerIn, ledgerObjects, patchLedger, runs } from "../testbed/fleet/ledger.ts";
import { LEDGER_CATALOG } from "../testbed/fleet/repository.ts";
import { writeService } from "../testbed/helm/charts.ts";
import { describeKubernetes } from "../testbed/kubernetes/describe-kubernetes.ts";
import { startEtcd, type Etcd } from "../testbed/kubernetes/etcd.ts";

const NAMESPACE = "accounts";
const USER = `system:serviceaccount:${NAMESPACE}:keeper`;

const members = (apiGroup: string, resource: string): object => ({
  apiGroups: [apiGroup],
  resources: [resource],
  verbs: ["get", "create", "patch", "delete"],
});
const WORKLOAD = [members("", "configmaps"), members("apps", "deployments")];
const HOOKS = [
  members("batch", "jobs"),
  { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
  { apiGroups: [""], resources: ["pods/log"], verbs: ["get"] },
];

/** What the next version of the service rewrites the objects of. */
const BERTHS = customDefinition({ kind: "Berth", versions: ["v1"] });
const DEFINITIONS = [
  members("apiextensions.k8s.io", "customresourcedefinitions"),
  { apiGroups: ["apiextensions.k8s.io"], resources: ["customresourcedefinitions/status"], verbs: ["patch"] },
];

describeKubernetes("an instance that names a service account", () => {
  let dir: string;
  let etcd: Etcd;
  let cluster: Cluster;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "portolan-impersonation-"));
    etcd = await startEtcd();
    const catalog = join(dir, "catalog");
    await cp(LEDGER_CATALOG, catalog, { recursive: true });
    const deployer = { type: "manifests", manifests: ["manifests/berths.yaml"] };
    const after = [{ name: "store", action: "migrateStorage", crd: BERTHS.metadata.name }];
    await writeService(
      catalog,
      { name: "quay", config: { type: "object" } },
      ["1.0.0", "2.0.0"].map((version) => ({ version, deployer })),
      { manifests: { "berths.yaml": BERTHS }, upgraders: { "to-2.yaml": { direction: "upgrade", from: "1.0.0", to: "2.0.0", after } } },
    );
    cluster = await startCluster({ name: "accounts", etcd, catalog, dir, rights: { accounts: true } });
  });

  afterAll(async () => {
    await cluster.stop();
    await etcd.stop();
    await rm(dir, { recursive: true });
  });

  showLogsOfFailures(() => [cluster.agent]);

  const untilRests = async (reason: string, key = ledgerIn(NAMESPACE)): Promise<string> => {
    const says = ({ status }: ServiceInstance): boolean =>
      status?.conditions?.some((condition) => condition.type === "Ready" && condition.reason === reason) === true;
    const { status } = await cluster.instances.until(key, `rests for ${reason}`, says);
    return status?.conditions?.find((condition) => condition.type === "Ready")?.message ?? "";
  };
  const retry = async (token: string, name = "ledger"): Promise<void> => {
    await cluster.kubectl(["annotate", "serviceinstance", name, `--namespace=${NAMESPACE}`, `portolan.dev/retry=${token}`, "--overwrite"]);
  };
  const grant = async (rules: readonly object[]): Promise<void> => {
    const apiVersion = "rbac.authorization.k8s.io/v1";
    const metadata = { name: "keeper", namespace: NAMESPACE };
    const subjects = [{ kind: "ServiceAccount", name: "keeper", namespace: NAMESPACE }];
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "keeper" };
    await cluster.kubectl(["apply", "-f", "-"], { apiVersion, kind: "Role", metadata, rules });
    await cluster.kubectl(["apply", "-f", "-"], { apiVersion, kind: "RoleBinding", metadata, subjects, roleRef });
  };

  it("can do for its service what the account's role says, and nothing else", async () => {
    await cluster.kubectl(["create", "namespace", NAMESPACE]);
    await cluster.kubectl(["apply", "-f", "-"], ledger(NAMESPACE, { version: "1.0.0", serviceAccountName: "keeper" }));
    expect(await untilRests("ServiceAccountNotFound")).toContain(`${NAMESPACE}/keeper`);

    await cluster.kubectl(["create", "serviceaccount", "keeper", `--namespace=${NAMESPACE}`]);
    await retry("account");
    expect(await untilRests("MissingPermissions")).toContain(`the account ${USER} may not get configmaps in ${NAMESPACE}`);
    expect(await ledgerObjects(cluster, NAMESPACE)).toStrictEqual([]);

    await grant(WORKLOAD);
    await retry("workload");
    await cluster.instances.until(ledgerIn(NAMESPACE), "runs 1.0.0", runs("1.0.0"));

    await patchLedger(cluster, NAMESPACE, { version: "2.0.0" });
    expect(await untilRests("MissingPermissions")).toContain(`the account ${USER} may not create jobs.batch in ${NAMESPACE}`);
    await grant([...WORKLOAD, ...HOOKS]);
    await retry("hooks");
    await cluster.instances.until(ledgerIn(NAMESPACE), "runs 2.0.0", runs("2.0.0"));

    await cluster.kubectl(["delete", "serviceinstance", "ledger", `--namespace=${NAMESPACE}`, "--timeout=60s"]);
    expect(await ledgerObjects(cluster, NAMESPACE)).toStrictEqual([]);
  });

  it("goes to no version whose storage migration the account may not do", async () => {
    const key = `${NAMESPACE}/quay`;
    const account = "harbourmaster";
    const allow = async (rules: readonly object[]): Promise<void> => {
      const apiVersion = "rbac.authorization.k8s.io/v1";
      const metadata = { name: account };
      const subjects = [{ kind: "ServiceAccount", name: account, namespace: NAMESPACE }];
      const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: account };
      await cluster.kubectl(["apply", "-f", "-"], { apiVersion, kind: "ClusterRole", metadata, rules });
      await cluster.kubectl(["apply", "-f", "-"], { apiVersion, kind: "ClusterRoleBinding", metadata, subjects, roleRef });
    };
    const wish = async (version: string): Promise<void> =>
      void (await cluster.kubectl(["apply", "-f", "-"], instance(key, { version, serviceAccountName: account })));
    await cluster.kubectl(["create", "serviceaccount", account, `--namespace=${NAMESPACE}`]);
    await allow(DEFINITIONS);
    await wish("1.0.0");
    await cluster.instances.until(key, "runs 1.0.0", runs("1.0.0"));
    await cluster.kubectl(["apply", "-f", "-"], {
      apiVersion: "example.org/v1",
      kind: "Berth",
      metadata: { name: "north", namespace: NAMESPACE },
    });

    await wish("2.0.0");
    const missing = await untilRests("MissingPermissions", key);
    for (const verb of ["list", "update"]) expect(missing).toContain(`${account} may not ${verb} berths.example.org`);
    expect(cluster.instances.states(key).filter(({ status }) => status?.operation?.plan?.some(({ to }) => to === "2.0.0"))).toEqual([]);

    await allow([...DEFINITIONS, { apiGroups: ["example.org"], resources: ["berths"], verbs: ["list", "update"] }]);
    await retry("migration", "quay");
    await cluster.instances.until(key, "runs 2.0.0", runs("2.0.0"));
  });
});
