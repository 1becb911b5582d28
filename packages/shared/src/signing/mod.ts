/** Ed25519 signatures over the exact bytes of a message. Who may sign what is decided by whoever pins the keys. */
export { SigningError } from "./errors.ts";
export type { SigningErrorCode } from "./errors.ts";
export { generateKeyPair, keyId, loadSigningKey, pinKeys } from "./keys.ts";
export type { KeyPair, PinnedKeys, SigningKey } from "./keys.ts";
export { signEnvelope, verifyEnvelope } from "./envelope.ts";
