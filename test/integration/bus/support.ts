/** What the bus's tests share: a server and buses that are ended with the test, and things that arrive. */
import { connectBus, FLEET_STREAMS } from "@portolan/shared/bus";
import type { Bus, BusOptions, FollowOptions } from "@portolan/shared/bus";
import { getNatsServer, startNatsServer } from "@portolan/simulator/nats-server";
import type { NatsServer, NatsServerOptions } from "@portolan/simulator/nats-server";
import { onTestFinished } from "vitest";

/** How long something may take that takes milliseconds when all is well: the machine may be busy. */
export const SOON = { timeout: 10_000, interval: 10 };

export const text = (payload: Uint8Array): string => Buffer.from(payload).toString();
export const bytes = (value: string): Uint8Array => Uint8Array.from(Buffer.from(value));

export async function server(options: NatsServerOptions = {}): Promise<NatsServer> {
  const { version } = options;
  const { binary } = await getNatsServer(version === undefined ? {} : { version });
  const started = await startNatsServer({ ...options, binary });
  onTestFinished(() => started.stop());
  return started;
}

/** Fast to come back, so that tests need not wait. */
export async function busTo(url: string, options: Partial<BusOptions> = {}): Promise<Bus> {
  const bus = await connectBus({ servers: url, name: "test", maxReconnectDelayMs: 200, reconnectJitterMs: 10, ...options });
  onTestFinished(() => bus.close());
  return bus;
}

export async function withStreams(bus: Bus): Promise<Bus> {
  await bus.ensureStreams(FLEET_STREAMS);
  return bus;
}

export interface Followed {
  /** What the follower was told, in order: `subject=payload`, `caught up` and `reset`. */
  readonly story: string[];
  readonly options: FollowOptions;
}

export function followed(...subjects: string[]): Followed {
  const story: string[] = [];
  return {
    story,
    options: {
      subjects,
      onMessage: ({ subject, payload }) => story.push(`${subject}=${text(payload)}`),
      onCaughtUp: () => story.push("caught up"),
      onReset: () => story.push("reset"),
    },
  };
}

/** Settles once the bus has noticed. */
export function disconnected(bus: Bus): Promise<void> {
  return statusIs(bus, false);
}

export function connected(bus: Bus): Promise<void> {
  return statusIs(bus, true);
}

function statusIs(bus: Bus, wanted: boolean): Promise<void> {
  if (bus.connected === wanted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = bus.onStatus(() => {
      end();
      resolve();
    });
  });
}
