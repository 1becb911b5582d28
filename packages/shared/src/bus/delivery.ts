/** Where a delivered message stands, as the reply subject of every JetStream delivery says it (NATS ADR-15). */
export interface Delivery {
  readonly streamSequence: number;
  /** When the message was stored, by the server's clock (ms since the Unix epoch). */
  readonly storedAtMs: number;
  /** Counts the messages of this consumer from 1; a gap tells that one was lost. */
  readonly consumerSequence: number;
  /** How many more were to be delivered when this one was sent. */
  readonly pending: number;
}

const SHORT_FORM_TOKENS = 9;
const LONG_FORM_TOKENS = 11;

/**
 * Reads `$JS.ACK.<stream>.<consumer>.<delivered>.<stream seq>.<consumer seq>.<time>.<pending>`, or the longer form that has
 * `<domain>.<account>` after `$JS.ACK` and may have one more token at its end. Undefined when it is neither.
 */
export function parseDelivery(reply: string | undefined): Delivery | undefined {
  const tokens = reply?.split(".") ?? [];
  if (tokens[0] !== "$JS" || tokens[1] !== "ACK") return undefined;
  if (tokens.length !== SHORT_FORM_TOKENS && tokens.length < LONG_FORM_TOKENS) return undefined;
  const first = tokens.length === SHORT_FORM_TOKENS ? 5 : 7;
  const streamSequence = Number(tokens[first]);
  const consumerSequence = Number(tokens[first + 1]);
  // Nanoseconds: more than a number can hold exactly, and a microsecond does not matter.
  const storedAtMs = Math.floor(Number(tokens[first + 2]) / 1e6);
  const pending = Number(tokens[first + 3]);
  const sound = [streamSequence, consumerSequence, storedAtMs, pending].every(Number.isSafeInteger);
  return sound ? { streamSequence, consumerSequence, storedAtMs, pending } : undefined;
}
