/**
 * What a hub alone knows, as one file and back: its buckets, the published catalogs and the audit record. Reports and intents are not in
 * it: agents say them again, and the hub derives them.
 *
 * It goes over NATS and not through a hub, because it is needed when there is no hub, and because the file holds what no client of the
 * API may write.
 */
export { backupToFile, type BackupSource, type BackupSummary } from "./backup.ts";
export { BackupError, type BackupErrorCode } from "./errors.ts";
export { restoreFromFile } from "./restore.ts";
