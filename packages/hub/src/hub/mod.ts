/** A hub: the fleet view, its API and its commands, in one process. */
export { startHub } from "./hub.ts";
export { HubPortInUse, type Hub, type HubOptions } from "./options.ts";
export { SigningKeyUnusable, signingKeyFrom } from "./signing-key.ts";
