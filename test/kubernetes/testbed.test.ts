import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { access, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { startControlPlane, type ControlPlane } from "../testbed/kubernetes/control-plane.ts";
import { describeKubernetes } from "../testbed/kubernetes/describe-kubernetes.ts";
import { findKubernetes } from "../testbed/kubernetes/find.ts";
import { startEtcd, type Etcd } from "../testbed/kubernetes/etcd.ts";

const PODS_SETTLE_MS = 30_000;

interface PodTemplate {
  readonly annotations?: Readonly<Record<string, string>>;
  readonly restartPolicy?: "Never";
}

const podTemplate = (name: string, { annotations = {}, ...spec }: PodTemplate) => ({
  metadata: { labels: { app: name }, annotations },
  spec: { containers: [{ name: "main", image: "registry.invalid/none:1" }], ...spec },
});

const deployment = (name: string, annotations: Readonly<Record<string, string>> = {}) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name },
  spec: { replicas: 2, selector: { matchLabels: { app: name } }, template: podTemplate(name, { annotations }) },
});

const job = (name: string, annotations: Readonly<Record<string, string>> = {}) => ({
  apiVersion: "batch/v1",
  kind: "Job",
  metadata: { name },
  spec: { backoffLimit: 0, template: podTemplate(name, { annotations, restartPolicy: "Never" }) },
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describeKubernetes("the control plane of the tests", () => {
  let etcd: Etcd;
  let one: ControlPlane;
  let two: ControlPlane;

  beforeAll(async () => {
    etcd = await startEtcd();
    [one, two] = await Promise.all([startControlPlane({ name: "one", etcd }), startControlPlane({ name: "two", etcd })]);
  });

  afterAll(async () => {
    await Promise.all([one.stop(), two.stop()]);
    await etcd.stop();
  });

  const kubectl = async (args: readonly string[], input?: unknown): Promise<string> => {
    const { code, stdout, stderr } = await one.kubectl(args, input === undefined ? {} : { input: JSON.stringify(input) });
    expect(stderr).toBe("");
    expect(code).toBe(0);
    return stdout;
  };
  const apply = (object: unknown): Promise<string> => kubectl(["apply", "--server-side", "-f", "-"], object);
  const read = (object: string, path: string): Promise<string> => kubectl(["get", object, `-o=jsonpath=${path}`]);
  const waitFor = async (condition: string, ...objects: readonly string[]): Promise<void> => {
    const met = await kubectl(["wait", `--for=${condition}`, ...objects, `--timeout=${PODS_SETTLE_MS}ms`]);
    expect(met).toContain("condition met");
  };

  it("is of the version that was built, as semantic version", async () => {
    const version: unknown = JSON.parse(await kubectl(["version", "-o=json"]));
    expect(version).toMatchObject({
      serverVersion: { gitVersion: "v1.37.2", major: "1", minor: "37" },
      clientVersion: { gitVersion: "v1.37.2" },
    });
  });

  it("makes a Deployment available, and lets it go with its pods", async () => {
    await apply(deployment("web"));
    await waitFor("condition=Available", "deployment/web");
    expect(await read("deployment/web", "{.status.readyReplicas}")).toBe("2");
    await kubectl(["delete", "deployment/web"]);
    await vi.waitFor(async () => expect(await kubectl(["get", "pods", "-l=app=web", "-o=name"])).toBe(""), PODS_SETTLE_MS);
  });

  it("completes a Job", async () => {
    await apply(job("backup"));
    await waitFor("condition=Complete", "job/backup");
    expect(await read("job/backup", "{.status.succeeded}")).toBe("1");
  });

  it("fails a Job that is annotated to fail", async () => {
    await apply(job("broken", { "portolan.test/fails": "true" }));
    await waitFor("condition=Failed", "job/broken");
    expect(await read("job/broken", "{.status.failed}")).toBe("1");
  });

  it("keeps a Job running for as long as it is annotated to", async () => {
    await apply(job("long", { "portolan.test/runs-for": "3s" }));
    await waitFor("jsonpath={.status.ready}=0", "job/long");
    await waitFor("condition=Complete", "job/long");
    const [started, completed] = (await read("job/long", "{.status.startTime} {.status.completionTime}")).split(" ").map(Date.parse);
    expect((completed ?? 0) - (started ?? 0)).toBeGreaterThanOrEqual(3_000);
  });

  it("leaves pods not ready that are annotated so, until the annotation goes", async () => {
    await apply(deployment("stuck", { "portolan.test/never-ready": "true" }));
    await waitFor("jsonpath={.status.phase}=Running", "pod", "--selector=app=stuck");
    const seen = await read("pod", "{.items[*].metadata.resourceVersion}");
    await sleep(1_000);
    expect(await read("pod", "{.items[*].metadata.resourceVersion}")).toBe(seen);
    expect(await read("deployment/stuck", "{.status.readyReplicas}")).toBe("");
    await kubectl(["annotate", "pod", "-l=app=stuck", "portolan.test/never-ready-"]);
    await waitFor("condition=Available", "deployment/stuck");
    await kubectl(["annotate", "pod", "-l=app=stuck", "portolan.test/never-ready=true"]);
    await waitFor("condition=Available=False", "deployment/stuck");
  });

  it("makes pods ready later that are annotated so", async () => {
    await apply(deployment("slow", { "portolan.test/ready-after": "2s" }));
    await waitFor("condition=Available", "deployment/slow");
    const times = await kubectl([
      "get",
      "pods",
      "-l=app=slow",
      '-o=jsonpath={.items[0].status.startTime} {.items[0].status.conditions[?(@.type=="Ready")].lastTransitionTime}',
    ]);
    const [started, ready] = times.split(" ").map(Date.parse);
    expect((ready ?? 0) - (started ?? 0)).toBeGreaterThanOrEqual(1_000);
  });

  it("shares an etcd with another control plane and nothing else", async () => {
    await apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "mine" } });
    expect((await two.kubectl(["get", "namespace", "mine"])).stderr).toContain("not found");
    const uids = await Promise.all(
      [one, two].map((plane) => plane.kubectl(["get", "namespace", "kube-system", "-o=jsonpath={.metadata.uid}"])),
    );
    expect(new Set(uids.map(({ stdout }) => stdout)).size).toBe(2);
  });

  it("gives a ServiceAccount's kubeconfig, which may do what its role says", async () => {
    const kubeconfig = await one.serviceAccountKubeconfig({ namespace: "default", name: "reader" });
    const may = async (verb: string): Promise<string> =>
      (await one.kubectl([`--kubeconfig=${kubeconfig}`, "auth", "can-i", verb, "configmaps"])).stdout.trim();
    expect(await may("list")).toBe("no");
    await kubectl(["create", "rolebinding", "reader", "--clusterrole=view", "--serviceaccount=default:reader"]);
    await vi.waitFor(async () => expect(await may("list")).toBe("yes"), 5_000);
    expect(await may("create")).toBe("no");
  });

  it("leaves no process and no file when it is stopped", async () => {
    const plane = await startControlPlane({ name: "short" });
    const pids = Object.values(plane.pids);
    expect(Object.keys(plane.pids).toSorted()).toStrictEqual([
      "etcd",
      "kube-apiserver",
      "kube-controller-manager",
      "kube-scheduler",
      "kwok",
    ]);
    expect(pids.filter(isAlive)).toHaveLength(5);
    expect(await readFile(`${plane.dir}/kube-apiserver.log`, "utf8")).toContain("Serving securely");
    await plane.stop();
    expect(pids.filter(isAlive)).toStrictEqual([]);
    await expect(access(plane.dir)).rejects.toThrow("ENOENT");
  });

  it("that cannot start says why, with the ends of the logs", async () => {
    const { found } = await findKubernetes();
    if (found === undefined) {
      throw new Error("the suite runs without the programs that it needs");
    }
    const programs = { ...found, "kube-apiserver": "/bin/sh" };
    await expect(startControlPlane({ name: "broken", programs, etcd })).rejects.toMatchObject({
      code: "CONTROL_PLANE_NOT_READY",
      message: expect.stringMatching(
        /^control plane broken did not become ready: kube-apiserver ended with \d+[^]*The end of the log of kube-apiserver:\n.*option/u,
      ),
    });
  });
});
