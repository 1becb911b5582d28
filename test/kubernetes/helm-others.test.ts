/** Releases beside others: in another namespace than before, over what others have made, and made by Helm 3. */
import { fieldsAt } from "@portolan/agent/fields";
import { KubeClient, type KubeObject } from "@portolan/agent/kube";
import { kubeConfigTransport, loadKubeConfig } from "@portolan/agent/kube/kubeconfig";
import { API_VERSION, asServiceInstance, type ServiceInstance } from "@portolan/agent/resources";
import type { Installer } from "@portolan/shared/catalog";
import { runCommand } from "@portolan/simulator/program-cache";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { catalog, configMap, installer, service, upgrader } from "../integration/agent/catalog.ts";
import { condition, eventually, isReady } from "../integration/agent/harness.ts";
import { LogLines } from "../integration/agent/published.ts";
import { startInnerAgent } from "../testbed/fleet/inner-agent.ts";
import { packageTemplates, type Templates } from "../testbed/helm/charts.ts";
import { describeHelm } from "../testbed/helm/describe-helm.ts";
import { startControlPlane, type ControlPlane } from "../testbed/kubernetes/control-plane.ts";

const WITHIN_MS = 30_000;

const map = (name: string, data: object): object => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data });
const role = (name: string): object => ({ apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name }, rules: [] });
const CHARTS: Readonly<Record<string, Readonly<Record<string, Templates>>>> = {
  place: { "1.0.0": { "map.yaml": map("{{ .Release.Name }}", { version: "1" }), "role.yaml": role("place-{{ .Release.Name }}") } },
  grab: {
    "1.0.0": { "map.yaml": map("{{ .Release.Name }}", { version: "1" }) },
    "2.0.0": { "map.yaml": map("{{ .Release.Name }}", { version: "2" }), "shared.yaml": map("shared", { owner: "portolan" }) },
  },
  classic: {
    "1.0.0": { "map.yaml": map("{{ .Release.Name }}", { version: "1", legacy: "old" }) },
    "2.0.0": { "map.yaml": map("{{ .Release.Name }}", { version: "2" }) },
  },
  other: { "1.0.0": { "shared.yaml": map("shared", { owner: "other" }) } },
};

describeHelm("a service that is deployed from a chart", (helm) => {
  let controlPlane: ControlPlane;
  let kube: KubeClient;
  let charts: string;
  const logs = new LogLines();
  const undo: (() => Promise<unknown>)[] = [];

  beforeAll(async () => {
    controlPlane = await startControlPlane({ name: "helm-others" });
    undo.push(async () => await controlPlane.stop());
    const dir = await mkdtemp(join(tmpdir(), "portolan-helm-others-"));
    undo.push(async () => await rm(dir, { recursive: true }));
    charts = join(dir, "charts");
    await mkdir(charts);
    const services = [];
    for (const [name, versions] of Object.entries(CHARTS)) {
      const installers: Installer[] = [];
      for (const [version, templates] of Object.entries(versions)) {
        const { digest } = await packageTemplates(helm(), { name, version, templates, into: charts });
        installers.push(
          installer(version, [], { deployer: { type: "helm", chart: `file://${charts}#${name}`, chartVersion: version, digest } }),
        );
      }
      if (name === "classic") installers.push(installer("3.0.0", [configMap("classic", { only: "manifest" })]));
      services.push(
        service(name, { installers, upgraders: [upgrader("up", "*", "*"), upgrader("down", "*", "*", { direction: "downgrade" })] }),
      );
    }
    const connection = kubeConfigTransport(await loadKubeConfig({ file: controlPlane.kubeconfigPath }));
    undo.push(async () => await connection.close());
    kube = new KubeClient({ transport: connection.transport });
    undo.push(await startInnerAgent(controlPlane, { catalog: catalog(...services), logger: logs.logger, helm: { program: helm(), dir } }));
  });

  afterAll(async () => {
    for (const step of undo.splice(0).toReversed()) await step();
  });

  const ref = (namespace: string, name: string) => ({ apiVersion: API_VERSION, kind: "ServiceInstance", namespace, name });
  const read = async (namespace: string, name: string): Promise<ServiceInstance> =>
    asServiceInstance((await kube.get(ref(namespace, name))) ?? { ...ref(namespace, name), metadata: { name } });
  const wish = async (namespace: string, name: string, spec: object): Promise<void> => {
    const { apiVersion, kind } = ref(namespace, name);
    await kube.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } }, { fieldManager: "test" });
    await kube.apply(
      { apiVersion, kind, metadata: { namespace, name }, spec: { service: name, ...spec } },
      { fieldManager: "test", force: true },
    );
  };
  const reach = (namespace: string, name: string, version: string) =>
    eventually(async () => isReady(await read(namespace, name), version), `${namespace}/${name} runs ${version}`, WITHIN_MS);
  const reason = async (namespace: string, name: string, expected: string): Promise<string> => {
    const ready = async () => condition(await read(namespace, name), "Ready");
    await eventually(async () => (await ready())?.reason === expected, `${namespace}/${name} says ${expected}`, WITHIN_MS);
    return (await ready())?.message ?? "";
  };
  const run = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await runCommand(helm(), [...args, `--kubeconfig=${controlPlane.kubeconfigPath}`]);
    if (code !== 0) throw new Error(`helm ${args.join(" ")} ended with ${code}: ${stderr}`);
    return stdout;
  };
  const install = (name: string, chart: string, namespace: string, mode: "true" | "false") =>
    run("install", name, join(charts, `${chart}-1.0.0.tgz`), `--namespace=${namespace}`, "--create-namespace", `--server-side=${mode}`);
  const releases = async (name: string): Promise<readonly string[]> => {
    const listed: readonly { readonly name: string; readonly namespace: string }[] = JSON.parse(
      await run("list", "--all-namespaces", "--output=json"),
    );
    return listed.filter((each) => each.name === name).map(({ namespace }) => namespace);
  };
  const mapIn = async (namespace: string, name: string): Promise<KubeObject | undefined> =>
    await kube.get({ apiVersion: "v1", kind: "ConfigMap", namespace, name });
  const dataOf = async (namespace: string, name: string): Promise<object> => fieldsAt(await mapIn(namespace, name), "data");

  it("moves to another namespace, keeps what has none, and leaves nothing behind when it is removed", async () => {
    const clusterRole = async () =>
      await kube.get({ apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", name: "place-place" });
    await wish("place", "place", { version: "1.0.0", targetNamespace: "place-a" });
    await reach("place", "place", "1.0.0");
    const before = await clusterRole();
    await wish("place", "place", { version: "1.0.0", targetNamespace: "place-b" });
    await eventually(async () => (await releases("place")).join() === "place-b", "the former release is gone", WITHIN_MS);
    await reach("place", "place", "1.0.0");
    expect(await mapIn("place-a", "place")).toBeUndefined();
    expect(await mapIn("place-b", "place")).toBeDefined();
    expect((await clusterRole())?.metadata.uid).toBe(before?.metadata.uid);
    await kube.delete(ref("place", "place"));
    await eventually(async () => (await releases("place")).length === 0, "no release is left", WITHIN_MS);
    await eventually(async () => (await kube.get(ref("place", "place"))) === undefined, "the instance is gone", WITHIN_MS);
    expect(await clusterRole()).toBeUndefined();
  });

  it.each(["true", "false"] as const)("does not take what another release has made, with --server-side=%s", async (mode) => {
    const namespace = `grab-${mode}`;
    await install("other", "other", namespace, mode);
    await wish(namespace, "grab", { version: "1.0.0" });
    await reach(namespace, "grab", "1.0.0");
    await wish(namespace, "grab", { version: "2.0.0" });
    expect(await reason(namespace, "grab", "OwnedByOther")).toContain(`applied by the Helm release ${namespace}/other`);
    expect(await mapIn(namespace, "shared")).toMatchObject({
      data: { owner: "other" },
      metadata: { annotations: { "meta.helm.sh/release-name": "other" } },
    });
  });

  it("does not take what Argo CD has applied on the client's side", async () => {
    await wish("argo", "grab", { version: "1.0.0" });
    await reach("argo", "grab", "1.0.0");
    const shared = { apiVersion: "v1", kind: "ConfigMap", metadata: { namespace: "argo", name: "shared" }, data: { owner: "argo" } };
    await kube.create(shared, { fieldManager: "argocd-controller" });
    await wish("argo", "grab", { version: "2.0.0" });
    expect(await reason("argo", "grab", "OwnedByOther")).toContain("applied by argocd-controller");
    expect(await dataOf("argo", "shared")).toEqual({ owner: "argo" });
  });

  it("adopts a release that was applied on the client's side, upgrades it, and hands it over without a trace of helm", async () => {
    await install("classic", "classic", "classic", "false");
    await wish("classic", "classic", { version: "1.0.0" });
    await reach("classic", "classic", "1.0.0");
    await wish("classic", "classic", { version: "2.0.0" });
    await reach("classic", "classic", "2.0.0");
    expect(await dataOf("classic", "classic")).toEqual({ version: "2" });

    await install("classic", "classic", "handed-over", "false");
    await wish("handed-over", "classic", { version: "1.0.0" });
    await reach("handed-over", "classic", "1.0.0");
    await wish("handed-over", "classic", { version: "3.0.0" });
    await reach("handed-over", "classic", "3.0.0");
    const { labels, annotations = {}, managedFields = [] } = (await mapIn("handed-over", "classic"))?.metadata ?? {};
    expect(await dataOf("handed-over", "classic")).toEqual({ only: "manifest" });
    expect(labels).not.toHaveProperty("app.kubernetes.io/managed-by");
    expect(Object.keys(annotations).filter((name) => name.startsWith("meta.helm.sh/"))).toEqual([]);
    expect(managedFields.filter(({ manager }) => manager === "helm")).toEqual([]);

    await wish("handed-over", "classic", { version: "2.0.0" });
    await reach("handed-over", "classic", "2.0.0");
    expect(await dataOf("handed-over", "classic")).toMatchObject({ version: "2" });
  });
});
