/** Backups of what the hub alone knows, over NATS. */
export { backUpHub, restoreHub, type NatsOptions } from "./backup.ts";
