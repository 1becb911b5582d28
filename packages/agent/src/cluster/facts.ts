/** What a cluster says of itself: its Kubernetes version, its provider, region and size. */
import type { ClusterFacts } from "@portolan/shared/graph";
import type { KubeClient, KubeObject } from "../kube/mod.ts";

export type OwnFacts = Omit<ClusterFacts, "name" | "labels">;

const regionLabel = "topology.kubernetes.io/region";

/** Reads the facts from the API server. */
export async function readFacts(kube: KubeClient): Promise<OwnFacts> {
  const { gitVersion } = await kube.version();
  const { items } = await kube.list("v1", "Node");
  return { kubernetesVersion: gitVersion, nodes: items.length, ...nodeFacts(items) };
}

/** Provider and region as most nodes have them. */
function nodeFacts(nodes: readonly KubeObject[]): { readonly provider?: string; readonly region?: string } {
  const provider = mostCommon(nodes.map(providerOf));
  const region = mostCommon(nodes.map((node) => node.metadata.labels?.[regionLabel]));
  return { ...(provider === undefined ? {} : { provider }), ...(region === undefined ? {} : { region }) };
}

/** `aws` of `aws:///eu-central-1a/i-0123`. */
function providerOf(node: KubeObject): string | undefined {
  const { providerID } = (node["spec"] ?? {}) as { readonly providerID?: string };
  const scheme = providerID?.split("://")[0];
  return scheme === "" ? undefined : scheme;
}

function mostCommon(values: readonly (string | undefined)[]): string | undefined {
  const counts = new Map<string, number>();
  for (const value of values) if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].toSorted(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))[0]?.[0];
}
