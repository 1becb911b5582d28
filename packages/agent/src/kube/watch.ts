import { reasonOf, type Clock } from "./clock.ts";
import { ClientReason, KubeError } from "./errors.ts";
import { connectionError } from "./exchange.ts";
import type { KindRef, KubeObject } from "./object.ts";
import { asObjectOf, isRecord, stringField, type JsonRecord } from "./parse.ts";
import { errorFromStatus } from "./status-error.ts";
import { LineSplitter } from "./line-splitter.ts";

export type WatchEvent =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: KubeObject }
  /** Nothing changed; a later watch may start here. */
  | { readonly type: "BOOKMARK"; readonly resourceVersion: string };

export interface WatchStream {
  readonly body: AsyncIterable<Uint8Array>;
  /** Given to objects of a metadata-only watch, which come as PartialObjectMetadata. */
  readonly kind: KindRef;
  readonly description: string;
  readonly clock: Clock;
  /** How long nothing may come, bookmarks included (an API server sends about one a minute). */
  readonly inactivityMs: number;
  readonly signal: AbortSignal;
}

/**
 * The events of a watch that was opened. Returns when the server ends it in good order, as it does every few minutes.
 *
 * @throws KubeError Inactive, ConnectionFailed (also for a cut within an event), MalformedResponse, or what the server's ERROR event
 *   says (410 when the history is gone); the signal's reason when that is aborted
 */
export async function* readWatch(stream: WatchStream): AsyncGenerator<WatchEvent, void, undefined> {
  const { description, kind, signal } = stream;
  const lines = new LineSplitter();
  try {
    for await (const chunk of guarded(stream)) {
      for (const line of lines.push(chunk)) yield parseEvent(line, kind, description);
    }
  } catch (error) {
    throw connectionError(description, error, signal);
  }
  if (lines.pendingBytes > 0) {
    const detail = `the stream was cut within an event, after ${lines.pendingBytes} of its bytes`;
    throw new KubeError({ status: 0, reason: ClientReason.ConnectionFailed, request: description, detail });
  }
}

/** The body's chunks, ended by the signal and by silence even when the body heeds neither. */
async function* guarded({ body, clock, inactivityMs, signal, description }: WatchStream): AsyncGenerator<Uint8Array, void, undefined> {
  const chunks = body[Symbol.asyncIterator]();
  let giveUp: (reason: Error) => void = () => {};
  const onAbort = (): void => giveUp(reasonOf(signal));
  signal.addEventListener("abort", onAbort);
  try {
    for (;;) {
      const next = await new Promise<IteratorResult<Uint8Array>>((resolve, reject) => {
        if (signal.aborted) {
          reject(reasonOf(signal));
          return;
        }
        const cancelTimer = clock.schedule(inactivityMs, () => {
          const detail = `the server sent nothing for ${inactivityMs} ms`;
          giveUp(new KubeError({ status: 0, reason: ClientReason.Inactive, request: description, detail }));
        });
        giveUp = (reason) => {
          cancelTimer();
          reject(reason);
        };
        chunks.next().finally(cancelTimer).then(resolve, reject);
      });
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    // Not awaited: a body that hangs would hang here again. Its errors say only that the connection, given up anyway, is gone.
    chunks.return?.().catch(() => {});
  }
}

function parseEvent(line: string, kind: KindRef, description: string): WatchEvent {
  const event = parseLine(line);
  const type = stringField(event, "type");
  const object = event?.["object"];
  if (type === "ERROR") throw errorFromStatus(description, object);
  if (type === "BOOKMARK" && isRecord(object)) {
    const resourceVersion = stringField(object["metadata"], "resourceVersion");
    if (resourceVersion !== undefined) return { type, resourceVersion };
  }
  if (type === "ADDED" || type === "MODIFIED" || type === "DELETED") {
    const found = asObjectOf(kind, object);
    if (found !== undefined) return { type, object: found };
  }
  const detail = `expected a watch event with an object, found ${type === undefined ? "something else" : `type ${JSON.stringify(type)}`}`;
  throw new KubeError({ status: 200, reason: ClientReason.MalformedResponse, request: description, detail });
}

function parseLine(line: string): JsonRecord | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return isRecord(value) ? value : undefined;
  } catch {
    // The caller reports what is not an event; the line itself may hold a Secret and is not quoted.
    return undefined;
  }
}
