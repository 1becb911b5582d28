import { expect, it } from "vitest";
import { KubeClient } from "../kube/mod.ts";
import { json, ScriptedServer } from "../kube/testing/mod.ts";
import { readFacts } from "./facts.ts";

async function factsOf(...nodes: readonly { readonly providerID?: string; readonly region?: string }[]) {
  const items = nodes.map(({ providerID, region }, index) => ({
    metadata: { name: `n${index}`, labels: region === undefined ? {} : { "topology.kubernetes.io/region": region } },
    spec: providerID === undefined ? {} : { providerID },
  }));
  const server = new ScriptedServer()
    .serves("v1", { Node: "/nodes" })
    .always("GET /version", json(200, { gitVersion: "v1.34.2-gke.104" }))
    .always("GET /api/v1/nodes", json(200, { kind: "NodeList", metadata: { resourceVersion: "1" }, items }));
  return await readFacts(new KubeClient({ transport: server.transport }));
}

it("are the version and the nodes, as they are given", async () => {
  expect(await factsOf()).toEqual({ kubernetesVersion: "v1.34.2-gke.104", nodes: 0 });
});

it("are the provider and the region that most nodes have, whatever their order", async () => {
  const aws = { providerID: "aws:///eu-central-1a/i-1", region: "eu-central-1" };
  const gce = { providerID: "gce://p/z/n", region: "europe-west3" };
  const expected = { provider: "aws", region: "eu-central-1", nodes: 3 };
  expect(await factsOf(aws, gce, aws)).toMatchObject(expected);
  expect(await factsOf(gce, aws, aws)).toMatchObject(expected);
  expect(await factsOf(gce, aws)).toMatchObject({ provider: "aws", region: "eu-central-1" });
});

it("say nothing of a provider that no node names", async () => {
  expect(await factsOf({ providerID: "" }, {})).toEqual({ kubernetesVersion: "v1.34.2-gke.104", nodes: 2 });
});
