/** Why something could not be done over the bus. */
export type BusErrorCode =
  /** There is no connection now. What was in flight may or may not have arrived. */
  | "Disconnected"
  /** The bus was closed by its owner. */
  | "Closed"
  /** Waiting for the connection was aborted. */
  | "Aborted"
  /** No stream takes the subject, or the stream or bucket does not exist. */
  | "NoStream"
  /** Nobody answers requests on the subject. */
  | "NoResponders"
  /** No answer in time. It may have arrived all the same. */
  | "Timeout"
  /** Too many publishes wait for their acknowledgement. */
  | "Overloaded"
  /** More bytes than the server or the stream takes. */
  | "TooLarge"
  /** Compare-and-set: the subject (or key) has another last sequence (or revision) than expected. */
  | "WrongLastSequence"
  /** The server or the responder refused, for the reason in the message. */
  | "Rejected";

const TEMPORARY: ReadonlySet<BusErrorCode> = new Set(["Disconnected", "NoStream", "NoResponders", "Timeout", "Overloaded"]);

/** The only error that `bus/` throws and rejects with. */
export class BusError extends Error {
  override readonly name = "BusError";
  readonly code: BusErrorCode;

  constructor(code: BusErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** Whether the same may succeed later without anything being changed. */
  get temporary(): boolean {
    return TEMPORARY.has(this.code);
  }
}
