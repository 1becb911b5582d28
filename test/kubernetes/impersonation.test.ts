import type { ServiceInstance } from "@portolan/agent/resources";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { startCluster, type Cluster } from "../testbed/fleet/cluster.ts";
import { showLogsOfFailures } from "../testbed/fleet/failure-logs.ts";
import { ledger, ledgerIn, ledgerObjects, patchLedger, runs } from "../testbed/fleet/ledger.ts";
import { LEDGER_CATALOG } from "../testbed/fleet/repository.ts";
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

describeKubernetes("an instance that names a service account", () => {
  let dir: string;
  let etcd: Etcd;
  let cluster: Cluster;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "portolan-impersonation-"));
    etcd = await startEtcd();
    cluster = await startCluster({ name: "accounts", etcd, catalog: LEDGER_CATALOG, dir });
  });

  afterAll(async () => {
    await cluster.stop();
    await etcd.stop();
    await rm(dir, { recursive: true });
  });

  showLogsOfFailures(() => [cluster.agent]);

  const untilRests = async (reason: string): Promise<string> => {
    const says = ({ status }: ServiceInstance): boolean =>
      status?.conditions?.some((condition) => condition.type === "Ready" && condition.reason === reason) === true;
    const { status } = await cluster.instances.until(ledgerIn(NAMESPACE), `rests for ${reason}`, says);
    return status?.conditions?.find((condition) => condition.type === "Ready")?.message ?? "";
  };
  const retry = async (token: string): Promise<void> => {
    await cluster.kubectl([
      "annotate",
      "serviceinstance",
      "ledger",
      `--namespace=${NAMESPACE}`,
      `portolan.dev/retry=${token}`,
      "--overwrite",
    ]);
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
});
