import { setTimeout as sleep } from "node:timers/promises";
import { EventStreamDecoder, type StreamEvent } from "./event-stream.ts";
import type { HubClient } from "./hub-client.ts";
import { isPassing } from "./passing.ts";

export interface WatchOptions {
  /** Ends the watch. */
  readonly signal: AbortSignal;
  /** The connection was lost and is tried again. */
  readonly onLost: (why: string) => void;
  /** It is there again. */
  readonly onFound: () => void;
  /** The hub says something every 15 s, if only that it is alive. */
  readonly silenceMs?: number;
  readonly firstRetryMs?: number;
}

const SILENCE_MS = 45_000;
const FIRST_RETRY_MS = 250;
const MAX_RETRY_MS = 5_000;

type StreamOpener = Pick<HubClient, "openStream">;

/**
 * Everything the hub's `/v1/watch` says, until the signal ends it. A connection that is lost, or silent for too long, is made anew and goes on after the last event that was seen.
 *
 * @throws HubProblem when the hub refuses the watch
 */
export async function* watchHub(client: StreamOpener, path: string, options: WatchOptions): AsyncGenerator<StreamEvent, void, undefined> {
  const { signal, onLost, onFound, firstRetryMs = FIRST_RETRY_MS } = options;
  let lastEventId = "";
  let lost = false;
  for (let retryMs = firstRetryMs; !signal.aborted; retryMs = Math.min(retryMs * 2, MAX_RETRY_MS)) {
    try {
      for await (const event of connection(client, path, lastEventId, options)) {
        if (lost) {
          lost = false;
          onFound();
        }
        retryMs = firstRetryMs;
        lastEventId = event.lastEventId;
        yield event;
      }
    } catch (error) {
      if (!isPassing(error) && !signal.aborted) {
        throw error;
      }
    }
    if (!lost && !signal.aborted) {
      lost = true;
      onLost("the connection to the hub was lost; trying again");
    }
    // An aborted pause ends the loop.
    await sleep(retryMs, undefined, { signal }).catch(() => undefined);
  }
}

async function* connection(
  client: StreamOpener,
  path: string,
  lastEventId: string,
  { signal, silenceMs = SILENCE_MS }: WatchOptions,
): AsyncGenerator<StreamEvent, void, undefined> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(), silenceMs);
  try {
    const headers = lastEventId === "" ? {} : { "last-event-id": lastEventId };
    const decoder = new EventStreamDecoder(lastEventId);
    for await (const chunk of await client.openStream(path, headers, AbortSignal.any([signal, silence.signal]))) {
      timer.refresh();
      yield* decoder.push(chunk);
    }
  } finally {
    clearTimeout(timer);
    silence.abort();
  }
}
