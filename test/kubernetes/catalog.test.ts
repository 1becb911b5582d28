import type { ServiceInstance } from "@portolan/agent/resources";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCluster, type Cluster } from "../testbed/fleet/cluster.ts";
import { customDefinition } from "../testbed/fleet/custom-definition.ts";
import { eventually } from "../testbed/fleet/eventually.ts";
import { showLogsOfFailures } from "../testbed/fleet/failure-logs.ts";
import { instance, runs } from "../testbed/fleet/ledger.ts";
import { writeService } from "../testbed/helm/charts.ts";
import { describeKubernetes } from "../testbed/kubernetes/describe-kubernetes.ts";
import { startEtcd, type Etcd } from "../testbed/kubernetes/etcd.ts";

const BOATS = "boats.example.org";
const RAFTS = "rafts.example.org";

const configMap = (name: string, data: object = {}) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });
const refTo = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", name });

/** Without a number of replicas: how many there are is the hooks' business. */
const server = (name: string, annotations: object = {}) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name },
  spec: {
    selector: { matchLabels: { app: name } },
    template: { metadata: { labels: { app: name }, annotations }, spec: { containers: [{ name: "main", image: "example.org/ship:1" }] } },
  },
});
const serverRef = (name: string) => ({ apiVersion: "apps/v1", kind: "Deployment", name });

/** A Job that would run for an hour. */
const endless = {
  spec: {
    backoffLimit: 0,
    template: {
      metadata: { annotations: { "portolan.test/runs-for": "1h" } },
      spec: { restartPolicy: "Never", containers: [{ name: "main", image: "example.org/tool:1" }] },
    },
  },
};

/** One of each action that does not come to its end where {@link makeSlow} was at work, and what its failure tells. */
const SLOW: readonly (readonly [version: string, hook: object, told: RegExp])[] = [
  ["3.1.0", { action: "delete", target: refTo("held") }, /1 of 1 objects are still being deleted/u],
  ["3.2.0", { action: "apply", objects: [configMap("refused")] }, /not in this harbour/u],
  ["3.3.0", { action: "patch", target: refTo("refused"), patch: { data: { tide: "high" } } }, /not in this harbour/u],
  ["3.4.0", { action: "scale", target: serverRef("lazy"), replicas: 2 }, /Deployment .*lazy has 0 of 2 replicas/u],
  ["3.5.0", { action: "job", job: endless }, /Job .* is running|Job was active longer than specified deadline/u],
  ["3.6.0", { action: "wait", target: refTo("never"), until: "object != null" }, /ConfigMap .*never: object != null/u],
  ["3.7.0", { action: "migrateStorage", crd: RAFTS }, /not in this harbour/u],
];

const stalled = ({ status }: ServiceInstance) => status?.conditions?.find((each) => each.type === "Stalled" && each.status === "True");

describeKubernetes("a service whose definition asks for more than its objects", () => {
  let dir: string;
  let etcd: Etcd;
  let cluster: Cluster;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "portolan-catalog-"));
    const catalog = join(dir, "catalog");
    await writeCatalog(catalog);
    etcd = await startEtcd();
    cluster = await startCluster({ name: "harbour", etcd, catalog, dir });
  });

  afterAll(async () => {
    await cluster.stop();
    await etcd.stop();
    await rm(dir, { recursive: true });
  });

  showLogsOfFailures(() => [cluster.agent]);

  /** @param key `namespace/name`; the name is the service's */
  const wish = async (key: string, version: string): Promise<void> => {
    await cluster.kubectl(["apply", "--server-side", "-f", "-"], instance(key, { version }));
  };
  const reach = async (key: string, version: string): Promise<ServiceInstance> =>
    await cluster.instances.until(key, `runs ${version}`, runs(version));
  const go = async (key: string, version: string): Promise<ServiceInstance> => {
    await wish(key, version);
    return await reach(key, version);
  };
  const untilRests = async (key: string, reason: string): Promise<string | undefined> =>
    stalled(await cluster.instances.until(key, `rests for ${reason}`, (found) => stalled(found)?.reason === reason))?.message;
  const namespaced = async (...namespaces: readonly string[]): Promise<void> => {
    for (const namespace of namespaces) await cluster.kubectl(["create", "namespace", namespace]);
  };
  const read = async (object: string, namespace: string, path: string): Promise<string> =>
    await cluster.kubectl(["get", object, `--namespace=${namespace}`, "--ignore-not-found", `-o=jsonpath=${path}`]);
  const remove = async (key: string): Promise<void> => {
    const [namespace, name] = key.split("/");
    await cluster.kubectl(["delete", `serviceinstance/${name}`, `--namespace=${namespace}`, "--timeout=40s"]);
  };

  describe("with hooks", () => {
    const key = "hooks/ship";

    it("has each of them done in its order, and goes on with the step", async () => {
      await namespaced("hooks");
      await go(key, "1.0.0");
      const before = await read("deployment/ship", "hooks", "{.metadata.uid} {.spec.replicas}");
      await go(key, "2.0.0");
      // As the last hook has left it, which comes after a wait for what the second one has made of the first one.
      expect(await read("configmap/tide", "hooks", "{.data.level} {.data.of}")).toBe("low 2.0.0");
      expect(await read("deployment/ship", "hooks", "{.metadata.uid} {.spec.replicas}")).toBe(before.replace(/1$/u, "2"));
      expect(await read("configmap/ship", "hooks", "{.data.version}")).toBe("2.0.0");
      const events = await cluster.kubectl(["get", "events", "--namespace=hooks", "--field-selector=reason=HookFinished", "-o=json"]);
      for (const hook of ["before/tide", "before/rise", "before/crew", "before/ready", "after/ebb"]) expect(events).toContain(hook);
    });

    it("leaves what an apply hook has made when the service goes", async () => {
      await remove(key);
      expect(await read("configmap/ship", "hooks", "{.metadata.name}")).toBe("");
      expect(await read("configmap/tide", "hooks", "{.data.level}")).toBe("low");
    });
  });

  it("is given up at the time of each of its hooks that does not end, with what it waited for", async () => {
    const namespaceOf = (version: string): string => `slow-${version.replaceAll(".", "-")}`;
    await namespaced(...SLOW.map(([version]) => namespaceOf(version)));
    await Promise.all(SLOW.map(async ([version]) => await go(`${namespaceOf(version)}/ship`, "1.0.0")));
    await makeSlow(SLOW.map(([version]) => namespaceOf(version)));
    await Promise.all(
      SLOW.map(async ([version, , told]) => {
        const slow = `${namespaceOf(version)}/ship`;
        await wish(slow, version);
        const { status } = await cluster.instances.until(
          slow,
          "has failed",
          (found) => found.status?.failure !== undefined || stalled(found) !== undefined,
        );
        expect(status).toMatchObject({ version: "1.0.0", phase: "Failed", failure: { reason: "Timeout", action: "before/slow" } });
        expect(status).not.toHaveProperty("operation");
        expect(status?.failure?.message).toMatch(told);
      }),
    );
    // Nobody waits for it any longer, so it does not run any longer.
    const job = async (): Promise<string> => await read("jobs", namespaceOf("3.5.0"), "{.items[*].status.conditions[*].reason}");
    await eventually("the Job has ended", job, (reasons) => reasons.includes("DeadlineExceeded"));
    await cluster.kubectl(["patch", "configmap/held", `--namespace=${namespaceOf("3.1.0")}`, "--type=json", DROP_FINALIZERS]);
    await cluster.kubectl(["delete", "validatingadmissionpolicybinding/refused", "validatingadmissionpolicy/refused"]);
  });

  const DROP_FINALIZERS = '--patch=[{"op":"remove","path":"/metadata/finalizers"}]';

  /** Where nothing comes to an end: what is deleted is held, what is written is refused, and what is started is never ready. */
  const makeSlow = async (namespaces: readonly string[]): Promise<void> => {
    await cluster.kubectl(["apply", "-f", "-"], customDefinition({ kind: "Raft", versions: ["v1"] }));
    await cluster.kubectl(["wait", "--for=condition=Established", `customresourcedefinition/${RAFTS}`, "--timeout=20s"]);
    for (const namespace of namespaces) {
      const held = { ...configMap("held"), metadata: { name: "held", finalizers: ["example.org/never"] } };
      const raft = { apiVersion: "example.org/v1", kind: "Raft", metadata: { name: "refused" } };
      const lazy = server("lazy", { "portolan.test/never-ready": "true" });
      const items = [held, configMap("refused"), raft, lazy];
      await cluster.kubectl(["apply", `--namespace=${namespace}`, "-f", "-"], { apiVersion: "v1", kind: "List", items });
    }
    // From now on each of them is stored in another version than it would be.
    await cluster.kubectl(["apply", "-f", "-"], customDefinition({ kind: "Raft", versions: ["v1", "v2"] }));
    await refuse();
    const probe = async (): Promise<string> => {
      try {
        return await cluster.kubectl(["label", "configmap/refused", `--namespace=${namespaces[0]}`, "probe=1", "--dry-run=server"]);
      } catch (error) {
        return String(error);
      }
    };
    await eventually("writes are refused", probe, (answer) => answer.includes("not in this harbour"));
  };

  const refuse = async (): Promise<void> => {
    const group = "admissionregistration.k8s.io/v1";
    const rule = { apiVersions: ["*"], operations: ["CREATE", "UPDATE"] };
    const spec = {
      failurePolicy: "Fail",
      matchConstraints: {
        resourceRules: [
          { ...rule, apiGroups: [""], resources: ["configmaps"] },
          { ...rule, apiGroups: ["example.org"], resources: ["rafts"] },
        ],
      },
      // Forbidden and not Invalid: what is invalid stays so, and nobody would try it again.
      validations: [{ expression: "request.name != 'refused'", reason: "Forbidden", message: "not in this harbour" }],
    };
    await cluster.kubectl(["apply", "-f", "-"], {
      apiVersion: group,
      kind: "ValidatingAdmissionPolicy",
      metadata: { name: "refused" },
      spec,
    });
    await cluster.kubectl(["apply", "-f", "-"], {
      apiVersion: group,
      kind: "ValidatingAdmissionPolicyBinding",
      metadata: { name: "refused" },
      spec: { policyName: "refused", validationActions: ["Deny"] },
    });
  };

  describe("that may exist once in a cluster, brings a kind, and is required by another one", () => {
    const yard = "dock/boatyard";
    const harbour = "quay/marina";
    const definition = async (): Promise<string> =>
      await cluster.kubectl([
        "get",
        `customresourcedefinition/${BOATS}`,
        "-o=jsonpath={.metadata.resourceVersion} {.spec.versions[*].name}",
      ]);

    it("is waited for by the one that requires it, which then comes by itself", async () => {
      await namespaced("dock", "quay", "inland");
      await wish(harbour, "1.0.0");
      expect(await untilRests(harbour, "MissingRequirement")).toBe("1.0.0 requires boatyard >=2.0.0; it is not installed");
      await go(yard, "1.0.0");
      const outdated = async (): Promise<string> =>
        await read("serviceinstance/marina", "quay", '{.status.conditions[?(@.type=="Stalled")].message}');
      await eventually("it says what is there", outdated, (message) => message.includes("dock/boatyard has 1.0.0"));
      await cluster.kubectl(["apply", "-f", "-"], {
        apiVersion: "example.org/v1",
        kind: "Boat",
        metadata: { name: "old", namespace: "dock" },
      });
      await go(yard, "2.0.0");
      await reach(harbour, "1.0.0");
    });

    it("does not go to a version that would break that one", async () => {
      const before = await definition();
      await wish(yard, "1.0.0");
      expect(await untilRests(yard, "BreaksDependent")).toBe("marina 1.0.0 (quay/marina) requires boatyard >=2.0.0, which 1.0.0 is not");
      expect(await read("configmap/boatyard", "dock", "{.data.version}")).toBe("2.0.0");
      expect(await definition()).toBe(before);
      await go(yard, "2.0.0");
    });

    it("has its objects stored anew before a version of their kind is dropped, and the kind is never taken back", async () => {
      await go(yard, "3.0.0");
      const newest = await definition();
      expect(newest).toMatch(/^\d+ v2$/u);
      expect(await cluster.kubectl(["get", `customresourcedefinition/${BOATS}`, "-o=jsonpath={.status.storedVersions}"])).toBe('["v2"]');
      expect(await read("boats.v2.example.org/old", "dock", "{.apiVersion}")).toBe("example.org/v2");
      const { status } = await go(yard, "2.0.0");
      expect(await read("configmap/boatyard", "dock", "{.data.version}")).toBe("2.0.0");
      expect((await definition()).split(" ").slice(1)).toStrictEqual(["v2"]);
      expect(status?.conditions?.find(({ type }) => type === "Drifted")?.status).toBe("False");
    });

    it("stays the only one; the second one comes when the first one goes, and leaves the definition as it is", async () => {
      const second = "inland/boatyard";
      const newest = await definition();
      await wish(second, "2.0.0");
      expect(await untilRests(second, "AlreadyInstalled")).toBe("boatyard may exist once in a cluster, and dock/boatyard is older");
      expect(await read("configmap/boatyard", "inland", "{.metadata.name}")).toBe("");
      await remove(harbour);
      await remove(yard);
      await reach(second, "2.0.0");
      expect((await definition()).split(" ").slice(1)).toStrictEqual(newest.split(" ").slice(1));
      expect(await read("boats.v2.example.org/old", "dock", "{.apiVersion}")).toBe("example.org/v2");
    });
  });
});

async function writeCatalog(catalog: string): Promise<void> {
  const manifests = (...objects: readonly string[]) => ({ type: "manifests", manifests: objects.map((name) => `manifests/${name}`) });
  const version = { "version.yaml": configMap("${release.name}", { version: "${release.version}" }) };
  await writeService(
    catalog,
    { name: "ship", config: { type: "object" } },
    ["1.0.0", "2.0.0", ...SLOW.map(([slow]) => slow)].map((each) => ({
      version: each,
      deployer: manifests("version.yaml", "server.yaml"),
    })),
    {
      manifests: { ...version, "server.yaml": server("${release.name}") },
      upgraders: {
        "to-2.yaml": {
          direction: "upgrade",
          from: "1.0.0",
          to: "2.0.0",
          before: [
            { name: "tide", action: "apply", objects: [configMap("tide", { level: "rising", of: "${release.version}" })] },
            { name: "rise", action: "patch", target: refTo("tide"), type: "json", patch: RISE },
            { name: "crew", action: "scale", target: serverRef("${release.name}"), replicas: 2 },
            { name: "ready", action: "wait", target: refTo("tide"), until: "object != null && object.data.level == 'high'" },
          ],
          after: [{ name: "ebb", action: "patch", target: refTo("tide"), patch: { data: { level: "low" } } }],
        },
        ...Object.fromEntries(
          SLOW.map(([to, hook]) => [
            `to-${to.replaceAll(".", "-")}.yaml`,
            { direction: "upgrade", from: "1.0.0", to, before: [{ name: "slow", timeoutSeconds: 2, ...hook }] },
          ]),
        ),
      },
    },
  );
  await writeService(
    catalog,
    { name: "boatyard", config: { type: "object" }, scope: "Cluster" },
    ["1.0.0", "2.0.0", "3.0.0"].map((each) => ({ version: each, deployer: manifests("version.yaml", `boats-${each}.yaml`) })),
    {
      manifests: {
        ...version,
        "boats-1.0.0.yaml": customDefinition({ kind: "Boat", versions: ["v1"] }),
        "boats-2.0.0.yaml": customDefinition({ kind: "Boat", versions: ["v1", "v2"] }),
        "boats-3.0.0.yaml": customDefinition({ kind: "Boat", versions: ["v2"] }),
      },
      upgraders: {
        "to-2.yaml": { direction: "upgrade", from: "1.0.0", to: "2.0.0" },
        "to-3.yaml": {
          direction: "upgrade",
          from: "2.0.0",
          to: "3.0.0",
          before: [{ name: "boats", action: "migrateStorage", crd: BOATS }],
        },
        "back.yaml": { direction: "downgrade", from: "*", to: "*" },
      },
    },
  );
  await writeService(
    catalog,
    { name: "marina", config: { type: "object" } },
    [{ version: "1.0.0", requires: [{ service: "boatyard", range: ">=2.0.0" }], deployer: manifests("version.yaml") }],
    { manifests: version },
  );
}

const RISE = [
  { op: "test", path: "/data/level", value: "rising" },
  { op: "replace", path: "/data/level", value: "high" },
];
