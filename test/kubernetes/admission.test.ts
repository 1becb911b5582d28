import { KubeClient } from "@portolan/agent/kube";
import { kubeConfigTransport, loadKubeConfig, type KubeConfigTransport } from "@portolan/agent/kube/kubeconfig";
import { API_VERSION, serviceInstancePolicy, serviceInstancePolicyBinding } from "@portolan/agent/resources";
import type { WindowSpec } from "@portolan/shared/windows";
import { runCommand, type CommandResult } from "@portolan/simulator/program-cache";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { catalog, configMap, installer, service } from "../integration/agent/catalog.ts";
import { eventually, logger } from "../integration/agent/harness.ts";
import { startInnerAgent } from "../testbed/fleet/inner-agent.ts";
import { startControlPlane, type ControlPlane } from "../testbed/kubernetes/control-plane.ts";
import { describeEveryKubernetes } from "../testbed/kubernetes/describe-kubernetes.ts";
import { getKubernetes } from "../testbed/kubernetes/install.ts";

const TIMEOUT_MS = 60_000;
const web = service("web", { installers: [installer("1.0.0", [configMap("web", { version: "1.0.0" })])] });
const KIND = { apiVersion: API_VERSION, kind: "ServiceInstance" };
const INSTANCES = { ...KIND, namespace: "default" };

const windows = (window: Partial<WindowSpec>) => ({
  upgradePolicy: {
    windows: [
      { cron: "0 2 * * *", duration: "4h" },
      { cron: "30 3 * * *", duration: "1h", ...window },
    ],
  },
});

/** What a person may write, and the words that tell what to write instead. */
const REFUSED: readonly [string, Record<string, unknown>, string][] = [
  ["a version with a leading v", { version: "v1.0.0" }, "spec.version: Invalid value: .* expected a semantic version without a leading v"],
  ["two numbers for a version", { version: "1.0" }, "for example 1.2.3; kubectl get si shows what is available"],
  ["six fields of cron", windows({ cron: "0 0 2 * * *" }), "windows\\[1\\].cron: .* expected minute, hour, day of month"],
  ["a word for cron", windows({ cron: "nightly" }), "windows\\[1\\].cron: .* expected minute, hour, day of month"],
  ["cron that is unknown", windows({ cron: "@nightly" }), 'expected as cron one of @yearly, .* found "@nightly"'],
  ["a minute that no hour has", windows({ cron: "60 2 * * *" }), 'minutes from 0 to 59 in field 1 .* found "60 2 \\* \\* \\*"'],
  ["an hour that no day has", windows({ cron: "0 1-24 * * *" }), 'hours from 0 to 23 in field 2 .* found "0 1-24 \\* \\* \\*"'],
  ["a day that no month has", windows({ cron: "0 2 1,32 * *" }), "days of the month from 1 to 31 in field 3"],
  ["a month that no year has", windows({ cron: "0 2 * 13 *" }), "months from 1 to 12 in field 4"],
  ["a day that no week has", windows({ cron: "0 2 * * 8" }), "days of the week from 0 \\(Sunday\\) to 7 in field 5"],
  ["a duration in words", windows({ duration: "1 hour" }), "windows\\[1\\].duration: .* expected hours and minutes up to a week"],
  ["no duration", windows({ duration: "" }), "windows\\[1\\].duration: .* expected hours and minutes up to a week"],
  ["a duration of nothing", windows({ duration: "0m" }), 'expected as duration more than nothing .* found "0m"'],
  ["a duration of more than a week", windows({ duration: "168h1m" }), 'at most a week \\(168h\\), .* found "168h1m"'],
  ["an offset for a time zone", windows({ timeZone: "+02:00" }), "windows\\[1\\].timeZone: .* expected an IANA name and no offset"],
  [
    "a secret that is named twice",
    {
      secretRefs: [
        { name: "db", secretName: "a" },
        { name: "db", secretName: "b" },
      ],
    },
    'spec.secretRefs\\[1\\]: Duplicate value: .*"db"',
  ],
  ...["kube-public", "kube-node-lease"].map((targetNamespace): [string, Record<string, unknown>, string] => [
    `the namespace ${targetNamespace}`,
    { targetNamespace },
    `spec.targetNamespace: expected a namespace for services, found "${targetNamespace}", which belongs to Kubernetes itself; name another one, for example "web"`,
  ]),
];

/** What is at the edge of the rules. */
const GOOD: readonly WindowSpec[] = [
  { cron: "59 23 31 12 7", duration: "168h" },
  { cron: "0 0 1 1 0", duration: "1m" },
  { cron: "*/30 00-05/2 01,15 JAN SUN#1", duration: "1h30m", timeZone: "America/Argentina/Buenos_Aires" },
  { cron: "@weekly", duration: "90m", timeZone: "UTC" },
];

describeEveryKubernetes("what kubectl apply refuses of a ServiceInstance", (release) => {
  let controlPlane: ControlPlane;
  let connection: KubeConfigTransport;
  let kube: KubeClient;
  let stopAgent: () => Promise<void>;
  let home: string;
  let kubectl: string;

  const apply = async (name: string, spec: Record<string, unknown>, ...flags: readonly string[]): Promise<CommandResult> =>
    await runCommand(kubectl, ["apply", "-f", "-", ...flags], {
      timeoutMs: TIMEOUT_MS,
      env: { HOME: home, KUBECONFIG: controlPlane.kubeconfigPath, KUBERC: "off" },
      input: JSON.stringify({ ...KIND, metadata: { namespace: "default", name }, spec: { service: "web", ...spec } }),
    });

  const inForce = async (): Promise<boolean> =>
    (await apply("probe", { targetNamespace: "kube-public" }, "--dry-run=server")).stderr.includes("belongs to");

  beforeAll(async () => {
    ({ kubectl } = await getKubernetes({ release }));
    home = await mkdtemp(join(tmpdir(), "portolan-admission-"));
    controlPlane = await startControlPlane({ name: "admission", release });
    connection = kubeConfigTransport(await loadKubeConfig({ file: controlPlane.kubeconfigPath }));
    kube = new KubeClient({ transport: connection.transport });
    stopAgent = await startInnerAgent(controlPlane, { catalog: catalog(web), logger });
    // A policy comes into force a moment after it was written.
    await eventually(inForce, "the policy is in force");
  });
  afterAll(async () => {
    await stopAgent();
    await connection.close();
    await controlPlane.stop();
    await rm(home, { recursive: true, force: true });
  });

  it.each(REFUSED)("%s, in words that tell what to write instead", async (_, spec, words) => {
    const { code, stderr } = await apply("bad", spec);
    expect({ code, stderr }).toEqual({ code: 1, stderr: expect.stringMatching(new RegExp(words, "su")) });
    expect(stderr).not.toContain("should match");
  });

  it("but nothing that is well", async () => {
    expect(await apply("good", { version: "1.0.0", targetNamespace: "default", upgradePolicy: { windows: GOOD } })).toMatchObject({
      code: 0,
    });
    await eventually(async () => {
      const object = await kube.get({ ...INSTANCES, name: "good" });
      return JSON.stringify(object?.["status"] ?? {}).includes('"phase":"Ready"');
    }, "the good one is installed");
  });

  it("also where it is to be changed, but not what stands already", async () => {
    const policy = { apiVersion: serviceInstancePolicyBinding.apiVersion, kind: serviceInstancePolicyBinding.kind };
    await kube.delete({ ...policy, name: serviceInstancePolicyBinding.metadata.name });
    const old = { targetNamespace: "kube-public", ...windows({ duration: "0m" }) };
    await eventually(async () => (await apply("old", old)).code === 0, "the policy is out of force");
    await kube.apply(serviceInstancePolicyBinding, { fieldManager: "portolan-agent", force: true });
    await eventually(inForce, "the policy is in force again");

    expect(await apply("old", { ...old, suspend: true })).toMatchObject({ code: 0 });
    expect(await apply("old", { ...old, targetNamespace: "kube-node-lease" })).toMatchObject({ code: 1 });
    const stored = await kube.get({ ...INSTANCES, name: "old" });
    expect(stored?.["spec"]).toMatchObject({ suspend: true, targetNamespace: "kube-public" });
    await kube.delete({ ...INSTANCES, name: "old" });
    await eventually(async () => (await kube.get({ ...INSTANCES, name: "old" })) === undefined, "the old one is gone");
  });

  it("by a policy whose expressions the API server finds no fault with", async () => {
    const ref = {
      apiVersion: serviceInstancePolicy.apiVersion,
      kind: serviceInstancePolicy.kind,
      name: serviceInstancePolicy.metadata.name,
    };
    expect(await kube.get(ref)).not.toHaveProperty("status.typeChecking.expressionWarnings");
  });
});
