import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startAgent } from "@portolan/agent/agent";
import { KubeClient, type KubeObject } from "@portolan/agent/kube";
import { standingAnnotations, type Standing } from "@portolan/agent/standing";
import { createEmbeddedCluster, type EmbeddedCluster } from "@portolan/simulator/kubernetes";
import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { json, portolan } from "./portolan.ts";

const EXAMPLES = "examples/catalog";
const NAMESPACE = "portolan-system";

let folder: string;
let cluster: EmbeddedCluster;
let kube: KubeClient;
let roles: readonly KubeObject[];

const listSchema = z.object({
  items: z.array(z.looseObject({ apiVersion: z.string(), kind: z.string(), metadata: z.looseObject({ name: z.string() }) })),
});
const findingsSchema = z.object({
  items: z.array(z.object({ check: z.string(), state: z.string(), message: z.string(), cure: z.string().optional() })),
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "portolan-doctor-"));
  cluster = createEmbeddedCluster({ name: "ward" });
  const { kubeconfig } = await cluster.listen();
  await writeFile(join(folder, "kubeconfig"), kubeconfig);
  kube = new KubeClient({ transport: cluster.transport });
  // Brings the definitions and the policy along.
  const agent = await startAgent({
    cluster: "ward",
    transport: cluster.transport,
    namespace: NAMESPACE,
    agentVersion: "0.0.0",
    logger: pino({ level: "silent" }),
  });
  await agent.stop();
  const printed = await portolan(["catalog", "rbac", EXAMPLES, "--own-rights", "-o", "json"]);
  roles = listSchema.parse(json(printed)).items;
});
afterAll(async () => {
  await cluster.close();
  await rm(folder, { recursive: true, force: true });
});

const apply = async (object: KubeObject): Promise<void> => {
  await kube.apply(object, { fieldManager: "test", force: true });
};

/** The Lease as an agent has it that acts and says this of itself. */
const leads = async (standing: Standing | undefined, holder = "node_1", clockSkewMs = 0): Promise<void> => {
  const annotations = standing === undefined ? {} : standingAnnotations(standing);
  const renewTime = new Date(Date.now() + clockSkewMs).toISOString();
  const spec = { holderIdentity: holder, leaseDurationSeconds: 15, renewTime: renewTime.replace("Z", "000Z") };
  await apply({
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { namespace: NAMESPACE, name: "portolan-agent", annotations },
    spec,
  });
};

const examined = async (...more: readonly string[]) => {
  const args = ["doctor", `--kubeconfig=${join(folder, "kubeconfig")}`, `--catalog=${EXAMPLES}`, "--own-rights", "-o", "json", ...more];
  const ended = await portolan(args);
  expect(ended.stderr).toBe("");
  const { items } = findingsSchema.parse(json(ended));
  // The embedded API serves no admission policies, which is a warning.
  return { code: ended.code, findings: items.filter(({ check }) => check !== "admission policy") };
};

const well: Standing = { agentVersion: "0.0.0", helmVersion: "v4.0.1", fleet: "None" };

beforeEach(async () => {
  for (const role of roles) await apply(role);
  await leads(well);
});

describe("portolan doctor", () => {
  it("finds nothing wrong where nothing is", async () => {
    const { code, findings } = await examined();
    expect(findings.filter(({ state }) => state !== "ok")).toEqual([]);
    expect(new Set(findings.map(({ check }) => check))).toEqual(
      new Set(["API server", "definitions", "agent", "rights", "fleet", "helm", "cluster policy", "instances"]),
    );
    expect(code).toBe(0);
  });

  it.each([
    [10, /^the clock of node_1 is (?:599|600) s ahead of this machine's$/u],
    [-10, /^the clock of node_1 is (?:599|600) s behind this machine's$/u],
  ])("knows an agent that acts by a clock that is wrong by %i minutes", async (minutes, message) => {
    const renew = () => leads(well, "node_1", minutes * 60_000);
    await renew();
    const renewing = setInterval(() => void renew(), 300);
    try {
      const { code, findings } = await examined();
      const found = findings.filter(({ check }) => check === "agent");
      expect(found).toEqual([expect.objectContaining({ state: "warning", message: expect.stringMatching(message) })]);
      expect(code).toBe(0);
    } finally {
      clearInterval(renewing);
    }
  });

  it("names every rule that the agent's role lacks, and what gives it back", async () => {
    const role = roles.find(({ kind }) => kind === "ClusterRole");
    const own = roles.find(({ kind }) => kind === "Role");
    if (role === undefined || own === undefined) throw new Error("there are no roles");
    const rulesOf = (object: KubeObject) =>
      z.array(z.looseObject({ resources: z.array(z.string()), verbs: z.array(z.string()) })).parse(object["rules"]);
    await apply({
      ...role,
      rules: rulesOf(role).map((rule) => (rule.resources.includes("nodes") ? { ...rule, verbs: ["watch"] } : rule)),
    });
    await apply({ ...own, rules: [] });
    const { code, findings } = await examined();
    const wrong = findings.filter(({ state }) => state !== "ok");
    expect(wrong.map(({ check, message }) => `${check}: ${message}`)).toEqual([
      "rights: portolan-system/portolan-agent may not list nodes",
      "rights: portolan-system/portolan-agent may not create leases.coordination.k8s.io in portolan-system",
      "rights: portolan-system/portolan-agent may not get, update leases.coordination.k8s.io portolan-agent in portolan-system",
    ]);
    expect(wrong.every(({ cure }) => cure?.includes("portolan catalog rbac"))).toBe(true);
    expect(code).toBe(1);
  });

  it("asks for the rights of the account that the agent's pod has, or that is named", async () => {
    const pod = { serviceAccountName: "other", containers: [{ name: "agent", image: "example.org/agent" }] };
    await apply({ apiVersion: "v1", kind: "ServiceAccount", metadata: { namespace: NAMESPACE, name: "other" } });
    await apply({ apiVersion: "v1", kind: "Pod", metadata: { namespace: NAMESPACE, name: "agent-0" }, spec: pod });
    await leads(well, "agent-0_1");
    const { code, findings } = await examined();
    expect(code).toBe(1);
    expect(
      findings.filter(({ check }) => check === "rights").every(({ message }) => message.startsWith("portolan-system/other may not ")),
    ).toBe(true);
    expect(await examined("--agent-account=portolan-agent")).toMatchObject({ code: 0 });
  });

  it("says how the agent is connected, and which helm it has", async () => {
    await leads({ agentVersion: "0.0.0", helmVersion: "v3.19.0", fleet: "Disconnected" });
    const { code, findings } = await examined();
    expect(code).toBe(1);
    expect(findings.filter(({ state }) => state === "error")).toMatchObject([
      { check: "fleet", message: expect.stringContaining("has lost the connection") },
      { check: "helm", message: expect.stringContaining("v3.19.0") },
    ]);
  });

  it("warns of an agent that says nothing of itself", async () => {
    await leads(undefined);
    const { code, findings } = await examined();
    expect(findings.filter(({ state }) => state !== "ok").map(({ check, state }) => `${check} ${state}`)).toEqual(["helm warning"]);
    expect(code).toBe(0);
  });
});
