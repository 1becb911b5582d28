/** Between bytes and the generated protobuf classes: size limits, and one kind of error. */
import type { Reader, Writer } from "protobufjs/minimal.js";

import { WireError } from "./errors.ts";
import protobuf from "./protobufjs.ts";

interface MessageType<Input, Output> {
  encode(message: Input): Writer;
  decode(reader: Reader): Output;
}

/**
 * The bytes have memory of their own: protobufjs writes into a pool of Node's, and a hundred bytes that are kept would keep all of it.
 *
 * @throws {WireError} TooLarge, when the bytes would be more than `limit`.
 */
export function toBytes<Input>(type: MessageType<Input, unknown>, message: Input, limit: number): Uint8Array {
  const bytes = type.encode(message).finish();
  checkSize(bytes.length, limit);
  return new Uint8Array(bytes);
}

/**
 * Unknown fields are left out. Nothing is allocated that the bytes do not pay for: protobufjs never trusts a length beyond the
 * end, and `limit` bounds the bytes.
 *
 * @throws {WireError} TooLarge or Malformed.
 */
export function fromBytes<Output>(type: MessageType<never, Output>, bytes: Uint8Array, limit: number): Output {
  checkSize(bytes.length, limit);
  const reader = protobuf.Reader.create(bytes);
  reader.discardUnknown = true;
  try {
    return type.decode(reader);
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new WireError("Malformed", "", `not a protobuf message of this type (${detail})`, { cause: error });
  }
}

function checkSize(size: number, limit: number): void {
  if (size > limit) throw new WireError("TooLarge", "", `${size} bytes, at most ${limit} are allowed`);
}
