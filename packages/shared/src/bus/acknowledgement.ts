/** What a server says to a publish with a reply subject. */
import type { Msg } from "@nats-io/transport-node";

import { BusError } from "./errors.ts";
import type { StoredAck } from "./model.ts";
import { codeOfApiError } from "./nats-errors.ts";

const NO_RESPONDERS = 503;

/** The acknowledgement, or the error that stands in its place. */
export function readAcknowledgement(message: Pick<Msg, "data" | "headers">, subject: string): StoredAck | BusError {
  if (message.headers?.code === NO_RESPONDERS) return new BusError("NoStream", `${subject}: no stream takes this subject`);
  const reply = parseReply(message.data);
  if (reply === undefined) return new BusError("Rejected", `${subject}: the server's acknowledgement cannot be read`);
  if (reply.error !== undefined) {
    const { errCode, description } = reply.error;
    return new BusError(codeOfApiError(errCode), `${subject}: ${description}`);
  }
  return reply.ack;
}

type Reply =
  | { readonly error: { readonly errCode: number; readonly description: string } }
  | { readonly error?: undefined; readonly ack: StoredAck };

/** JetStream's PubAck: `{"stream": …, "seq": …}` or `{"error": {"code": …, "err_code": …, "description": …}}`. */
function parseReply(data: Uint8Array): Reply | undefined {
  const value = parseJson(data);
  if (!isObject(value)) return undefined;
  const { error, stream, seq } = value;
  if (isObject(error)) {
    const { err_code: errCode, description } = error;
    return {
      error: {
        errCode: typeof errCode === "number" ? errCode : 0,
        description: typeof description === "string" ? description : "refused without a description",
      },
    };
  }
  return typeof stream === "string" && typeof seq === "number" ? { ack: { stream, sequence: seq } } : undefined;
}

function parseJson(data: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(data.buffer, data.byteOffset, data.length).toString());
  } catch {
    // The caller reports that the acknowledgement cannot be read; there is nothing more to say about it.
    return undefined;
  }
}

function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null;
}
