import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ServiceInstance } from "@portolan/agent/resources";
import { runCommand } from "@portolan/simulator/program-cache";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { agentProgram } from "../testbed/fleet/agent.ts";
import { childrenOf, isAlive } from "../testbed/fleet/children.ts";
import { startCluster, type Cluster } from "../testbed/fleet/cluster.ts";
import { customDefinition } from "../testbed/fleet/custom-definition.ts";
import { eventually } from "../testbed/fleet/eventually.ts";
import { showLogsOfFailures } from "../testbed/fleet/failure-logs.ts";
import { instance, runs } from "../testbed/fleet/ledger.ts";
import type { Program } from "../testbed/fleet/program.ts";
import { REPOSITORY } from "../testbed/fleet/repository.ts";
import { packageChart, packageTemplates, writeService, type Packaged } from "../testbed/helm/charts.ts";
import { describeHelm } from "../testbed/helm/describe-helm.ts";
import { injectContainer, startAdmissionWebhook, webhookConfiguration } from "../testbed/kubernetes/admission-webhook.ts";
import { startEtcd, type Etcd } from "../testbed/kubernetes/etcd.ts";

const VERSIONS = ["1.0.0", "1.1.0", "2.0.0"] as const;
/** How soon a person expects an object to be put back. */
const DRIFT_MS = 5_000;
/** How soon a reconcile has sent whatever it sends. */
const QUIET_MS = 2_000;
/** Of the API server's metrics: what was no trial. */
const WRITES =
  /^apiserver_request_total\{.*dry_run="",.*resource="(?:serviceinstances|configmaps|secrets|services|deployments|jobs)",.*verb="(?:POST|PUT|PATCH|APPLY|DELETE)"/u;

const BEACON = {
  name: "beacon",
  config: {
    type: "object",
    additionalProperties: false,
    properties: {
      message: { type: "string", default: "none" },
      replicas: { type: "integer", default: 1 },
      hookWaits: { type: "boolean", default: false },
      hookFails: { type: "boolean", default: false },
      broken: { type: "boolean", default: false },
      forbidden: { type: "boolean", default: false },
      testFails: { type: "boolean", default: false },
    },
  },
};

const BEACON_VALUES = Object.fromEntries(Object.keys(BEACON.config.properties).map((name) => [name, `\${config.${name}}`]));

/** Of a service that changes from manifests to the chart of the beacon and back; the Deployment is the chart's too. */
const FERRY = {
  "server.yaml": {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "${release.name}", labels: { harbour: "north" } },
    spec: {
      minReadySeconds: 1,
      selector: { matchLabels: { app: "${release.name}" } },
      template: {
        metadata: { labels: { app: "${release.name}" } },
        spec: { containers: [{ name: "server", image: "example.org/ferry:${release.version}" }] },
      },
    },
  },
  "timetable.yaml": { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "${release.name}-timetable" }, data: { first: "6:00" } },
};

const stalled = ({ status }: ServiceInstance) =>
  status?.conditions?.find(({ type, status: value }) => type === "Stalled" && value === "True");

describeHelm("an instance that is deployed from charts", (helm) => {
  let dir: string;
  let etcd: Etcd;
  let cluster: Cluster;
  let helmArgs: readonly string[];

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "portolan-helm-"));
    const [charts, catalog] = [join(dir, "charts"), join(dir, "catalog")];
    await Promise.all([mkdir(charts), mkdir(catalog)]);
    const packaged = [];
    for (const version of VERSIONS) packaged.push(await packageChart(helm(), { folder: "beacon", version, into: charts }));
    const chart = (version: string, digest: string) => ({ type: "helm", chart: "file-charts#beacon", chartVersion: version, digest });
    const wrong = `sha256:${"0".repeat(64)}`;
    await writeService(catalog, BEACON, [
      ...packaged.map(({ version, digest }) => ({ version, deployer: chart(version, digest), values: BEACON_VALUES })),
      ...packaged
        .slice(2)
        .map(({ digest }) => ({ version: "2.1.0", deployer: { ...chart("2.0.0", digest), test: true }, values: BEACON_VALUES })),
      { version: "3.0.0", deployer: chart("2.0.0", wrong), values: BEACON_VALUES },
      { version: "3.1.0", deployer: chart("9.9.9", wrong), values: BEACON_VALUES },
    ]);
    await writeService(
      catalog,
      { name: "lamp", config: { type: "object" }, secrets: [{ name: "pass", keys: ["word"] }] },
      packaged.map(({ version, digest }) => ({ version, deployer: chart(version, digest), values: { message: "${secrets.pass.word}" } })),
    );
    const harbour: Packaged[] = [];
    for (const [version, versions] of [
      ["1.0.0", ["v1"]],
      ["2.0.0", ["v1", "v2"]],
      ["3.0.0", ["v2"]],
    ] as const) {
      const folder = join(dir, `harbour-${version}`);
      await cp(join(REPOSITORY, "test/fixtures/charts/harbour"), folder, { recursive: true });
      for (const name of ["crds", "charts/tide/crds"]) await mkdir(join(folder, name), { recursive: true });
      await writeFile(join(folder, "crds/buoys.yaml"), JSON.stringify(customDefinition({ kind: "Buoy", versions })));
      await writeFile(join(folder, "templates/moorings.yaml"), JSON.stringify(customDefinition({ kind: "Mooring", versions })));
      await writeFile(join(folder, "charts/tide/crds/tides.yaml"), JSON.stringify(customDefinition({ kind: "Tide", versions: ["v1"] })));
      harbour.push(await packageChart(helm(), { folder, version, into: charts }));
    }
    const ofHarbour = (version: string) => {
      const { digest } = harbour.find((each) => each.version === version) ?? { digest: "" };
      return { ...chart(version, digest), chart: "file-charts#harbour" };
    };
    await writeService(
      catalog,
      {
        name: "harbour",
        config: { type: "object", properties: { tide: { type: "boolean", default: false } } },
        examples: [{}, { tide: true }],
      },
      [
        ...["1.0.0", "2.0.0", "3.0.0"].map((version) => ({ version, deployer: ofHarbour(version) })),
        // Of the same chart, and reached without a hook.
        { version: "3.1.0", deployer: ofHarbour("3.0.0") },
      ].map((version) => ({ ...version, values: { tide: { enabled: "${config.tide}" } } })),
      {
        upgraders: {
          "to-2.yaml": { direction: "upgrade", from: "1.0.0", to: "2.0.0" },
          "to-3.yaml": {
            direction: "upgrade",
            from: "2.0.0",
            to: "3.0.0",
            before: ["buoys", "moorings"].map((name) => ({ name, action: "migrateStorage", crd: `${name}.example.org` })),
          },
          "to-3-1.yaml": { direction: "upgrade", from: "2.0.0", to: "3.1.0" },
          "down.yaml": { direction: "downgrade", from: "*", to: "*" },
        },
      },
    );
    helmArgs = [`--helm=${helm()}`, `--chart-folder=${dir}`, "--chart-mirror=file-charts=charts", `--chart-cache=${join(dir, "cache")}`];
    await writeService(
      catalog,
      { name: "ferry", config: { type: "object" } },
      [
        { version: "1.0.0", deployer: { type: "manifests", manifests: ["manifests/server.yaml", "manifests/timetable.yaml"] } },
        ...packaged.slice(0, 1).map(({ digest }) => ({ version: "2.0.0", deployer: chart("1.0.0", digest) })),
        { version: "3.0.0", deployer: { type: "manifests", manifests: ["manifests/server.yaml", "manifests/timetable.yaml"] } },
      ],
      { manifests: FERRY },
    );
    // Two versions have no chart that could be rendered.
    const sound = join(dir, "sound");
    await cp(catalog, sound, { recursive: true });
    for (const version of ["3.0.0", "3.1.0"]) await rm(join(sound, "beacon/installers", `${version}.yaml`));
    etcd = await startEtcd();
    cluster = await startCluster({
      name: "charts",
      etcd,
      catalog,
      rights: { catalog: sound },
      dir,
      args: helmArgs,
    });
  });

  afterAll(async () => {
    await cluster.stop();
    await etcd.stop();
    await rm(dir, { recursive: true });
  });

  showLogsOfFailures(() => [cluster.agent]);

  const key = (namespace: string): string => `${namespace}/beacon`;
  const wish = async (namespace: string, spec: object): Promise<void> => {
    await cluster.kubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], instance(key(namespace), spec));
  };
  const install = async (namespace: string, spec: { readonly version: string }): Promise<void> => {
    await cluster.kubectl(["create", "namespace", namespace]);
    await wish(namespace, spec);
    await reach(namespace, spec.version);
  };
  const reach = (namespace: string, version: string) =>
    cluster.instances.until(key(namespace), `runs ${version}`, (found) => runs(version)(found));
  /** Why the instance rests, before anything has begun. */
  const refusal = async (namespace: string, reason: string): Promise<string | undefined> => {
    const { status } = await cluster.instances.until(key(namespace), `rests for ${reason}`, (found) => stalled(found)?.reason === reason);
    return status?.conditions?.find(({ type }) => type === "Stalled")?.message;
  };
  const inCluster = async (args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await runCommand(helm(), [...args, `--kubeconfig=${cluster.controlPlane.kubeconfigPath}`]);
    if (code !== 0) throw new Error(`helm ${args.join(" ")} ended with ${code}: ${stderr}`);
    return stdout;
  };
  const history = async (namespace: string): Promise<readonly string[]> => {
    const revisions: readonly { readonly status: string; readonly chart: string }[] = JSON.parse(
      await inCluster(["history", "beacon", `--namespace=${namespace}`, "--output=json"]),
    );
    return revisions.map(({ status, chart }) => `${chart} ${status}`);
  };
  /** Requests so far that wrote an instance, or an object of a kind that the services here have; by whomever. */
  const writes = async (): Promise<number> =>
    (await cluster.kubectl(["get", "--raw", "/metrics"]))
      .split("\n")
      .filter((line) => WRITES.test(line))
      .reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
  const read = (namespace: string, object: string, path: string): Promise<string> =>
    cluster.kubectl(["get", object, `--namespace=${namespace}`, "--ignore-not-found", `-o=jsonpath=${path}`]);

  it("is installed, configured, upgraded and downgraded, as releases that people see with helm", async () => {
    const namespace = "walk";
    await install(namespace, { version: "1.0.0" });
    expect(await history(namespace)).toStrictEqual(["beacon-1.0.0 deployed"]);
    expect(await read(namespace, "deployment/beacon", "{.spec.template.spec.containers[0].image}")).toBe("example.org/beacon/server:1.0.0");

    await wish(namespace, { version: "1.0.0", config: { message: "hello" } });
    await eventually(
      "the message is there",
      () => read(namespace, "configmap/beacon", "{.data.message}"),
      (message) => message === "hello",
    );
    await reach(namespace, "1.0.0");
    expect(await history(namespace)).toStrictEqual(["beacon-1.0.0 superseded", "beacon-1.0.0 deployed"]);

    await wish(namespace, { version: "2.0.0", config: { message: "hello" } });
    await reach(namespace, "2.0.0");
    expect(await read(namespace, "configmap/beacon-lamps", "{.data.lamps}")).toBe("2");
    // The chart's hook has run before the upgrade.
    expect(await read(namespace, "job/beacon-schema", "{.status.succeeded}")).toBe("1");

    await wish(namespace, { version: "1.1.0", config: { message: "hello" } });
    await reach(namespace, "1.1.0");
    expect(await read(namespace, "configmap/beacon-lamps", "{.metadata.name}")).toBe("");
    expect(await history(namespace)).toStrictEqual([
      "beacon-1.0.0 superseded",
      "beacon-1.0.0 superseded",
      "beacon-2.0.0 superseded",
      "beacon-1.1.0 deployed",
    ]);
    const [listed] = JSON.parse(await inCluster(["list", `--namespace=${namespace}`, "--output=json"]));
    expect(listed).toMatchObject({ name: "beacon", namespace, revision: "4", status: "deployed", chart: "beacon-1.1.0" });
  });

  it("gets no new revision when nothing has changed for helm", async () => {
    const namespace = "no-op";
    await install(namespace, { version: "1.0.0" });
    // The default, said out loud: another spec, the same values.
    await wish(namespace, { version: "1.0.0", config: { message: "none" } });
    await cluster.instances.until(key(namespace), "was configured", ({ status }) => status?.history?.length === 2);
    await reach(namespace, "1.0.0");
    expect(await history(namespace)).toStrictEqual(["beacon-1.0.0 deployed"]);
  });

  it("is written nothing for by a reconcile with nothing to do, and neither is one of manifests", async () => {
    const namespace = "still";
    await install(namespace, { version: "1.0.0" });
    await cluster.kubectl(["apply", "--server-side", "-f", "-"], instance(`${namespace}/ferry`, { version: "1.0.0" }));
    await cluster.instances.until(`${namespace}/ferry`, "runs 1.0.0", runs("1.0.0"));
    // What was begun by the installations comes to its end.
    await eventually(
      "nothing is written any more",
      async () => [await writes(), await sleep(QUIET_MS), await writes()],
      ([a, , b]) => a === b,
    );
    const before = await writes();
    const labels = ["one", "two", "three"];
    for (const label of labels) {
      await cluster.kubectl(["label", "serviceinstances", "--all", `--namespace=${namespace}`, `round=${label}`, "--overwrite"]);
      await sleep(QUIET_MS);
    }
    // Two instances were labelled each time.
    expect((await writes()) - before).toBe(2 * labels.length);
  });

  it("says what is wrong with a chart: its digest, that there is none, or the line of a template", async () => {
    const namespace = "mistakes";
    await install(namespace, { version: "1.0.0" });
    await wish(namespace, { version: "1.1.0", config: { forbidden: true } });
    expect(await refusal(namespace, "TemplateFailed")).toMatch(
      /beacon\/templates\/configuration\.yaml:11:\d+\): no beacon may stand here/u,
    );
    await wish(namespace, { version: "3.0.0" });
    expect(await refusal(namespace, "ChartDigestMismatch")).toContain("expected file-charts#beacon@2.0.0 with the digest sha256:0000");
    await wish(namespace, { version: "3.1.0" });
    expect(await refusal(namespace, "ChartNotFound")).toContain("there is neither beacon-9.9.9.tgz nor beacon/Chart.yaml");
    await wish(namespace, { version: "1.1.0", config: { broken: true } });
    expect(await refusal(namespace, "TemplateFailed")).toContain("beacon/templates/configuration.yaml:8:");
    expect(await history(namespace)).toStrictEqual(["beacon-1.0.0 deployed"]);
  });

  it("has what another hand changed or deleted put back, without a new revision", async () => {
    const namespace = "drift";
    await install(namespace, { version: "1.0.0" });
    await cluster.kubectl([
      "patch",
      "configmap/beacon",
      `--namespace=${namespace}`,
      "--type=merge",
      '--patch={"data":{"message":"by hand"}}',
    ]);
    await eventually(
      "the message is back",
      () => read(namespace, "configmap/beacon", "{.data.message}"),
      (message) => message === "none",
      {
        withinMs: DRIFT_MS,
      },
    );
    await cluster.kubectl(["delete", "service/beacon", `--namespace=${namespace}`]);
    await eventually(
      "the Service is back",
      () => read(namespace, "service/beacon", "{.metadata.name}"),
      (name) => name === "beacon",
      {
        withinMs: DRIFT_MS,
      },
    );
    expect(await history(namespace)).toStrictEqual(["beacon-1.0.0 deployed"]);
  });

  it("is uninstalled with its objects, or let go of with everything left", async () => {
    await install("removal", { version: "1.0.0" });
    await cluster.kubectl(["delete", "serviceinstance/beacon", "--namespace=removal"]);
    await cluster.instances.untilGone(key("removal"));
    expect(JSON.parse(await inCluster(["list", "--namespace=removal", "--output=json"]))).toStrictEqual([]);
    expect(await read("removal", "deployment/beacon", "{.metadata.name}")).toBe("");

    await cluster.kubectl(["create", "namespace", "orphan"]);
    await wish("orphan", { version: "1.0.0", deletionPolicy: "Orphan" });
    await reach("orphan", "1.0.0");
    await cluster.kubectl(["delete", "serviceinstance/beacon", "--namespace=orphan"]);
    await cluster.instances.untilGone(key("orphan"));
    expect(await history("orphan")).toStrictEqual(["beacon-1.0.0 deployed"]);
    expect(await cluster.kubectl(["get", "all,secrets", "--namespace=orphan", "--selector=portolan.dev/instance-id", "-o=name"])).toBe("");
  });

  describe("with CRDs", () => {
    const namespace = "crds";
    /** Of the CRD in the chart's folder for them, of the one among its templates, and of the one of its subchart. */
    const served = async (): Promise<readonly string[]> =>
      await Promise.all(
        ["buoys", "moorings", "tides"].map((name) =>
          cluster.kubectl(["get", "crd", `${name}.example.org`, "--ignore-not-found", "-o=jsonpath={.spec.versions[*].name}"]),
        ),
      );
    const harbour = async (version: string, config: object = {}): Promise<void> =>
      void (await cluster.kubectl(["apply", "--server-side", "-f", "-"], instance(`${namespace}/harbour`, { version, config })));
    const go = async (version: string, config?: object): Promise<void> => {
      await harbour(version, config);
      await cluster.instances.until(`${namespace}/harbour`, `runs ${version}`, runs(version));
    };

    it("gets those of its chart with an upgrade, and keeps them with a downgrade", async () => {
      await cluster.kubectl(["create", "namespace", namespace]);
      await go("1.0.0");
      expect(await served()).toEqual(["v1", "v1", ""]);
      await go("2.0.0");
      expect(await served()).toEqual(["v1 v2", "v1 v2", ""]);
      await go("1.0.0");
      expect(await served()).toEqual(["v1 v2", "v1 v2", ""]);
      await go("2.0.0");
    });

    it("has versions dropped in which nothing is stored any more, and is stopped before one in which something is", async () => {
      await cluster.kubectl(["apply", "-f", "-"], {
        apiVersion: "example.org/v1",
        kind: "Buoy",
        metadata: { name: "old", namespace },
      });
      await harbour("3.1.0");
      const refused = await cluster.instances.until(`${namespace}/harbour`, "is refused", (found) => stalled(found) !== undefined);
      expect(stalled(refused)?.message).toMatch(/CustomResourceDefinition (?:buoys|moorings)\.example\.org.*storedVersions.*"v1"/u);
      expect(await served()).toEqual(["v1 v2", "v1 v2", ""]);
      await go("3.0.0");
      expect(await served()).toEqual(["v2", "v2", ""]);
      expect(await read(namespace, "buoys.v2.example.org/old", "{.apiVersion}")).toBe("example.org/v2");
    });

    it("gets those of a subchart when the values have it", async () => {
      await go("3.0.0", { tide: true });
      // The instance runs the version before the configuration is looked at.
      expect(await eventually("the definition is there", served, (versions) => versions[2] === "v1")).toEqual(["v2", "v2", "v1"]);
    });

    it("keeps those of a folder when it is removed; what is among the templates is a part of the release", async () => {
      await cluster.kubectl(["delete", "serviceinstance/harbour", `--namespace=${namespace}`]);
      await cluster.instances.untilGone(`${namespace}/harbour`);
      expect(await served()).toEqual(["v2", "", "v1"]);
    });
  });

  it("goes from manifests to a chart and back, and nothing of the other way is left", async () => {
    const namespace = "ferry";
    const go = async (version: string): Promise<void> => {
      await cluster.kubectl(["apply", "--server-side", "-f", "-"], instance(`${namespace}/ferry`, { version }));
      await cluster.instances.until(`${namespace}/ferry`, `runs ${version}`, runs(version));
    };
    const objects = async (): Promise<readonly string[]> =>
      (await cluster.kubectl(["get", "deployments,services,configmaps", `--namespace=${namespace}`, "-o=name"]))
        .split("\n")
        .filter((name) => /ferry(?:-timetable)?$/u.test(name) && !name.includes("portolan"));
    const releases = async () => JSON.parse(await inCluster(["list", `--namespace=${namespace}`, "--output=json"]));
    const server = (path: string): Promise<string> => read(namespace, "deployment/ferry", path);
    await cluster.kubectl(["create", "namespace", namespace]);
    await go("1.0.0");
    const uid = await server("{.metadata.uid}");
    await go("2.0.0");
    expect(await objects()).toStrictEqual(["deployment.apps/ferry", "service/ferry", "configmap/ferry"]);
    expect(await releases()).toMatchObject([{ name: "ferry", status: "deployed" }]);
    expect(await server("{.metadata.uid} {.spec.template.spec.containers[*].image}")).toBe(`${uid} example.org/beacon/server:1.0.0`);
    // What the manifests alone had.
    expect(await server("{.metadata.labels.harbour} {.spec.minReadySeconds}")).toBe(" ");
    expect(await server("{.metadata.annotations.meta\\.helm\\.sh/release-name}")).toBe("ferry");
    await go("3.0.0");
    expect(await objects()).toStrictEqual(["deployment.apps/ferry", "configmap/ferry-timetable"]);
    expect(await releases()).toStrictEqual([]);
    expect(await server("{.metadata.uid} {.spec.template.spec.containers[*].image}")).toBe(`${uid} example.org/ferry:3.0.0`);
    expect(await server("{.metadata.managedFields[*].manager} {.metadata.annotations} {.metadata.labels}")).not.toMatch(/helm/iu);
    await cluster.kubectl(["delete", "serviceinstance/ferry", `--namespace=${namespace}`]);
    await cluster.instances.untilGone(`${namespace}/ferry`);
    expect(await objects()).toStrictEqual([]);
  });

  it("takes no object into a release that somebody else has made", async () => {
    const namespace = "foreign";
    await install(namespace, { version: "1.0.0" });
    await cluster.kubectl(["create", "configmap", "beacon-lamps", `--namespace=${namespace}`, "--from-literal=lamps=theirs"]);
    await wish(namespace, { version: "2.0.0" });
    const failed = await cluster.instances.until(key(namespace), "has failed", ({ status }) => status?.phase === "Failed");
    expect(failed.status?.failure).toMatchObject({ reason: "OwnedBySomeoneElse", message: expect.stringContaining("beacon-lamps") });
    expect(await read(namespace, "configmap/beacon-lamps", "{.data.lamps} {.metadata.labels} {.metadata.annotations}")).toBe("theirs  ");
    await cluster.kubectl(["delete", "configmap/beacon-lamps", `--namespace=${namespace}`]);
    await cluster.kubectl(["annotate", `si/beacon`, `--namespace=${namespace}`, "portolan.dev/retry=1"]);
    await reach(namespace, "2.0.0");
    expect(await read(namespace, "configmap/beacon-lamps", "{.data.lamps}")).toBe("2");
  });

  it("adopts a release that people have installed, and touches nothing when it is as wished", async () => {
    const namespace = "adoption";
    const chart = join(dir, "charts", "beacon-1.0.0.tgz");
    const values = [
      "--set=message=none",
      "--set=replicas=1",
      "--set=hookWaits=false",
      "--set=hookFails=false",
      "--set=broken=false",
      "--set=forbidden=false",
      "--set=testFails=false",
    ];
    await inCluster(["install", "beacon", chart, `--namespace=${namespace}`, "--create-namespace", ...values]);
    const deployment = () => read(namespace, "deployment/beacon", "{.metadata.uid} {.metadata.generation}");
    const before = await deployment();
    await wish(namespace, { version: "1.0.0" });
    await reach(namespace, "1.0.0");
    expect(await deployment()).toBe(before);
    expect(await history(namespace)).toStrictEqual(["beacon-1.0.0 deployed"]);
    expect(await read(namespace, "deployment/beacon", "{.metadata.labels.portolan\\.dev/instance-id}")).toMatch(/^applyset-/u);

    await wish(namespace, { version: "1.1.0" });
    await reach(namespace, "1.1.0");
    expect(await history(namespace)).toStrictEqual(["beacon-1.0.0 superseded", "beacon-1.1.0 deployed"]);
  });

  it("comes of releases that people have installed, in bulk and by portolan adopt, without an object being changed", async () => {
    const chart = join(dir, "charts", "beacon-1.0.0.tgz");
    const given = {
      "adopt-config": "message=hello",
      "adopt-overrides": "lamps.colour=green",
      "adopt-secret": "lamps.adminPassword=hunter2",
    };
    for (const [namespace, value] of Object.entries(given)) {
      await inCluster(["install", "beacon", chart, `--namespace=${namespace}`, "--create-namespace", `--set=${value}`]);
    }
    const deployments = async (): Promise<readonly string[]> =>
      await Promise.all(
        Object.keys(given).map((namespace) => read(namespace, "deployment/beacon", "{.metadata.uid} {.metadata.generation}")),
      );
    const before = await deployments();
    const cli = join(REPOSITORY, "packages/cli/src/main.ts");
    const adopt = (...args: readonly string[]) =>
      runCommand(process.execPath, [
        cli,
        "adopt",
        `--catalog=${join(dir, "catalog")}`,
        // The ferry is deployed from the same chart.
        "--service=beacon",
        `--kubeconfig=${cluster.controlPlane.kubeconfigPath}`,
        ...args,
      ]);
    expect(await adopt("--dry-run", "--namespace=adopt-config")).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/beacon 1\.0\.0 +config: message/u),
    });
    expect(await cluster.kubectl(["get", "si", "--namespace=adopt-config", "-o=name"])).toBe("");
    const adopted = await adopt("--yes");
    expect(adopted).toMatchObject({ code: 0 });
    expect(adopted.stdout).toMatch(/adopt-overrides .*overrides: lamps/u);
    expect(adopted.stdout).toMatch(/adopt-secret .*\/lamps\/adminPassword.*SecretInValues/u);
    expect(`${adopted.stdout}${adopted.stderr}`).not.toContain("hunter2");
    await reach("adopt-config", "1.0.0");
    await reach("adopt-overrides", "1.0.0");
    expect(await deployments()).toStrictEqual(before);
    expect(await read("adopt-config", "configmap/beacon", "{.data.message}")).toBe("hello");
    expect(await read("adopt-config", "si/beacon", "{.spec.config}")).toBe('{"message":"hello"}');
    expect(await cluster.kubectl(["get", "si", "--namespace=adopt-secret", "-o=name"])).toBe("");
    expect(await adopt("beacon", "--namespace=adopt-config", "--yes")).toMatchObject({
      code: 1,
      stdout: expect.stringContaining("AlreadyManaged"),
    });
    await cluster.kubectl(["patch", "si/beacon", "--namespace=adopt-config", "--type=merge", '--patch={"spec":{"version":"2.0.0"}}']);
    await reach("adopt-config", "2.0.0");
    expect(await read("adopt-config", "configmap/beacon", "{.data.message}")).toBe("hello");
  });

  it("comes of a release with a secret among its values, which portolan adopt puts into a Secret", async () => {
    const namespace = "adopt-lamp";
    const chart = join(dir, "charts", "beacon-1.0.0.tgz");
    await inCluster(["install", "lamp", chart, `--namespace=${namespace}`, "--create-namespace", "--set=message=hunter2"]);
    const deployment = () => read(namespace, "deployment/lamp", "{.metadata.uid} {.metadata.generation}");
    const before = await deployment();
    const adopt = (...args: readonly string[]) =>
      runCommand(process.execPath, [
        join(REPOSITORY, "packages/cli/src/main.ts"),
        "adopt",
        `--catalog=${join(dir, "catalog")}`,
        "--service=lamp",
        `--namespace=${namespace}`,
        `--kubeconfig=${cluster.controlPlane.kubeconfigPath}`,
        ...args,
      ]);
    expect(await adopt("lamp", "--dry-run")).toMatchObject({ code: 1, stdout: expect.stringContaining("--secret pass=SECRET") });
    expect(await adopt("--secret=word=x", "--dry-run")).toMatchObject({ code: 2, stderr: expect.stringContaining("they take pass") });
    const named = "--secret=pass={release}-pass";
    const printed = await adopt(named, "-o", "yaml");
    expect(printed).toMatchObject({ code: 0, stdout: expect.stringContaining("secretName: lamp-pass") });
    expect(await adopt(named, "--dry-run")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("pass from lamp-pass, which is made (word)"),
    });
    expect(await cluster.kubectl(["get", "secrets,si", `--namespace=${namespace}`, "-o=name"])).toBe("secret/sh.helm.release.v1.lamp.v1\n");

    const adopted = await adopt(named, "--yes");
    expect(adopted).toMatchObject({ code: 0, stderr: expect.stringContaining("secret adopt-lamp/lamp-pass made") });
    expect(`${printed.stdout}${printed.stderr}${adopted.stdout}${adopted.stderr}`).not.toContain("hunter2");
    await cluster.instances.until(`${namespace}/lamp`, "is ready", ({ status }) => status?.phase === "Ready" && status.version === "1.0.0");
    expect(await deployment()).toBe(before);
    expect(await read(namespace, "configmap/lamp", "{.data.message}")).toBe("hunter2");
    expect(await read(namespace, "si/lamp", "{.spec}")).not.toContain("hunter2");
  });

  it("leaves a release of another chart's version to whoever made it", async () => {
    const namespace = "not-mine";
    await inCluster(["install", "beacon", join(dir, "charts", "beacon-2.0.0.tgz"), `--namespace=${namespace}`, "--create-namespace"]);
    await wish(namespace, { version: "1.0.0" });
    const failed = await cluster.instances.until(key(namespace), "has failed", ({ status }) => status?.phase === "Failed");
    expect(failed.status?.failure).toMatchObject({ reason: "OwnedBySomeoneElse", message: expect.stringContaining("not-mine/beacon") });
    expect(await history(namespace)).toStrictEqual(["beacon-2.0.0 deployed"]);
  });

  describe("whose agent ends while helm works", () => {
    /** An upgrade that stands in its hook. */
    const stands = async (namespace: string): Promise<void> => {
      await install(namespace, { version: "1.0.0" });
      await wish(namespace, { version: "2.0.0", config: { hookWaits: true } });
      await hookOf(namespace);
      expect(await history(namespace)).toStrictEqual(["beacon-1.0.0 deployed", "beacon-2.0.0 pending-upgrade"]);
    };
    const hook = (namespace: string): Promise<string> => read(namespace, "job/beacon-schema", "{.metadata.uid}");
    /** Of the hook that waits, other than the one of before. */
    const hookOf = async (namespace: string, before = ""): Promise<string> =>
      await eventually(
        "the hook waits",
        () => hook(namespace),
        (uid) => uid !== "" && uid !== before,
      );
    const untilFailed = async (namespace: string): Promise<void> => {
      await eventually(
        "the try has failed",
        () => history(namespace),
        (revisions) => revisions.includes("beacon-2.0.0 failed"),
      );
    };
    /** The objects that are there then. */
    const finishes = async (namespace: string): Promise<readonly string[]> => {
      const merge = ["--type=merge", '--patch={"spec":{"suspend":false}}'];
      await cluster.kubectl(["patch", "job/beacon-schema", `--namespace=${namespace}`, ...merge]);
      await reach(namespace, "2.0.0");
      expect((await history(namespace)).at(-1)).toBe("beacon-2.0.0 deployed");
      return await objects(namespace);
    };
    const objects = async (namespace: string): Promise<readonly string[]> =>
      (await cluster.kubectl(["get", "deployments,services,configmaps,jobs", `--namespace=${namespace}`, "-o=name"]))
        .split("\n")
        .filter((name) => name !== "" && !name.startsWith("configmap/portolan-") && !name.startsWith("configmap/kube-root"));

    beforeAll(async () => {
      await install("undisturbed", { version: "1.0.0" });
      await wish("undisturbed", { version: "2.0.0" });
      await reach("undisturbed", "2.0.0");
    });

    it("finishes what was begun when it was killed; its helm ended with it", async () => {
      const namespace = "killed";
      await stands(namespace);
      const before = await hook(namespace);
      const helmProcess = (await childrenOf(cluster.agent.process?.pid)).find(({ name }) => name === "helm");
      await cluster.agent.kill();
      await eventually(
        "its helm has ended",
        () => isAlive(helmProcess),
        (alive) => !alive,
      );
      await cluster.agent.start();
      await untilFailed(namespace);
      await hookOf(namespace, before);
      expect(await finishes(namespace)).toStrictEqual(await objects("undisturbed"));
    });

    it("takes away the lock of a helm that was killed with it", async () => {
      const namespace = "all-killed";
      await stands(namespace);
      const before = await hook(namespace);
      // The watchdog first, which would give helm the time to say that it was interrupted.
      const children = await childrenOf(cluster.agent.process?.pid);
      for (const name of ["node", "helm"])
        for (const { pid } of children.filter((child) => child.name === name)) process.kill(pid, "SIGKILL");
      await cluster.agent.kill();
      expect(await history(namespace)).toStrictEqual(["beacon-1.0.0 deployed", "beacon-2.0.0 pending-upgrade"]);
      await cluster.agent.start();
      await untilFailed(namespace);
      await hookOf(namespace, before);
      expect(await finishes(namespace)).toStrictEqual(await objects("undisturbed"));
    });

    it("is finished by the next leader when it stands still: its helm ends before that one begins", async () => {
      const namespace = "frozen";
      await cluster.agent.kill();
      const [first, second] = await Promise.all(["first", "second"].map(candidate));
      if (first === undefined || second === undefined) throw new Error("there are two");
      try {
        await first.start();
        await stands(namespace);
        const before = await hook(namespace);
        const frozen = await leader();
        signal(first, "SIGSTOP");
        // Nobody else leads yet, and nobody else knows of this helm.
        await untilFailed(namespace);
        expect(await leader()).toBe(frozen);
        await second.start();
        await hookOf(namespace, before);
        expect(await leader()).not.toBe(frozen);
        signal(first, "SIGCONT");
        expect(await first.process?.exited).toMatchObject({ code: 1 });
        expect(await finishes(namespace)).toStrictEqual(await objects("undisturbed"));
        expect((await history(namespace)).filter((revision) => revision === "beacon-2.0.0 failed")).toHaveLength(1);
      } finally {
        await Promise.all([first.kill(), second.kill()]);
        await cluster.agent.start();
      }
    });

    const signal = ({ process: running }: Program, name: NodeJS.Signals): void => {
      if (running === undefined) throw new Error("it does not run");
      process.kill(running.pid, name);
    };
    const leader = (): Promise<string> =>
      cluster.kubectl(["get", "lease/portolan-agent", "--namespace=portolan-system", "-o=jsonpath={.spec.holderIdentity}"]);
    /** An agent that acts only while it holds the Lease. */
    const candidate = (name: string): Promise<Program> =>
      agentProgram({
        cluster: name,
        kubeconfig: cluster.agentKubeconfig,
        catalog: join(dir, "catalog"),
        dir,
        args: [...helmArgs, "--leader-elect", "--lease-duration-ms=6000", "--lease-renew-deadline-ms=4000", "--lease-retry-period-ms=500"],
      });
  });

  it("says which hook has failed, and goes on when it is mended", async () => {
    const namespace = "hook";
    await install(namespace, { version: "1.0.0" });
    await wish(namespace, { version: "1.1.0", config: { hookFails: true } });
    const failed = await cluster.instances.until(key(namespace), "has failed", ({ status }) => status?.phase === "Failed");
    expect(failed.status?.failure).toMatchObject({ reason: "HookFailed", message: expect.stringContaining("beacon-schema") });
    await wish(namespace, { version: "1.1.0" });
    await reach(namespace, "1.1.0");
    expect(await history(namespace)).toStrictEqual(["beacon-1.0.0 superseded", "beacon-1.1.0 failed", "beacon-1.1.0 deployed"]);
  });

  it("has the chart's own tests run at the end of a step, where its version says so", async () => {
    const namespace = "tested";
    await install(namespace, { version: "2.0.0" });
    expect(await read(namespace, "job/beacon-test", "{.metadata.name}")).toBe("");
    await wish(namespace, { version: "2.1.0", config: { testFails: true } });
    const failed = await cluster.instances.until(key(namespace), "has failed", ({ status }) => status?.phase === "Failed");
    expect(failed.status?.failure).toMatchObject({ reason: "TestFailed", message: expect.stringContaining("Job/beacon-test failed") });
    await wish(namespace, { version: "2.1.0" });
    await reach(namespace, "2.1.0");
    expect(await read(namespace, "job/beacon-test", "{.status.succeeded}")).toBe("1");
  });

  it("leaves an autoscaler's replicas and an injector's container alone, when an object is put back and through an upgrade", async () => {
    const namespace = "scaled";
    const replicas = () => read(namespace, "deployment/beacon", "{.spec.replicas}");
    const images = () => read(namespace, "deployment/beacon", "{.spec.template.spec.containers[*].image}");
    const apply = async (object: object) => await cluster.kubectl(["apply", "--server-side", "-f", "-"], object);
    await cluster.kubectl(["create", "namespace", namespace]);
    const webhook = await startAdmissionWebhook(cluster.controlPlane, injectContainer("veil"));
    onTestFinished(() => webhook.stop());
    const operations = ["CREATE", "UPDATE"] as const;
    await apply(webhookConfiguration(webhook, { name: "veils", namespace, group: "apps", resource: "deployments", operations }));
    await wish(namespace, { version: "1.0.0" });
    await reach(namespace, "1.0.0");
    // It needs no metrics to see that there are too few.
    await apply({
      apiVersion: "autoscaling/v2",
      kind: "HorizontalPodAutoscaler",
      metadata: { name: "beacon", namespace },
      spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "beacon" }, minReplicas: 3, maxReplicas: 9 },
    });
    const lastScaled = () => read(namespace, "hpa/beacon", "{.status.lastScaleTime}");
    const scaledAt = await eventually("the autoscaler has scaled", lastScaled, (time) => time !== "");
    expect(await replicas()).toBe("3");
    await cluster.kubectl(["set", "image", "deployment/beacon", `--namespace=${namespace}`, "server=example.org/by-hand"]);
    await eventually("the image is back", images, (all) => all === "example.org/beacon/server:1.0.0 example.org/veil:1");
    expect(await replicas()).toBe("3");
    await wish(namespace, { version: "2.0.0" });
    await reach(namespace, "2.0.0");
    expect(await replicas()).toBe("3");
    expect(await images()).toBe("example.org/beacon/server:2.0.0 example.org/veil:1");
    // It has had nothing to put right since.
    expect(await lastScaled()).toBe(scaledAt);
  });

  it("leaves what it is told to ignore as somebody has set it, also through an upgrade, until it is told so no more", async () => {
    const namespace = "ignored";
    const driftIgnore = [{ kind: "ConfigMap", name: "beacon", pointers: ["/data/message"] }];
    const message = () => read(namespace, "configmap/beacon", "{.data.message}");
    await cluster.kubectl(["create", "namespace", namespace]);
    await wish(namespace, { version: "1.0.0", driftIgnore });
    await reach(namespace, "1.0.0");
    await cluster.kubectl([
      "patch",
      "configmap/beacon",
      `--namespace=${namespace}`,
      "--type=merge",
      '--patch={"data":{"message":"by hand"}}',
    ]);
    await wish(namespace, { version: "2.0.0", driftIgnore });
    await reach(namespace, "2.0.0");
    expect(await message()).toBe("by hand");
    await wish(namespace, { version: "2.0.0", driftIgnore: [] });
    await eventually("it is as the chart says", message, (text) => text === "none");
  });

  it("takes a rotated secret in with one new revision, and says it nowhere else", async () => {
    const namespace = "rotated";
    const message = () => read(namespace, "configmap/beacon", "{.data.message}");
    const keep = (word: string) =>
      cluster.kubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "pass", namespace },
        stringData: { word },
      });
    await cluster.kubectl(["create", "namespace", namespace]);
    await keep("PLANTED-one");
    await wish(namespace, { service: "lamp", version: "1.0.0", secretRefs: [{ name: "pass", secretName: "pass" }] });
    await reach(namespace, "1.0.0");
    await keep("PLANTED-two");
    await eventually("the new word is there", message, (word) => word === "PLANTED-two");
    await reach(namespace, "1.0.0");
    expect(await history(namespace)).toStrictEqual(["beacon-1.0.0 superseded", "beacon-1.0.0 deployed"]);
    const said = await cluster.kubectl(["get", "serviceinstances,events", `--namespace=${namespace}`, "-o=json"]);
    expect(`${said}${await cluster.agent.logTail()}`).not.toContain("PLANTED");
  });

  it("is known again from its release when its status was lost, and when it was made anew beside it", async () => {
    const namespace = "restored";
    await cluster.kubectl(["create", "namespace", namespace]);
    await wish(namespace, { version: "1.1.0", deletionPolicy: "Orphan" });
    await reach(namespace, "1.1.0");
    const uid = await read(namespace, "deployment/beacon", "{.metadata.uid}");
    await cluster.kubectl([
      "patch",
      "si/beacon",
      `--namespace=${namespace}`,
      "--subresource=status",
      "--type=json",
      '--patch=[{"op":"remove","path":"/status"}]',
    ]);
    await cluster.instances.until(key(namespace), "has lost its status", ({ status }) => status?.version === undefined);
    await reach(namespace, "1.1.0");
    await cluster.kubectl(["delete", "si/beacon", `--namespace=${namespace}`]);
    await wish(namespace, { version: "1.1.0" });
    await reach(namespace, "1.1.0");
    expect(await history(namespace)).toStrictEqual(["beacon-1.1.0 deployed"]);
    expect(await read(namespace, "deployment/beacon", "{.metadata.uid}")).toBe(uid);
  });

  it("is waited for by helm itself, which does not take one for ready that no agent has looked at", async () => {
    const namespace = "platform";
    const templates = { "beacon.yaml": instance(key(namespace), { version: "1.0.0" }) };
    const { file } = await packageTemplates(helm(), { name: "platform", version: "1.0.0", templates, into: join(dir, "charts") });
    const waiting = (seconds: number) => ["--wait=watcher", `--timeout=${seconds}s`, `--namespace=${namespace}`];
    await cluster.agent.kill();
    await expect(inCluster(["install", "platform", file, "--create-namespace", ...waiting(5)])).rejects.toThrow("InProgress");
    const upgraded = inCluster(["upgrade", "platform", file, ...waiting(60)]);
    await cluster.agent.start();
    await upgraded;
    expect(await read(namespace, "si/beacon", '{.status.conditions[?(@.type=="Ready")].status}')).toBe("True");
  });

  it("brings back a release that people have upgraded by hand", async () => {
    const namespace = "by-hand";
    await install(namespace, { version: "1.0.0" });
    await inCluster(["upgrade", "beacon", join(dir, "charts", "beacon-1.1.0.tgz"), `--namespace=${namespace}`]);
    await eventually(
      "1.0.0 is back",
      () => history(namespace),
      (revisions) => revisions.at(-1) === "beacon-1.0.0 deployed" && revisions.length === 3,
    );
    await reach(namespace, "1.0.0");
    expect(await read(namespace, "deployment/beacon", "{.spec.template.spec.containers[0].image}")).toBe("example.org/beacon/server:1.0.0");
  });
});
