import type { KubeTransport } from "@portolan/agent/kube";
import { kubeConfigTransport, loadKubeConfig, type KubeConfigTransport } from "@portolan/agent/kube/kubeconfig";
import { createEmbeddedCluster } from "@portolan/simulator/kubernetes";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";
import { allCases, readGolden, writeGolden } from "../contract/all-cases.ts";
import { runCase } from "../contract/run-case.ts";
import { startControlPlane, type ControlPlane } from "../testbed/kubernetes/control-plane.ts";
import { describeEveryKubernetes } from "../testbed/kubernetes/describe-kubernetes.ts";

/** Keep what the real server answers now as the truth that the embedded API is held to. */
const update = process.env["PORTOLAN_UPDATE_CONTRACT"] === "1";

const cases = await allCases();

const GROUPS = [
  "apps",
  "batch",
  "coordination.k8s.io",
  "events.k8s.io",
  "networking.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "apiextensions.k8s.io",
];

const resourceList = z.object({ resources: z.array(z.looseObject({ name: z.string(), verbs: z.array(z.string()) })) });

/** The entries of a discovery document by their names. */
async function resources(transport: KubeTransport, path: string): Promise<Map<string, unknown>> {
  const response = await transport({ method: "GET", path, headers: { accept: "application/json" } });
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  const list = resourceList.parse(JSON.parse(Buffer.concat(chunks).toString("utf8")));
  return new Map(list.resources.map((entry) => [entry.name, { ...entry, verbs: entry.verbs.toSorted() }]));
}

const aggregatedList = z.object({
  items: z.array(
    z.object({
      metadata: z.object({ name: z.string().default("") }),
      versions: z.array(
        z.object({
          version: z.string(),
          freshness: z.string(),
          resources: z.array(
            z.looseObject({
              resource: z.string(),
              verbs: z.array(z.string()),
              subresources: z.array(z.looseObject({ subresource: z.string(), verbs: z.array(z.string()) })).default([]),
            }),
          ),
        }),
      ),
    }),
  ),
});

/** The resources and subresources of an aggregated discovery document by their group, version and name. */
async function aggregated(transport: KubeTransport, path: string): Promise<Map<string, unknown>> {
  const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
  const response = await transport({ method: "GET", path, headers: { accept } });
  expect(response.headers["content-type"]).toBe("application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  const { items } = aggregatedList.parse(JSON.parse(Buffer.concat(chunks).toString("utf8")));
  return new Map(
    items.flatMap(({ metadata, versions }) =>
      versions.flatMap(({ version, freshness, resources: listed }) =>
        listed.flatMap(({ subresources, ...resource }): [string, unknown][] => {
          const name = `${metadata.name}/${version}/${resource.resource}`;
          return [
            [name, { ...resource, freshness, verbs: resource.verbs.toSorted() }],
            ...subresources.map((each): [string, unknown] => [`${name}/${each.subresource}`, { ...each, verbs: each.verbs.toSorted() }]),
          ];
        }),
      ),
    ),
  );
}

describeEveryKubernetes("kube-apiserver answers as the contract says", (release) => {
  let controlPlane: ControlPlane;
  let connection: KubeConfigTransport;

  beforeAll(async () => {
    controlPlane = await startControlPlane({ name: "contract", release });
    connection = kubeConfigTransport(await loadKubeConfig({ file: controlPlane.kubeconfigPath }));
  });
  afterAll(async () => {
    await connection.close();
    await controlPlane.stop();
  });

  it("describes the resources that the embedded API serves as the embedded API does", async () => {
    const embedded = createEmbeddedCluster({ name: "described" });
    for (const path of ["/api/v1", ...GROUPS.map((group) => `/apis/${group}/v1`)]) {
      const theirs = await resources(connection.transport, path);
      const ours = await resources(embedded.transport, path);
      expect(ours.size).toBeGreaterThan(0);
      for (const [name, description] of ours) expect(theirs.get(name), `${path} ${name}`).toStrictEqual(description);
    }
    await embedded.close();
  });

  it("describes them all at once as the embedded API does", async () => {
    const embedded = createEmbeddedCluster({ name: "described" });
    for (const path of ["/api", "/apis"]) {
      const theirs = await aggregated(connection.transport, path);
      const ours = await aggregated(embedded.transport, path);
      expect(ours.size).toBeGreaterThan(0);
      for (const [name, description] of ours) expect([name, theirs.get(name)]).toStrictEqual([name, description]);
    }
    await embedded.close();
  });

  it.each(cases.map((contract, index) => ({ contract, index })))("$contract.name", async ({ contract, index }) => {
    const answers = await runCase(connection.transport, contract, `contract-${index}`);
    if (update) await writeGolden(contract, release, answers);
    expect(answers).toStrictEqual(await readGolden(contract, release));
  });
});
