/** What a client says in NATS' own protocol, message by message. */

const CRLF = "\r\n";

export interface ClientMessage {
  /** All of it, as it was said. */
  readonly raw: Buffer;
  /** Absent: it is no publish. */
  readonly publish?: Publish;
}

export interface Publish {
  readonly subject: string;
  /** Without headers. */
  readonly payload: Buffer;
}

/**
 * The first message in a buffer; undefined: it is not all there.
 *
 * @see https://docs.nats.io/reference/reference-protocols/nats-protocol
 */
export function firstMessage(buffer: Buffer): ClientMessage | undefined {
  const end = buffer.indexOf(CRLF);
  if (end === -1) return undefined;
  const start = end + CRLF.length;
  const [verb, subject = "", ...rest] = buffer.toString("latin1", 0, end).split(" ");
  if (verb !== "PUB" && verb !== "HPUB") return { raw: buffer.subarray(0, start) };
  const size = start + Number(rest.at(-1));
  const payload = buffer.subarray(start + (verb === "HPUB" ? Number(rest.at(-2)) : 0), size);
  return size + CRLF.length > buffer.length ? undefined : { raw: buffer.subarray(0, size + CRLF.length), publish: { subject, payload } };
}
