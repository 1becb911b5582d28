import type { ServiceInstance } from "@portolan/agent/resources";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { startCluster, type Cluster } from "../testbed/fleet/cluster.ts";
import { eventually } from "../testbed/fleet/eventually.ts";
import { showLogsOfFailures } from "../testbed/fleet/failure-logs.ts";
import { installLedger, isAt, ledger, ledgerIn, ledgerObjects, letJobRun, patchLedger, runs } from "../testbed/fleet/ledger.ts";
import { LEDGER_CATALOG } from "../testbed/fleet/repository.ts";
import { startAdmissionWebhook, webhookConfiguration } from "../testbed/kubernetes/admission-webhook.ts";
import { describeKubernetes } from "../testbed/kubernetes/describe-kubernetes.ts";
import { startEtcd, type Etcd } from "../testbed/kubernetes/etcd.ts";

/** Instead of ten minutes. */
const NAMESPACE_PATIENCE_MS = 5_000;

const backupSchema = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    labels: z.record(z.string(), z.string()).default({}),
    annotations: z.record(z.string(), z.string()).default({}),
    finalizers: z.array(z.string()).default([]),
  }),
  spec: z.record(z.string(), z.unknown()),
});

function rests(reason: string): (instance: ServiceInstance) => boolean {
  return ({ status }) =>
    status?.conditions?.some((condition) => condition.type === "Stalled" && condition.status === "True" && condition.reason === reason) ===
    true;
}

describeKubernetes("an agent that its cluster does not make it easy for", () => {
  let dir: string;
  let etcd: Etcd;
  let cluster: Cluster;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "portolan-safety-"));
    etcd = await startEtcd();
    cluster = await startCluster({
      name: "safe",
      etcd,
      catalog: LEDGER_CATALOG,
      dir,
      args: [`--namespace-patience-ms=${NAMESPACE_PATIENCE_MS}`],
    });
  });

  afterAll(async () => {
    await cluster.stop();
    await etcd.stop();
    await rm(dir, { recursive: true });
  });

  showLogsOfFailures(() => [cluster.agent]);

  /** Makes a namespace and an instance in it that wants 1.0.0. */
  const want = async (namespace: string): Promise<void> => {
    await cluster.kubectl(["apply", "-f", "-"], ledger(namespace, { version: "1.0.0" }));
  };
  const namespaced = async (namespace: string): Promise<void> => {
    await cluster.kubectl(["create", "namespace", namespace]);
  };
  const untilRests = async (namespace: string, reason: string): Promise<string> => {
    const { status } = await cluster.instances.until(ledgerIn(namespace), `rests for ${reason}`, rests(reason));
    expect(status).not.toHaveProperty("operation");
    return status?.conditions?.find((condition) => condition.type === "Ready")?.message ?? "";
  };
  const retry = async (namespace: string): Promise<void> => {
    await cluster.kubectl([
      "annotate",
      "serviceinstance",
      "ledger",
      `--namespace=${namespace}`,
      `portolan.dev/retry=${Date.now()}`,
      "--overwrite",
    ]);
  };
  /** Lets a namespace have none of a resource. */
  const forbid = async (namespace: string, resource: string): Promise<void> => {
    const hard = { [resource]: "0" };
    const quota = { apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "none", namespace }, spec: { hard } };
    await cluster.kubectl(["apply", "-f", "-"], quota);
    // No controller runs here that would count.
    const status = JSON.stringify({ status: { hard, used: hard } });
    await cluster.kubectl([
      "patch",
      "resourcequota",
      "none",
      `--namespace=${namespace}`,
      "--subresource=status",
      "--type=merge",
      `--patch=${status}`,
    ]);
  };
  const reach = async (namespace: string, version: string): Promise<ServiceInstance> =>
    await cluster.instances.until(ledgerIn(namespace), `runs ${version}`, runs(version));
  const uids = async (namespace: string): Promise<readonly string[]> =>
    (
      await cluster.kubectl([
        "get",
        "deployments,configmaps",
        `--namespace=${namespace}`,
        "-l=applyset.kubernetes.io/part-of",
        "-o=jsonpath={.items[*].metadata.uid}",
      ])
    )
      .split(" ")
      .toSorted();

  describe("before anything begins", () => {
    it.each([
      ["refuses", { refuse: "no ledgers here" }, "AdmissionRefused", /no ledgers here/u],
      ["hangs", "hang", "AdmissionUnavailable", /webhook-hangs\.portolan\.test does not answer/u],
    ] as const)("tells of an admission webhook that %s, by its name", async (what, answer, reason, words) => {
      const namespace = `webhook-${what}`;
      await namespaced(namespace);
      const webhook = await startAdmissionWebhook(cluster.controlPlane, answer);
      const scope = { name: namespace, namespace, resource: "configmaps", operations: ["CREATE"] } as const;
      const configuration = webhookConfiguration(webhook, scope);
      await cluster.kubectl(["apply", "-f", "-"], configuration);
      const isAsked = async (): Promise<string> => {
        try {
          return await cluster.kubectl(["create", "configmap", "probe", `--namespace=${namespace}`, "--dry-run=server"]);
        } catch (error) {
          return String(error);
        }
      };
      await eventually("the webhook is asked", isAsked, (said) => said.includes(`${namespace}.portolan.test`));

      await want(namespace);
      expect(await untilRests(namespace, reason)).toMatch(words);
      expect(await ledgerObjects(cluster, namespace)).toStrictEqual([]);

      await cluster.kubectl(["delete", "validatingwebhookconfiguration", namespace]);
      await eventually("the webhook is not asked", isAsked, (said) => said.includes("created"));
      webhook.stop();
      await retry(namespace);
      await reach(namespace, "1.0.0");
    });

    it("tells of a quota that is used up", async () => {
      const namespace = "quota";
      await namespaced(namespace);
      await forbid(namespace, "count/deployments.apps");
      await want(namespace);
      expect(await untilRests(namespace, "QuotaExceeded")).toMatch(/Deployment quota\/ledger: .*exceeded quota: none/u);

      await cluster.kubectl(["delete", "resourcequota", "none", `--namespace=${namespace}`]);
      await retry(namespace);
      await reach(namespace, "1.0.0");
    });

    it("names the field of an object that cannot be changed, and what to do", async () => {
      const namespace = "immutable";
      await namespaced(namespace);
      const labels = { "app.kubernetes.io/name": "other" };
      const template = { metadata: { labels }, spec: { containers: [{ name: "main", image: "example.org/other:1" }] } };
      const other = {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "ledger", namespace },
        spec: { selector: { matchLabels: labels }, template },
      };
      await cluster.kubectl(["create", "-f", "-"], other);
      await want(namespace);
      expect(await untilRests(namespace, "ImmutableField")).toMatch(
        /Deployment immutable\/ledger: spec\.selector.* cannot be changed.*`delete` hook/u,
      );
    });

    it("leaves an object to the server-side applier that it belongs to", async () => {
      const namespace = "owned";
      await namespaced(namespace);
      const object = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "ledger", namespace }, data: { by: "flux" } };
      await cluster.kubectl(["apply", "--server-side", "--field-manager=kustomize-controller", "-f", "-"], object);
      await want(namespace);
      expect(await untilRests(namespace, "OwnedByOther")).toContain("ConfigMap owned/ledger is applied by kustomize-controller");
    });
  });

  it("tells why there are no pods where a quota forbids them, and goes on when it does not any more", async () => {
    const namespace = "no-pods";
    await namespaced(namespace);
    await forbid(namespace, "pods");
    await want(namespace);
    const isTold = ({ status }: ServiceInstance): boolean =>
      status?.conditions?.some(({ type, message }) => type === "Ready" && message.includes("exceeded quota")) === true;
    const { status } = await cluster.instances.until(ledgerIn(namespace), "tells of the quota", isTold);
    expect(status?.operation?.message).toMatch(
      /^Deployment no-pods\/ledger: 0 of 1 replicas are updated: pods .* is forbidden: exceeded quota: none/u,
    );

    await cluster.kubectl(["delete", "resourcequota", "none", `--namespace=${namespace}`]);
    // The controller that makes pods waits longer and longer: a change of its Deployment is seen at once.
    await cluster.kubectl(["rollout", "restart", "deployment/ledger", `--namespace=${namespace}`]);
    await reach(namespace, "1.0.0");
  });

  it("installs with the largest configuration that it takes, and refuses a larger one", async () => {
    const namespace = "large";
    await namespaced(namespace);
    const overrides = (keys: number) => ({
      filler: Object.fromEntries(Array.from({ length: keys }, (_, index) => [`key-${String(index).padStart(5, "0")}`, "0123456789"])),
    });
    const apply = async (version: string, keys: number): Promise<void> => {
      await cluster.kubectl(["apply", "--server-side", "-f", "-"], ledger(namespace, { version, overrides: overrides(keys) }));
    };
    // 25 bytes each, of 256 KiB.
    await apply("1.0.0", 10_400);
    await reach(namespace, "1.0.0");
    await apply("2.0.0", 10_600);
    expect(await untilRests(namespace, "ConfigTooLarge")).toMatch(
      /^expected at most 262144 bytes of config and overrides, found 265\d{3}$/u,
    );
  });

  it("goes with its namespace, and keeps nobody waiting", async () => {
    await installLedger(cluster, "leaving", { version: "1.0.0" });
    await cluster.kubectl(["delete", "namespace", "leaving", "--timeout=40s"]);
    expect(await cluster.kubectl(["get", "namespace", "leaving", "--ignore-not-found"])).toBe("");
  });

  it("that cannot be uninstalled lets its namespace go at its time, with whatever is left, and says so", async () => {
    const namespace = "doomed";
    await namespaced("elsewhere");
    await installLedger(cluster, namespace, { version: "1.0.0", targetNamespace: "elsewhere" });
    const hold = JSON.stringify({ metadata: { finalizers: ["example.org/never"] } });
    await cluster.kubectl(["patch", "configmap/ledger", "--namespace=elsewhere", "--type=merge", `--patch=${hold}`]);
    await cluster.kubectl(["delete", "namespace", namespace, "--wait=false"]);
    const isTold = ({ status }: ServiceInstance): boolean => status?.conditions?.some(({ reason }) => reason === "Uninstalling") === true;
    const { status } = await cluster.instances.until(ledgerIn(namespace), "says what it waits for", isTold);
    expect(status?.conditions?.find(({ type }) => type === "Ready")?.message).toMatch(
      /^\d objects are still being deleted; the namespace doomed is going away and is not held after \d{4}-/u,
    );
    await cluster.kubectl(["wait", "--for=delete", `namespace/${namespace}`, "--timeout=40s"]);
    expect(await cluster.kubectl(["get", "configmap/ledger", "--namespace=elsewhere", "-o=jsonpath={.data.version}"])).toBe("1.0.0");
    const abandoned = ["get", "events", "--namespace=default", "--field-selector=reason=UninstallAbandoned"];
    const told = async (): Promise<string> => await cluster.kubectl([...abandoned, "-o=jsonpath={.items[*].message}"]);
    expect(await eventually("an Event tells of it", told, (message) => message !== "")).toContain(
      "ServiceInstance doomed/ledger was let go of before its service was gone: 1 objects are still being deleted",
    );
  });

  it("is let go of by hand when there is no agent any more, and leaves its service", async () => {
    const namespace = "unattended";
    await namespaced("attended");
    await installLedger(cluster, namespace, { version: "1.0.0", targetNamespace: "attended" });
    const before = await uids("attended");
    await cluster.agent.stop();
    await cluster.kubectl(["delete", "namespace", namespace, "--wait=false"]);
    const remaining = '-o=jsonpath={.status.conditions[?(@.type=="NamespaceFinalizersRemaining")].message}';
    const waits = async (): Promise<string> => await cluster.kubectl(["get", "namespace", namespace, remaining]);
    expect(await eventually("the namespace waits", waits, (message) => message !== "")).toContain(
      "portolan.dev/uninstall in 1 resource instances",
    );
    await cluster.kubectl([
      "patch",
      "serviceinstance/ledger",
      `--namespace=${namespace}`,
      "--type=merge",
      '--patch={"metadata":{"finalizers":null}}',
    ]);
    await cluster.kubectl(["wait", "--for=delete", `namespace/${namespace}`, "--timeout=40s"]);
    await cluster.agent.start();
    expect(await uids("attended")).toStrictEqual(before);
  });

  it("restored to a new cluster, installs itself there at its version", async () => {
    await installLedger(cluster, "moves", { version: "2.0.0", config: { note: "well kept" } });
    await patchLedger(cluster, "moves", { version: "3.0.0" });
    await reach("moves", "3.0.0");
    const backup = await cluster.kubectl(["get", "serviceinstances", "--namespace=moves", "-o=json"]);
    const fresh = await startCluster({ name: "fresh", etcd, catalog: LEDGER_CATALOG, dir });
    try {
      await fresh.kubectl(["create", "namespace", "moves"]);
      await fresh.kubectl(["apply", "-f", "-"], JSON.parse(backup));
      const { status } = await fresh.instances.until(ledgerIn("moves"), "runs 3.0.0", runs("3.0.0"));
      expect(status?.history).toMatchObject([{ to: "3.0.0", result: "Succeeded" }]);
      expect(await ledgerObjects(fresh, "moves")).toMatchObject([{ kind: "Deployment", image: "example.org/ledger/server:3.0.0" }]);
      const note = ["get", "configmap/ledger", "--namespace=moves", "-o=jsonpath={.data.note}"];
      expect(await fresh.kubectl(note)).toBe("well kept");
    } finally {
      await fresh.stop();
    }
  });

  it.each([
    ["without its status", "restored", false, [{ from: "1.0.0", to: "1.0.0", result: "Succeeded" }]],
    ["with its status, as Velero does when it is told to", "restored-whole", true, [{ to: "1.0.0", result: "Succeeded" }]],
  ] as const)("restored from a backup beside its objects, %s, adopts them", async (_, namespace, withStatus, history) => {
    await installLedger(cluster, namespace, { version: "1.0.0" });
    const before = await uids(namespace);
    const whole = JSON.parse(await cluster.kubectl(["get", "serviceinstance", "ledger", `--namespace=${namespace}`, "-o=json"]));
    const backup = backupSchema.parse(whole);
    await cluster.agent.stop();
    // Whoever takes the agent away takes no service away.
    expect(await uids(namespace)).toStrictEqual(before);
    await cluster.kubectl([
      "patch",
      "serviceinstance",
      "ledger",
      `--namespace=${namespace}`,
      "--type=merge",
      '--patch={"metadata":{"finalizers":null}}',
    ]);
    await cluster.kubectl(["delete", "serviceinstance", "ledger", `--namespace=${namespace}`]);
    await cluster.kubectl(["apply", "-f", "-"], backup);
    const status = () => cluster.kubectl(["get", "serviceinstance", "ledger", `--namespace=${namespace}`, "-o=jsonpath={.status}"]);
    // What was restored has been seen by nobody.
    expect(JSON.parse(await status())).toStrictEqual({ observedGeneration: -1 });
    if (withStatus) {
      const ofBackup = `--patch=${JSON.stringify({ status: whole.status })}`;
      const asVelero = ["--subresource=status", "--type=merge", "--field-manager=velero-server"];
      await cluster.kubectl(["patch", "serviceinstance", "ledger", `--namespace=${namespace}`, ...asVelero, ofBackup]);
    }
    await cluster.agent.start();
    const ready = await reach(namespace, "1.0.0");
    expect(await uids(namespace)).toStrictEqual(before);
    expect(ready.status?.history).toMatchObject(history);

    // Its finalizer was written by the restore too, and holds nobody for that.
    await cluster.kubectl(["delete", "serviceinstance", "ledger", `--namespace=${namespace}`, "--timeout=40s"]);
    expect(await ledgerObjects(cluster, namespace)).toStrictEqual([]);
  });

  it("that loses its status in the middle of an operation goes on, and runs no Job twice", async () => {
    const namespace = "wiped";
    await installLedger(cluster, namespace, { version: "1.0.0", config: { backupWaits: true } });
    await patchLedger(cluster, namespace, { version: "2.0.0" });
    await cluster.instances.until(ledgerIn(namespace), "runs its backup", isAt("2.0.0", "before/backup"));
    const jobs = async () => (await ledgerObjects(cluster, namespace)).filter(({ kind }) => kind === "Job");
    const [job] = await eventually("there is a Job", jobs, (found) => found.length > 0);
    await cluster.agent.kill();
    const wipe = JSON.stringify([{ op: "replace", path: "/status", value: {} }]);
    await cluster.kubectl([
      "patch",
      "serviceinstance",
      "ledger",
      `--namespace=${namespace}`,
      "--subresource=status",
      "--type=json",
      `--patch=${wipe}`,
    ]);
    await cluster.agent.start();
    await cluster.instances.until(ledgerIn(namespace), "runs its backup again", isAt("2.0.0", "before/backup"));
    await letJobRun(cluster, namespace);
    await reach(namespace, "2.0.0");
    expect(await jobs()).toStrictEqual([{ ...job, succeeded: 1 }]);
  });

  it("whose status somebody else has written to, ends its operation all the same, and the next one", async () => {
    const namespace = "rewritten";
    await installLedger(cluster, namespace, { version: "1.0.0", config: { backupWaits: true } });
    await patchLedger(cluster, namespace, { version: "2.0.0" });
    await cluster.instances.until(ledgerIn(namespace), "runs its backup", isAt("2.0.0", "before/backup"));
    const byHand = ["--subresource=status", "--type=merge", '--patch={"status":{"operation":{"by":"somebody"}}}'];
    await cluster.kubectl(["patch", "serviceinstance/ledger", `--namespace=${namespace}`, ...byHand]);
    await letJobRun(cluster, namespace);
    await reach(namespace, "2.0.0");
    await patchLedger(cluster, namespace, { version: "1.0.0" });
    const { status } = await reach(namespace, "1.0.0");
    expect(status?.history?.map(({ to, result }) => `${to} ${result}`)).toStrictEqual(
      ["1.0.0", "2.0.0", "1.0.0"].map((version) => `${version} Succeeded`),
    );
  });

  // The last one: it takes all instances of the cluster away.
  it("leaves every service running when Portolan's definitions are deleted, and takes them back when it comes again", async () => {
    const namespace = "orphaned";
    await installLedger(cluster, namespace, { version: "1.0.0" });
    const before = await uids(namespace);
    await cluster.kubectl(["delete", "customresourcedefinition", "serviceinstances.portolan.dev", "--timeout=40s"]);
    expect((await ledgerObjects(cluster, namespace)).map(({ kind }) => kind)).toStrictEqual(["Deployment"]);
    await cluster.agent.kill();
    await cluster.agent.start();
    await want(namespace);
    const held = async (): Promise<string> =>
      await cluster.kubectl([
        "get",
        "serviceinstance",
        "ledger",
        `--namespace=${namespace}`,
        '-o=jsonpath={.status.conditions[?(@.type=="Ready")].status}',
      ]);
    await eventually("it is Ready", held, (ready) => ready === "True");
    expect(await uids(namespace)).toStrictEqual(before);
  });
});
