import { suggesting, type HubClient, type RolloutPhase, type RolloutSummary } from "../client/mod.ts";
import { age, printItems, state, type Console, type ListFormat, type View } from "../output/mod.ts";

export interface RolloutsQuery {
  readonly name: string | undefined;
  readonly service: string | undefined;
  readonly phase: RolloutPhase | undefined;
  readonly output: ListFormat;
}

export const rolloutView: View<RolloutSummary> = {
  plural: "rollouts",
  kind: "rollout",
  name: ({ name }) => name,
  columns: [
    { header: "NAME", cell: ({ name }) => name },
    { header: "ACTION", cell: ({ spec }) => spec.action },
    { header: "SERVICE", cell: ({ spec }) => spec.service },
    { header: "VERSION", cell: ({ spec }) => goalText(spec) },
    { header: "PHASE", cell: ({ phase }) => state(phase) },
    { header: "WAVE", cell: ({ waves }) => waveText(waves) },
    { header: "DONE", cell: ({ counts }) => `${counts["Succeeded"] ?? 0}/${totalOf(counts)}` },
    { header: "AGE", cell: ({ createdAt }, nowMs) => age(createdAt, nowMs) },
    { header: "TARGETS", cell: ({ counts }) => countsText(counts), wide: true },
    { header: "BY", cell: ({ startedBy, createdBy }) => startedBy ?? createdBy, wide: true },
    { header: "REASON", cell: ({ reason }) => reason ?? "", wide: true },
  ],
};

/** Where its targets go: a version, or the newest within a range. */
export function goalText({ version, versionRange }: RolloutSummary["spec"]): string {
  return version ?? versionRange ?? "";
}

/** The wave that is under way: `canary 1/3`. */
function waveText(waves: RolloutSummary["waves"]): string {
  const index = waves.findIndex(({ state: wave }) => wave !== "Passed");
  const wave = waves[index];
  return wave === undefined ? "" : `${wave.name} ${index + 1}/${waves.length}`;
}

/** `Running 2, Succeeded 3`: without those that are none. */
export function countsText(counts: RolloutSummary["counts"]): string {
  return Object.entries(counts)
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${count}`)
    .join(", ");
}

function totalOf(counts: RolloutSummary["counts"]): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

export async function getRollouts(console: Console, client: HubClient, { name, service, phase, output }: RolloutsQuery): Promise<void> {
  if (name !== undefined) {
    const item = await suggesting(client, { rollout: name }, () => client.rollout(name));
    const document = { apiVersion: "portolan.dev/v1alpha1", kind: "Rollout", metadata: { name: item.name } };
    await printItems(console, output, rolloutView, { item: { ...document, ...item } });
    return;
  }
  await printItems(console, output, rolloutView, { items: await client.rollouts({ service, phase }) });
}
