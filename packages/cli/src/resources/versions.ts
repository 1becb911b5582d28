import type { HubClient, VersionRow } from "../client/mod.ts";
import { printItems, type Console, type ListFormat, type View } from "../output/mod.ts";
import { requireKnown } from "./known.ts";
import { instanceText } from "./text.ts";

export interface VersionsQuery {
  readonly service: string | undefined;
  readonly clusters: readonly string[] | undefined;
  readonly namespace: string | undefined;
  /** Over the clusters' labels. */
  readonly selector: string | undefined;
  readonly output: ListFormat;
}

const view: View<VersionRow> = {
  plural: "versions",
  kind: "version",
  name: ({ service, version }) => `${service}@${version}`,
  columns: [
    { header: "SERVICE", cell: ({ service }) => service },
    { header: "VERSION", cell: ({ version }) => version },
    { header: "INSTALLED", cell: ({ counts }) => String(counts.installed) },
    { header: "REACHABLE", cell: ({ counts }) => String(counts.reachable) },
    { header: "BLOCKED", cell: ({ counts }) => String(counts.blocked) },
    { header: "STEPS", cell: stepsOf, wide: true },
    {
      header: "BLOCKED BY",
      cell: ({ blocked }) => [...new Set(blocked.flatMap(({ reasons }) => reasons.map(({ code }) => code)))].sort().join(","),
      wide: true,
    },
    { header: "INSTALLED IN", cell: ({ installed }) => installed.map(instanceText).join(","), wide: true },
  ],
};

/** From the nearest instance to the farthest. */
function stepsOf({ reachable }: VersionRow): string {
  const steps = reachable.map((instance) => instance.steps);
  const least = Math.min(...steps);
  const most = Math.max(...steps);
  return steps.length === 0 ? "" : least === most ? String(least) : `${least}-${most}`;
}

export async function getVersions(console: Console, client: HubClient, query: VersionsQuery): Promise<void> {
  const { service, namespace, selector, output } = query;
  const rows = await client.versions({ service });
  if (rows.length === 0) {
    await requireKnown(client, { service });
  }
  const labelled = selector === undefined ? undefined : (await client.clusters({ labelSelector: selector })).map(({ name }) => name);
  const chosen = [query.clusters, labelled].filter((names) => names !== undefined).map((names) => new Set(names));
  const items = narrow(
    rows,
    (instance) => chosen.every((names) => names.has(instance.cluster)) && (namespace ?? instance.namespace) === instance.namespace,
  );
  await printItems(console, output, view, { items });
}

/** The rows as they are for some of the instances; those that concern none of them are left out. */
export function narrow(
  rows: readonly VersionRow[],
  wanted: (instance: { readonly cluster: string; readonly namespace: string }) => boolean,
): readonly VersionRow[] {
  return rows
    .map((row): VersionRow => {
      const [installed, reachable, blocked] = [row.installed.filter(wanted), row.reachable.filter(wanted), row.blocked.filter(wanted)];
      return {
        ...row,
        installed,
        reachable,
        blocked,
        counts: { installed: installed.length, reachable: reachable.length, blocked: blocked.length },
      };
    })
    .filter(({ counts }) => counts.installed + counts.reachable + counts.blocked > 0);
}
