export type BackupErrorCode =
  /** No NATS server let us in within the time. */
  | "NatsUnreachable"
  /** The file cannot be read or written. */
  | "BackupFileUnusable"
  /** The file is no complete backup of a version that is known. */
  | "InvalidBackup"
  /** There is data where the backup should go. */
  | "NotEmpty"
  /** NATS refused, or was lost on the way. A restore can be repeated with force. */
  | "NatsFailed";

/** Why a backup or a restore did not succeed. */
export class BackupError extends Error {
  override readonly name = "BackupError";
  readonly code: BackupErrorCode;

  constructor(code: BackupErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Whether an error is one of the file system, about a file. */
export function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && "syscall" in error && "path" in error;
}
