import { readToldEvent, watchHub, type FleetEvent, type HubClient } from "../client/mod.ts";
import { note, printable, shortDuration, warn, type Console } from "../output/mod.ts";
import { requireKnown } from "./known.ts";
import { instanceText, objectText } from "./text.ts";

export interface FollowQuery {
  readonly cluster: string | undefined;
  readonly service: string | undefined;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly rollout: string | undefined;
  readonly sinceSeconds: number | undefined;
  /** So many of those that have happened already come first. */
  readonly limit: number;
  readonly output: "lines" | "json";
}

/**
 * Writes what agents tell of their operations, the oldest first, and goes on as it happens. What happened while the connection was lost
 * is told as well, as far as the hub still has it.
 *
 * @throws HubProblem
 */
export async function followEvents(console: Console, client: HubClient, query: FollowQuery): Promise<void> {
  const { cluster, service, namespace, name, rollout, sinceSeconds, limit } = query;
  const since = sinceSeconds === undefined ? undefined : new Date(console.now() - sinceSeconds * 1000).toISOString();
  const targets = rollout === undefined ? undefined : new Set((await client.rollout(rollout)).targets.map(instanceText));
  // Of what is not there nothing would ever come.
  if ((await client.events({ cluster, service, namespace, name, rollout }, 1)).length === 0) {
    await requireKnown(client, { cluster, service, name });
  }
  const told = new Told(limit);
  const tell = (events: readonly FleetEvent[]): void => {
    for (const event of events.filter((each) => told.isNew(each))) {
      console.out.write(query.output === "json" ? `${JSON.stringify(event)}\n` : lineOf(event));
    }
  };
  const catchUp = async (): Promise<void> =>
    tell((await client.events({ cluster, service, namespace, name, rollout, since }, limit)).toReversed());
  const stream = watchHub(client, `/v1/watch?${watchQuery({ cluster, service })}`, {
    // Ctrl-C ends the process, as it does with `tail -f`.
    signal: new AbortController().signal,
    onLost: (why) => warn(console, why),
    onFound: () => note(console, "the connection to the hub is there again"),
  });
  for await (const { type, data } of stream) {
    // The stream is open, or was lost for too long: what happened before is read now, and nothing is missed in between.
    if (type === "reset" || !told.began) {
      told.began = true;
      await catchUp();
    }
    if (type === "event") {
      const found = readToldEvent(data);
      const isMeant = (namespace ?? found.namespace) === found.namespace && (name ?? found.name) === found.name;
      tell(isMeant && (targets?.has(instanceText(found)) ?? true) ? [found] : []);
    }
  }
}

/** What was written lately, so that what was read and heard is written once. */
class Told {
  began = false;
  readonly #keys = new Set<string>();
  readonly #size: number;

  constructor(limit: number) {
    this.#size = 2 * limit + 1_000;
  }

  isNew(event: FleetEvent): boolean {
    const key = JSON.stringify(event);
    if (this.#keys.has(key)) {
      return false;
    }
    this.#keys.add(key);
    const [oldest] = this.#keys;
    if (this.#keys.size > this.#size && oldest !== undefined) {
      this.#keys.delete(oldest);
    }
    return true;
  }
}

function watchQuery(filter: { readonly cluster: string | undefined; readonly service: string | undefined }): string {
  const query = new URLSearchParams({ kinds: "events" });
  for (const [key, value] of Object.entries(filter)) {
    if (value !== undefined) {
      query.set(key, value);
    }
  }
  return query.toString();
}

function lineOf(event: FleetEvent): string {
  const { at, service, type, step, durationMs, message } = event;
  const parts = [
    at,
    objectText(event),
    service,
    type,
    ...(step === undefined ? [] : [`${step.from ?? "nothing"} → ${step.to}`]),
    ...(durationMs === undefined ? [] : [`in ${shortDuration(durationMs)}`]),
    ...(message === undefined ? [] : [message]),
  ];
  return `${printable(parts.join(" "))}\n`;
}
