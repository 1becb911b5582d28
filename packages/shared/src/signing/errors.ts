/** Why a key cannot be used, or an envelope is not accepted. */
export type SigningErrorCode =
  /** Not a usable Ed25519 key. */
  | "InvalidKey"
  /** Not an envelope. */
  | "Malformed"
  /** The envelope holds another type of message. */
  | "WrongType"
  /** None of the signatures is by a pinned key. */
  | "UnknownKey"
  /** A signature that names a pinned key is not that key's over these bytes: altered, or forged. */
  | "BadSignature";

/** The only error that `signing/` throws. */
export class SigningError extends Error {
  override readonly name = "SigningError";
  readonly code: SigningErrorCode;

  constructor(code: SigningErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
