import type { AuditEntry, HubClient } from "../client/mod.ts";
import { age, printItems, type Console, type ListFormat, type View } from "../output/mod.ts";
import { objectText } from "./text.ts";

export interface AuditQuery {
  readonly cluster: string | undefined;
  readonly rollout: string | undefined;
  readonly service: string | undefined;
  readonly actor: string | undefined;
  readonly sinceSeconds: number | undefined;
  readonly limit: number;
  readonly output: ListFormat;
}

const auditView: View<AuditEntry> = {
  plural: "audit entries",
  kind: "audit",
  name: ({ id }) => id,
  columns: [
    { header: "AGE", cell: ({ at }, nowMs) => age(at, nowMs) },
    { header: "ACTOR", cell: ({ actor }) => actor },
    { header: "ACTION", cell: ({ action }) => action },
    { header: "ROLLOUT", cell: ({ rollout }) => rollout ?? "" },
    { header: "SERVICE", cell: ({ service }) => service ?? "" },
    { header: "OBJECT", cell: objectText },
    { header: "REASON", cell: ({ reason }) => reason ?? "" },
    { header: "BEFORE", cell: ({ before }) => (before === undefined ? "" : JSON.stringify(before)), wide: true },
    { header: "AFTER", cell: ({ after }) => (after === undefined ? "" : JSON.stringify(after)), wide: true },
  ],
};

export async function getAudit(console: Console, client: HubClient, { sinceSeconds, limit, output, ...filter }: AuditQuery): Promise<void> {
  const since = sinceSeconds === undefined ? undefined : new Date(console.now() - sinceSeconds * 1000).toISOString();
  await printItems(console, output, auditView, { items: await client.audit({ ...filter, since }, limit) });
}

/** What became of one rollout, the oldest first; also of one that was forgotten. */
export async function getHistory(
  console: Console,
  client: HubClient,
  { rollout, limit, output }: { readonly rollout: string; readonly limit: number; readonly output: ListFormat },
): Promise<void> {
  await printItems(console, output, auditView, { items: (await client.audit({ rollout }, limit)).toReversed() });
}
