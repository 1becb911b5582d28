import { JetStreamApiCodes, JetStreamApiError, JetStreamError } from "@nats-io/jetstream";
import { errors } from "@nats-io/transport-node";

import { BusError } from "./errors.ts";
import type { BusErrorCode } from "./errors.ts";

/** `err_code`s of the server's errors.json that the client library does not name. */
const STREAM_MESSAGE_EXCEEDS_MAXIMUM = 10_054;
const STREAM_WRONG_LAST_MSG_ID = 10_070;

/** The code for an error that the server reports as `err_code`. */
export function codeOfApiError(errCode: number): BusErrorCode {
  switch (errCode) {
    case JetStreamApiCodes.StreamWrongLastSequence:
    case JetStreamApiCodes.StreamWrongLastSequenceUnknown:
    case STREAM_WRONG_LAST_MSG_ID:
      return "WrongLastSequence";
    case JetStreamApiCodes.StreamNotFound:
      return "NoStream";
    case STREAM_MESSAGE_EXCEEDS_MAXIMUM:
      return "TooLarge";
    default:
      return "Rejected";
  }
}

/** Whatever the client library throws, as a {@link BusError} about `what`. */
export function toBusError(error: unknown, what: string): BusError {
  if (error instanceof BusError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new BusError(codeOf(error), `${what}: ${detail}`, { cause: error });
}

function codeOf(error: unknown): BusErrorCode {
  if (error instanceof JetStreamApiError) return codeOfApiError(error.code);
  if (error instanceof errors.TimeoutError) return "Timeout";
  if (error instanceof errors.NoRespondersError) return "NoResponders";
  if (error instanceof errors.RequestError) return error.isNoResponders() ? "NoResponders" : "Disconnected";
  if (error instanceof errors.ClosedConnectionError || error instanceof errors.DrainingConnectionError) return "Closed";
  // "jetstream is not enabled": also what a server says whose JetStream is still starting.
  if (error instanceof JetStreamError && error.message.includes("no responders")) return "NoResponders";
  if (error instanceof Error && error.name === "JetStreamNotEnabled") return "NoResponders";
  return "Rejected";
}
