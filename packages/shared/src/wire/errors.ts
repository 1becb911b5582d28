/** Why bytes are not a message, or a value cannot become one. */
export type WireErrorCode =
  /** Not protobuf of that type, or a number that a JavaScript number cannot hold exactly. */
  | "Malformed"
  /** A field that must be there is not. */
  | "MissingField"
  /** A field holds what it must not. */
  | "InvalidField"
  /** An enum value that this program does not know: the sender is newer. */
  | "UnknownEnum"
  /** A message, a text or a list is over its limit. */
  | "TooLarge";

/** The only error that encoders and decoders of `wire/` throw, whatever the bytes are. */
export class WireError extends Error {
  override readonly name = "WireError";
  readonly code: WireErrorCode;
  /** Where in the message, for example `intents[2].mode`; empty for the message as a whole. */
  readonly field: string;
  /** What is wrong, without the field. */
  readonly detail: string;

  constructor(code: WireErrorCode, field: string, detail: string, options?: ErrorOptions) {
    super(field === "" ? detail : `${field}: ${detail}`, options);
    this.code = code;
    this.field = field;
    this.detail = detail;
  }

  /** The same error, seen from the message around it. */
  within(outer: string): WireError {
    const field = this.field === "" ? outer : `${outer}.${this.field}`;
    return new WireError(this.code, field, this.detail, { cause: this.cause });
  }
}

/** An item that a decoder left out, because it alone was wrong; the rest of the message holds. */
export interface WireProblem {
  readonly code: WireErrorCode;
  /** Where, for example `intents[2].mode`. */
  readonly field: string;
  readonly message: string;
  /** What the item calls itself (an intent's id, a version), where it says so. */
  readonly item?: string;
}

/** A decoded message, and the items of it that were left out. */
export interface Decoded<T> {
  readonly value: T;
  readonly problems: readonly WireProblem[];
}
