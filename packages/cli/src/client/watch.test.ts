import { describe, expect, it } from "vitest";
import { watchHub } from "./watch.ts";

const event = (id: number): Uint8Array => new TextEncoder().encode(`id: ${id}\ndata: x\n\n`);

/** Ends with the signal, and only with it. */
function silence(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const end = (): void => reject(new DOMException("aborted", "AbortError"));
    if (signal.aborted) {
      end();
    }
    signal.addEventListener("abort", end, { once: true });
  });
}

describe("watchHub", () => {
  it("takes a connection that has become silent for a lost one, and goes on after the last event", async () => {
    const opened: (string | undefined)[] = [];
    const client = {
      openStream: async (_path: string, headers: { readonly [name: string]: string }, signal: AbortSignal) => {
        opened.push(headers["last-event-id"]);
        return (async function* () {
          yield event(opened.length);
          await silence(signal);
        })();
      },
    };
    const stopping = new AbortController();
    const told: string[] = [];
    const seen: string[] = [];
    const options = {
      signal: stopping.signal,
      onLost: () => told.push("lost"),
      onFound: () => told.push("found"),
      silenceMs: 20,
      firstRetryMs: 1,
    };
    for await (const { lastEventId } of watchHub(client, "/v1/watch", options)) {
      seen.push(lastEventId);
      if (seen.length === 3) {
        stopping.abort();
      }
    }
    expect(seen).toEqual(["1", "2", "3"]);
    expect(opened).toEqual([undefined, "1", "2"]);
    expect(told).toEqual(["lost", "found", "lost", "found"]);
  });

  it("ends with its signal while it waits to try again", async () => {
    const client = {
      openStream: () => Promise.reject(new TypeError("fetch failed")),
    };
    const stopping = new AbortController();
    const events = watchHub(client, "/v1/watch", {
      signal: stopping.signal,
      onLost: () => stopping.abort(),
      onFound: () => {},
      firstRetryMs: 60_000,
    });
    expect(await events.next()).toEqual({ done: true, value: undefined });
  });
});
