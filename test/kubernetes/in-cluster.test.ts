import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { agentProgram } from "../testbed/fleet/agent.ts";
import { eventually } from "../testbed/fleet/eventually.ts";
import { showLogsOfFailures } from "../testbed/fleet/failure-logs.ts";
import { AGENT_ACCOUNT, generatedRoles } from "../testbed/fleet/generated-roles.ts";
import { watchInstances, type InstanceWatch } from "../testbed/fleet/instance-watch.ts";
import { instance, runs } from "../testbed/fleet/ledger.ts";
import type { Program } from "../testbed/fleet/program.ts";
import { packageChart, writeService } from "../testbed/helm/charts.ts";
import { describeHelm } from "../testbed/helm/describe-helm.ts";
import { adminClient } from "../testbed/kubernetes/admin-client.ts";
import { startControlPlane, type ControlPlane } from "../testbed/kubernetes/control-plane.ts";
import { findKubernetes } from "../testbed/kubernetes/find.ts";

const VERSIONS = ["1.0.0", "2.0.0"];
/** In its name, and in its namespace, one service is deployed. */
const PILOT = { namespace: "charts", name: "pilot" };
const BEACON = `${PILOT.namespace}/beacon`;

describeHelm("an agent in a pod", (helm) => {
  let dir: string;
  let controlPlane: ControlPlane;
  let agent: Program;
  let instances: InstanceWatch;
  /** As a kubelet mounts them. */
  let files: string;

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "portolan-in-cluster-"));
    const [catalog, charts, root] = [join(dir, "catalog"), join(dir, "charts"), join(dir, "pod")];
    files = join(root, "var/run/secrets/kubernetes.io/serviceaccount");
    for (const folder of [catalog, charts, files]) await mkdir(folder, { recursive: true });
    const packaged = [];
    for (const version of VERSIONS) packaged.push(await packageChart(helm(), { folder: "beacon", version, into: charts }));
    await writeService(
      catalog,
      { name: "beacon", config: { type: "object" } },
      packaged.map(({ version, digest }) => ({
        version,
        deployer: { type: "helm", chart: "file-charts#beacon", chartVersion: version, digest },
      })),
    );
    const chartArgs = [`--helm=${helm()}`, `--chart-folder=${dir}`, "--chart-mirror=file-charts=charts"];
    controlPlane = await startControlPlane({ name: "in-cluster" });
    for (const namespace of [PILOT.namespace, AGENT_ACCOUNT.namespace]) await kubectl(["create", "namespace", namespace]);
    const items = [
      ...(await generatedRoles(catalog, chartArgs)),
      ...(await generatedRoles(catalog, [...chartArgs, "beacon", `--account=${PILOT.name}`, `--namespace=${PILOT.namespace}`])),
    ];
    await kubectl(["apply", "--server-side", "-f", "-"], { apiVersion: "v1", kind: "List", items });
    await writeFile(join(files, "ca.crt"), controlPlane.caCertificate);
    await writeFile(join(files, "token"), await issueToken("first"));
    const { hostname, port } = new URL(controlPlane.url);
    agent = await agentProgram({
      cluster: "in-cluster",
      catalog,
      dir,
      args: [`--chart-cache=${join(dir, "cache")}`, ...chartArgs],
      env: { HOME: dir, KUBECONFIG: "", KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port, TELEPRESENCE_ROOT: root },
    });
    await agent.start();
    const { found } = await findKubernetes();
    if (found === undefined) throw new Error("the control plane has no kubectl");
    instances = watchInstances(found.kubectl, controlPlane.kubeconfigPath);
  });

  afterAll(async () => {
    await instances.stop();
    await agent.kill();
    await controlPlane.stop();
    await rm(dir, { recursive: true });
  });

  showLogsOfFailures(() => [agent]);

  const kubectl = async (args: readonly string[], input?: object): Promise<string> => {
    const { code, stdout, stderr } = await controlPlane.kubectl(args, input === undefined ? {} : { input: JSON.stringify(input) });
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")} ended with ${code}: ${stderr}`);
    return stdout;
  };
  /** One that is good as long as a Secret is there, as a pod's is good as long as the pod is. */
  const issueToken = async (secret: string): Promise<string> => {
    const { namespace, name } = AGENT_ACCOUNT;
    await kubectl(["create", "secret", "generic", secret, `--namespace=${namespace}`]);
    const bound = ["--bound-object-kind=Secret", `--bound-object-name=${secret}`];
    return await kubectl(["create", "token", name, `--namespace=${namespace}`, ...bound]);
  };
  const reach = async (version: string): Promise<void> => {
    await kubectl(["apply", "--server-side", "-f", "-"], instance(BEACON, { version, serviceAccountName: PILOT.name }));
    await instances.until(BEACON, `runs ${version}`, runs(version));
  };
  const writersOf = async (object: string): Promise<string> =>
    await kubectl(["get", object, `--namespace=${PILOT.namespace}`, "-o=jsonpath={.metadata.managedFields[*].manager}"]);

  it("finds its cluster by what the pod is given, with its helm, and takes up a rotated token", async () => {
    await reach("1.0.0");
    expect(await writersOf("deployment/beacon")).toContain("helm");

    const former = adminClient({ ...controlPlane, token: (await issueToken("former")).trim() });
    const isRefused = async (): Promise<number> => (await former.request("GET", "/version")).status;
    expect(await isRefused()).toBe(200);
    await writeFile(join(files, "token"), await issueToken("second"));
    await kubectl(["delete", "secret", "first", "former", `--namespace=${AGENT_ACCOUNT.namespace}`]);
    await eventually("a token of before is refused", isRefused, (status) => status === 401);
    await reach("2.0.0");
    await kubectl(["delete", "serviceinstance/beacon", `--namespace=${PILOT.namespace}`, "--timeout=60s"]);
  });
});
