import { suggesting, type Cluster, type HubClient } from "../client/mod.ts";
import { age, printItems, state, type Console, type ListFormat, type View } from "../output/mod.ts";
import { clockText, labelText, shortDigest } from "./text.ts";

export interface ClustersQuery {
  readonly name: string | undefined;
  readonly selector: string | undefined;
  readonly fieldSelector: string | undefined;
  readonly output: ListFormat;
}

const view: View<Cluster> = {
  plural: "clusters",
  kind: "cluster",
  name: ({ name }) => name,
  columns: [
    { header: "NAME", cell: ({ name }) => name },
    { header: "STATE", cell: (cluster) => state(cluster.state) },
    { header: "KUBERNETES", cell: ({ facts }) => facts?.kubernetesVersion ?? "" },
    { header: "INSTANCES", cell: ({ instances }) => String(instances) },
    { header: "AGENT", cell: ({ agentVersion }) => agentVersion },
    { header: "SEEN", cell: ({ lastSeenAt }, nowMs) => age(lastSeenAt, nowMs) },
    { header: "PROVIDER", cell: ({ facts }) => facts?.provider ?? "", wide: true },
    { header: "REGION", cell: ({ facts }) => facts?.region ?? "", wide: true },
    { header: "NODES", cell: ({ facts }) => String(facts?.nodes ?? ""), wide: true },
    { header: "SYNC", cell: ({ inSync }) => state(inSync ? "True" : "False"), wide: true },
    { header: "CATALOG", cell: ({ catalogDigest }) => shortDigest(catalogDigest), wide: true },
    { header: "LABELS", cell: ({ labels }) => labelText(labels), wide: true },
    { header: "PROBLEM", cell: problemOf, wide: true },
  ],
};

function problemOf({ intentDocument: { refusal, problem }, catalogProblems, clockSkewMs }: Cluster): string {
  return refusal?.message ?? problem?.message ?? catalogProblems[0] ?? clockText(clockSkewMs) ?? "";
}

export async function getClusters(
  console: Console,
  client: HubClient,
  { name, selector, fieldSelector, output }: ClustersQuery,
): Promise<void> {
  const found =
    name === undefined
      ? { items: await client.clusters({ labelSelector: selector, fieldSelector }) }
      : { item: await suggesting(client, { clusters: [name] }, () => client.cluster(name)) };
  await printItems(console, output, view, found);
}
