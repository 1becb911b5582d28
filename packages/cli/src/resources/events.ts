import type { FleetEvent, HubClient } from "../client/mod.ts";
import { age, printItems, shortDuration, type Console, type ListFormat, type View } from "../output/mod.ts";
import { requireKnown } from "./known.ts";
import { objectText } from "./text.ts";

export interface EventsQuery {
  readonly cluster: string | undefined;
  readonly service: string | undefined;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly rollout: string | undefined;
  readonly sinceSeconds: number | undefined;
  readonly limit: number;
  readonly output: ListFormat;
}

const eventView: View<FleetEvent> = {
  plural: "events",
  kind: "event",
  name: objectText,
  columns: [
    { header: "AGE", cell: ({ at }, nowMs) => age(at, nowMs) },
    { header: "INSTANCE", cell: objectText },
    { header: "SERVICE", cell: ({ service }) => service },
    { header: "TYPE", cell: ({ type }) => type },
    { header: "STEP", cell: ({ step }) => (step === undefined ? "" : `${step.from ?? "nothing"} → ${step.to}`) },
    { header: "TOOK", cell: ({ durationMs }) => (durationMs === undefined ? "" : shortDuration(durationMs)) },
    { header: "MESSAGE", cell: ({ message }) => message ?? "" },
    { header: "OPERATION", cell: ({ operationId }) => operationId ?? "", wide: true },
  ],
};

export async function getEvents(
  console: Console,
  client: HubClient,
  { sinceSeconds, limit, output, ...filter }: EventsQuery,
): Promise<void> {
  const since = sinceSeconds === undefined ? undefined : new Date(console.now() - sinceSeconds * 1000).toISOString();
  const items = await client.events({ ...filter, since }, limit);
  if (items.length === 0) {
    await requireKnown(client, filter);
  }
  await printItems(console, output, eventView, { items });
}
