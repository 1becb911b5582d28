import { suggesting, type HubClient, type Instance } from "../client/mod.ts";
import { age, printItems, state, type Console, type ListFormat, type View } from "../output/mod.ts";
import { requireKnown } from "./known.ts";
import { parseInstanceName } from "./instance-name.ts";
import { instanceText } from "./text.ts";

export interface InstancesQuery {
  /** `cluster/namespace/name`, or the name alone: then there may be many. */
  readonly name: string | undefined;
  readonly cluster: string | undefined;
  readonly namespace: string | undefined;
  readonly service: string | undefined;
  readonly selector: string | undefined;
  readonly fieldSelector: string | undefined;
  readonly output: ListFormat;
}

const view: View<Instance> = {
  plural: "instances",
  kind: "instance",
  name: instanceText,
  columns: [
    { header: "CLUSTER", cell: ({ cluster }) => cluster },
    { header: "NAMESPACE", cell: ({ namespace }) => namespace },
    { header: "NAME", cell: ({ name }) => name },
    { header: "SERVICE", cell: ({ service }) => service },
    { header: "VERSION", cell: ({ version }) => version ?? "" },
    { header: "TARGET", cell: ({ targetVersion }) => targetVersion ?? "" },
    { header: "AVAILABLE", cell: ({ availability }) => String(availability?.available ?? "") },
    { header: "READY", cell: ({ ready }) => state(ready ? "True" : "False") },
    { header: "STATUS", cell: ({ phase }) => state(phase) },
    { header: "CHANGED", cell: ({ changedAt }, nowMs) => age(changedAt, nowMs) },
    { header: "STEP", cell: stepOf, wide: true },
    { header: "OWNER", cell: ({ versionOwner }) => versionOwner ?? "", wide: true },
    { header: "FLEET", cell: ({ ignoresFleet }) => (ignoresFleet ? "Ignore" : "Follow"), wide: true },
    { header: "MESSAGE", cell: ({ reason = "", message = "" }) => [reason, message].filter((text) => text !== "").join(": "), wide: true },
  ],
};

function stepOf({ operation }: Instance): string {
  return operation === undefined ? "" : `${Math.min(operation.step + 1, operation.steps.length)}/${operation.steps.length}`;
}

export async function getInstances(console: Console, client: HubClient, query: InstancesQuery): Promise<void> {
  const { name, cluster, namespace, service, selector, fieldSelector, output } = query;
  if (name?.includes("/") === true) {
    const item = await suggesting(client, { instance: name, clusters: [parseInstanceName(name).cluster] }, () =>
      client.instance(parseInstanceName(name)),
    );
    await printItems(console, output, view, { item });
    return;
  }
  const all = await client.instances({ cluster, namespace, service, labelSelector: selector, fieldSelector });
  const items = name === undefined ? all : all.filter((instance) => instance.name === name);
  if (items.length === 0) {
    await requireKnown(client, { cluster, service });
  }
  await printItems(console, output, view, { items });
}
