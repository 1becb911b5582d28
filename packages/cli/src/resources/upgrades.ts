import { suggesting, type HubClient, type UpgradeSummary } from "../client/mod.ts";
import { age, printItems, state, type Console, type ListFormat, type View } from "../output/mod.ts";

export interface UpgradesQuery {
  readonly id: string | undefined;
  readonly service: string | undefined;
  readonly output: ListFormat;
}

export const upgradeView: View<UpgradeSummary> = {
  plural: "upgrades",
  name: ({ id }) => id,
  columns: [
    { header: "ID", cell: ({ id }) => id },
    { header: "SERVICE", cell: ({ service }) => service },
    { header: "VERSION", cell: ({ version }) => version },
    { header: "STATE", cell: (upgrade) => state(upgrade.state) },
    { header: "DONE", cell: ({ counts }) => `${counts["Succeeded"] ?? 0}/${totalOf(counts)}` },
    { header: "AGE", cell: ({ createdAt }, nowMs) => age(createdAt, nowMs) },
    { header: "TARGETS", cell: ({ counts }) => countsText(counts), wide: true },
    { header: "REASON", cell: ({ reason }) => reason ?? "", wide: true },
  ],
};

/** `Running 2, Succeeded 3`: without those that are none. */
export function countsText(counts: UpgradeSummary["counts"]): string {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");
}

function totalOf(counts: UpgradeSummary["counts"]): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

export async function getUpgrades(console: Console, client: HubClient, { id, service, output }: UpgradesQuery): Promise<void> {
  if (id !== undefined) {
    await printItems(console, output, upgradeView, { item: await suggesting(client, { upgrade: id }, () => client.upgrade(id)) });
    return;
  }
  const all = await client.upgrades();
  await printItems(console, output, upgradeView, { items: all.filter((upgrade) => (service ?? upgrade.service) === upgrade.service) });
}
