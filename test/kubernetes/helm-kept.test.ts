import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startCluster, type Cluster } from "../testbed/fleet/cluster.ts";
import { ANYTHING, customDefinition } from "../testbed/fleet/custom-definition.ts";
import { showLogsOfFailures } from "../testbed/fleet/failure-logs.ts";
import { instance, runs } from "../testbed/fleet/ledger.ts";
import { packageChart, writeService, type ChartVersion } from "../testbed/helm/charts.ts";
import { describeHelm } from "../testbed/helm/describe-helm.ts";
import { startEtcd, type Etcd } from "../testbed/kubernetes/etcd.ts";

const NAMESPACE = "quays";
const DEFINITION = "crates.quay.example.org";

const crates = (versions: readonly string[], more: object = {}) => {
  const definition = customDefinition({ group: "quay.example.org", kind: "Crate", versions, schema: ANYTHING });
  return { ...definition, spec: { ...definition.spec, ...more } };
};
const claim = {
  apiVersion: "v1",
  kind: "PersistentVolumeClaim",
  metadata: { name: "quay" },
  spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
};
const configuration = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "{{ .Release.Name }}" },
  data: { version: "{{ .Chart.Version }}" },
};

/** The API server takes no bundle without a certificate. */
const [OF_CHART = "", INJECTED = ""] = rootCertificates.slice(0, 2).map((certificate) => Buffer.from(certificate).toString("base64"));
const plainLamps = customDefinition({ group: "buoy.example.org", kind: "Lamp", versions: ["v1"], schema: ANYTHING });
const lamps = {
  ...plainLamps,
  spec: {
    ...plainLamps.spec,
    conversion: {
      strategy: "Webhook",
      webhook: {
        conversionReviewVersions: ["v1"],
        clientConfig: { service: { name: "buoy", namespace: "buoys" }, caBundle: OF_CHART },
      },
    },
  },
};
const BUOY = Object.fromEntries(
  ["1.0.0", "2.0.0"].map((version) => [version, { "templates/configuration.yaml": configuration, "crds/lamps.yaml": lamps }]),
);

/** Its files, by the version of the chart. */
const QUAY: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  "1.0.0": { "templates/configuration.yaml": configuration },
  "2.0.0": {
    "templates/configuration.yaml": configuration,
    "templates/claim.yaml": claim,
    "templates/crates.yaml": ["{{- if .Values.manageDefinitions }}", JSON.stringify(crates(["v1alpha1", "v1"])), "{{- end }}"].join("\n"),
  },
  // A common change: upstream puts its CRDs into the folder for them.
  "3.0.0": { "templates/configuration.yaml": configuration, "crds/crates.yaml": crates(["v1alpha1", "v1"]) },
  "4.0.0": { "templates/configuration.yaml": configuration, "crds/crates.yaml": crates(["v1"]) },
};

describeHelm("what holds data, among the objects of a chart", (helm) => {
  let dir: string;
  let etcd: Etcd;
  let cluster: Cluster;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "portolan-helm-kept-"));
    const [charts, catalog] = [join(dir, "charts"), join(dir, "catalog")];
    await Promise.all([mkdir(charts), mkdir(catalog)]);
    const packaged = async (name: string, chart: typeof QUAY, values: object): Promise<readonly ChartVersion[]> => {
      const versions: ChartVersion[] = [];
      for (const [version, files] of Object.entries(chart)) {
        const folder = join(dir, `${name}-${version}`);
        await mkdir(join(folder, "templates"), { recursive: true });
        await mkdir(join(folder, "crds"));
        for (const [file, content] of Object.entries({ "Chart.yaml": { apiVersion: "v2", name, version }, ...files }))
          await writeFile(join(folder, file), typeof content === "string" ? content : JSON.stringify(content));
        const { digest } = await packageChart(helm(), { folder, version, into: charts });
        versions.push({ version, deployer: { type: "helm", chart: `file-charts#${name}`, chartVersion: version, digest }, values });
      }
      return versions;
    };
    const config = { type: "object", properties: { manageDefinitions: { type: "boolean", default: true } } };
    const quay = await packaged("quay", QUAY, { manageDefinitions: "${config.manageDefinitions}" });
    await writeService(catalog, { name: "quay", config }, quay);
    await writeService(catalog, { name: "buoy", config: { type: "object" } }, await packaged("buoy", BUOY, {}));
    etcd = await startEtcd();
    const args = [`--helm=${helm()}`, `--chart-cache=${join(dir, "cache")}`, `--chart-folder=${dir}`, "--chart-mirror=file-charts=charts"];
    cluster = await startCluster({ name: "kept", etcd, catalog, dir, args });
    await cluster.kubectl(["create", "namespace", NAMESPACE]);
  });

  afterAll(async () => {
    await cluster.stop();
    await etcd.stop();
    await rm(dir, { recursive: true });
  });

  showLogsOfFailures(() => [cluster.agent]);

  const wish = async (version: string, config: object = { manageDefinitions: true }): Promise<void> =>
    void (await cluster.kubectl(["apply", "--server-side", "-f", "-"], instance(`${NAMESPACE}/quay`, { version, config })));
  const go = async (version: string, config?: object): Promise<void> => {
    await wish(version, config);
    await cluster.instances.until(`${NAMESPACE}/quay`, `runs ${version}`, runs(version));
  };
  const read = (object: string, path: string): Promise<string> =>
    cluster.kubectl(["get", object, `--namespace=${NAMESPACE}`, "--ignore-not-found", `-o=jsonpath=${path}`]);
  /** Uids of what holds data. */
  const kept = async (): Promise<readonly string[]> =>
    await Promise.all(
      [`crd/${DEFINITION}`, "crates.quay.example.org/precious", "pvc/quay"].map((object) => read(object, "{.metadata.uid}")),
    );
  const marks = async (object: string): Promise<string> =>
    `${await read(object, "{.metadata.labels.applyset\\.kubernetes\\.io/part-of}")} ${await read(object, "{.metadata.annotations}")}`;

  describe("is kept when the chart moves on without it", () => {
    let before: readonly string[];

    beforeAll(async () => {
      await install();
      await cluster.kubectl(["apply", "-f", "-"], {
        apiVersion: "quay.example.org/v1",
        kind: "Crate",
        metadata: { name: "precious", namespace: NAMESPACE },
      });
      before = await kept();
    });

    /** No controller of volumes works here: the claim is bound by hand, and let go of. */
    const patchClaim = (patch: object, ...args: readonly string[]) =>
      cluster.kubectl(["patch", "pvc/quay", `--namespace=${NAMESPACE}`, "--type=merge", `--patch=${JSON.stringify(patch)}`, ...args]);
    const install = async (): Promise<void> => {
      await wish("2.0.0");
      await cluster.instances.until(`${NAMESPACE}/quay`, "has begun", ({ status }) => status?.operation?.cursor.action === "ready");
      await patchClaim({ status: { phase: "Bound" } }, "--subresource=status");
      await cluster.instances.until(`${NAMESPACE}/quay`, "runs 2.0.0", runs("2.0.0"));
    };
    const remove = async (): Promise<void> => {
      await cluster.kubectl(["delete", "serviceinstance/quay", `--namespace=${NAMESPACE}`, "--wait=false"]);
      await patchClaim({ metadata: { finalizers: null } });
      await cluster.instances.untilGone(`${NAMESPACE}/quay`);
    };

    it("when a value takes it out", async () => {
      expect(before).not.toContain("");
      await go("2.0.0", { manageDefinitions: false });
      expect(await read(`configmap/quay`, "{.data.version}")).toBe("2.0.0");
      expect(await kept()).toStrictEqual(before);
      expect(await marks(`crd/${DEFINITION}`)).toMatch(/^applyset-.*"portolan\.dev\/version":"2\.0\.0"/u);
      expect(await marks(`crd/${DEFINITION}`)).not.toContain("resource-policy");
      await go("2.0.0", { manageDefinitions: true });
      expect(await kept()).toStrictEqual(before);
    });

    it("by a downgrade to a version that does not know it", async () => {
      await go("1.0.0");
      expect(await kept()).toStrictEqual(before);
      for (const object of [`crd/${DEFINITION}`, "pvc/quay"]) {
        expect(await marks(object)).toMatch(/^applyset-/u);
        expect(await marks(object)).not.toContain("resource-policy");
        expect(await read(object, "{.metadata.managedFields[*].manager}")).not.toContain("helm");
      }
      await go("2.0.0");
      expect(await kept()).toStrictEqual(before);
    });

    it("by an upgrade to a chart that has it in its folder for CRDs, which is free to change it afterwards", async () => {
      await go("3.0.0");
      expect(await kept()).toStrictEqual(before);
      expect(await read(`crd/${DEFINITION}`, "{.metadata.managedFields[*].manager}")).not.toContain("helm");
      await go("4.0.0");
      expect(await kept()).toStrictEqual(before);
      expect(await read(`crd/${DEFINITION}`, "{.spec.versions[*].name}")).toBe("v1");
    });

    it("until the service is removed: then it is nobody's, and what is stored for it goes", async () => {
      await remove();
      expect(await kept()).toStrictEqual([...before.slice(0, 2), ""]);
      expect(await read(`crd/${DEFINITION}`, "{.metadata.labels}")).toBe("");
      await cluster.kubectl(["delete", `crd/${DEFINITION}`]);
    });

    it("and is a part of the release of that name again, with which it goes", async () => {
      await install();
      await go("1.0.0");
      await remove();
      const uid = await read(`crd/${DEFINITION}`, "{.metadata.uid}");
      expect(uid).not.toBe("");
      await install();
      await go("2.0.0", { manageDefinitions: false });
      await go("2.0.0", { manageDefinitions: true });
      expect(await read(`crd/${DEFINITION}`, "{.metadata.uid}")).toBe(uid);
      await remove();
      expect(await read(`crd/${DEFINITION}`, "{.metadata.uid}")).toBe("");
    });

    it("and so is one that the agent has applied from the chart's folder, when the chart has it among its templates", async () => {
      await go("3.0.0");
      const uid = await read(`crd/${DEFINITION}`, "{.metadata.uid}");
      expect(await marks(`crd/${DEFINITION}`)).not.toContain("meta.helm.sh");
      await install();
      expect(await read(`crd/${DEFINITION}`, "{.metadata.uid}")).toBe(uid);
      expect(await marks(`crd/${DEFINITION}`)).toContain('"meta.helm.sh/release-name":"quay"');
      await remove();
    });
  });

  it("has what another controller has put into a CRD of the chart's folder left as it is by an upgrade", async () => {
    const bundle = () =>
      cluster.kubectl(["get", "crd/lamps.buoy.example.org", "-o=jsonpath={.spec.conversion.webhook.clientConfig.caBundle}"]);
    const buoy = async (version: string): Promise<void> => {
      await cluster.kubectl(["apply", "--server-side", "-f", "-"], instance("buoys/buoy", { version }));
      await cluster.instances.until("buoys/buoy", `runs ${version}`, runs(version));
    };
    await cluster.kubectl(["create", "namespace", "buoys"]);
    await buoy("1.0.0");
    expect(await bundle()).toBe(OF_CHART);
    const injected = { spec: { conversion: { webhook: { clientConfig: { caBundle: INJECTED } } } } };
    const args = ["--field-manager=cert-manager-cainjector", "--type=merge", `--patch=${JSON.stringify(injected)}`];
    await cluster.kubectl(["patch", "crd/lamps.buoy.example.org", ...args]);
    await buoy("2.0.0");
    expect(await bundle()).toBe(INJECTED);
    expect(await cluster.kubectl(["get", "crd/lamps.buoy.example.org", "-o=jsonpath={.metadata.annotations}"])).toContain("2.0.0");
  });
});
