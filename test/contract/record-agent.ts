/**
 * Records what an agent asks of its cluster while it installs, upgrades and removes a service, as the
 * contract case `recorded/agent.json`.
 *
 * Run: node test/contract/record-agent.ts
 * and then let the real server say what the answers are: PORTOLAN_UPDATE_CONTRACT=1 vitest run --project kubernetes test/kubernetes/contract.test.ts
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startAgent } from "@portolan/agent/agent";
import { KubeClient, type KubeRequest } from "@portolan/agent/kube";
import { API_VERSION, asServiceInstance } from "@portolan/agent/resources";
import { createEmbeddedCluster } from "@portolan/simulator/kubernetes";
import { pino } from "pino";
import { catalog, webService } from "../integration/agent/catalog.ts";
import { eventually, isReady } from "../integration/agent/harness.ts";
import type { ContractCase, ContractStep } from "./contract-case.ts";
import { recordTransport } from "./record-transport.ts";

const NAMESPACE = "recorded-namespace";
const INSTANCE = { apiVersion: API_VERSION, kind: "ServiceInstance", namespace: NAMESPACE, name: "web" };

/** Answers that depend on what the controllers of a cluster have done by then, or that nobody uses. */
function ignore({ path }: KubeRequest): readonly string[] {
  const controlled = ["metadata.managedFields", "metadata.annotations", "metadata.resourceVersion", "status"];
  if (/\/(?:deployments|jobs|namespaces|customresourcedefinitions)(?:\/[^/?]+)?(?:\?|$)/.test(path)) {
    return [...controlled, ...controlled.map((field) => `items.${field}`), "metadata.continue"];
  }
  // Whose fields these are is of no use to anyone, because nothing is kept.
  if (path.endsWith("/selfsubjectaccessreviews")) return ["metadata.managedFields"];
  return [];
}

/** Writes: reads and watches run beside each other, and see what controllers have done by then. Namespaces are the suite's affair. */
function keep({ method, path }: KubeRequest): boolean {
  return method !== "GET" && !/^\/api\/v1\/namespaces(?:\?|$|\/portolan-system)/.test(path);
}

const cluster = createEmbeddedCluster({ name: "recorded", delays: { workloadReadyMs: 1, jobMs: 1 } });
const recorded = recordTransport(cluster.transport);
const hand = new KubeClient({ transport: recorded.transport });
const agent = await startAgent({
  cluster: "recorded",
  transport: recorded.transport,
  catalog: catalog(webService),
  namespace: "portolan-system",
  agentVersion: "0.0.0",
  logger: pino({ level: "silent" }),
});

async function untilVersion(version: string): Promise<void> {
  await eventually(async () => {
    const object = await hand.get(INSTANCE);
    return object !== undefined && isReady(asServiceInstance(object), version);
  }, `version ${version} is installed`);
}

await hand.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } });
await hand.create(
  {
    apiVersion: API_VERSION,
    kind: "ServiceInstance",
    metadata: { namespace: NAMESPACE, name: "web" },
    spec: { service: webService.name, version: "1.0.0" },
  },
  { fieldManager: "kubectl-create" },
);
await untilVersion("1.0.0");
await hand.patch(INSTANCE, { type: "merge", patch: { spec: { version: "2.0.0" } } }, { fieldManager: "kubectl-edit" });
await untilVersion("2.0.0");
await hand.delete(INSTANCE);
await eventually(async () => (await hand.get(INSTANCE)) === undefined, "the instance is gone");
await agent.stop();
await cluster.close();

const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

/** The suite makes the namespace; the kinds must be served before they are used, and are taken away in the end. */
function complete({ name, steps }: ContractCase): ContractCase {
  const used = steps.findIndex((step) => "path" in step && !step.path.startsWith(DEFINITIONS));
  const served = ["serviceinstances", "servicedefinitions"].map((plural): ContractStep => ({
    method: "GET",
    path: `/apis/portolan.dev/v1alpha1/${plural}`,
    expect: 200,
    until: { status: 200 },
  }));
  const taken = ["serviceinstances", "servicedefinitions"].flatMap((plural): ContractStep[] => [
    { method: "DELETE", path: `${DEFINITIONS}/${plural}.portolan.dev`, expect: 200, ignore: ["metadata", "spec", "status"] },
    { method: "GET", path: `${DEFINITIONS}/${plural}.portolan.dev`, expect: 404, until: { status: 404 } },
  ]);
  return { name, steps: [...steps.slice(0, used), ...served, ...steps.slice(used), ...taken] };
}

const contract = complete(
  recorded.contractCase({ name: "an agent installs, upgrades and removes a service", namespace: NAMESPACE, keep, ignore }),
);
await writeFile(join(import.meta.dirname, "recorded", "agent.json"), `${JSON.stringify(contract, undefined, 1)}\n`);
