import { EXIT, type ExitCode } from "./exit-codes.ts";

/** Every error that the command itself finds, and how it ends the process. What the hub refuses keeps the hub's own code. */
const EXIT_CODES = {
  InvalidUsage: EXIT.usage,
  HubUnreachable: EXIT.error,
  HubTimeout: EXIT.timedOut,
  UnexpectedAnswer: EXIT.error,
  RolloutForgotten: EXIT.error,
  CheckTimeout: EXIT.timedOut,
  NotStarted: EXIT.error,
  NotConfirmed: EXIT.usage,
  Declined: EXIT.error,
  InvalidDocument: EXIT.usage,
  WatchTimeout: EXIT.timedOut,
  WatchInterrupted: EXIT.interrupted,
  InputUnreadable: EXIT.error,
  InvalidInput: EXIT.error,
  InvalidCatalog: EXIT.error,
  CatalogTooLarge: EXIT.error,
  UnknownService: EXIT.error,
  UnknownInstance: EXIT.error,
  UnknownVersion: EXIT.error,
  UnknownCatalog: EXIT.error,
  InvalidValues: EXIT.error,
  NoManifests: EXIT.error,
  ChartUnavailable: EXIT.error,
  ClusterUnreachable: EXIT.error,
  ClusterRefused: EXIT.error,
  LabelExists: EXIT.error,
  UnknownRelease: EXIT.error,
  ConfigInvalid: EXIT.usage,
  ConfigUnwritable: EXIT.error,
  UnknownContext: EXIT.usage,
  NoContext: EXIT.error,
} as const satisfies { readonly [code: string]: ExitCode };

export type CliErrorCode = keyof typeof EXIT_CODES;

export interface ErrorMore {
  /** One line each: every reason, every place. */
  readonly details?: readonly string[];
  /** What to do. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** An error that is told to the user as it is: what was expected, what was found, what to do. */
export class ReportedError extends Error {
  /** Stable. */
  readonly code: string;
  readonly exitCode: ExitCode;
  readonly details: readonly string[];
  readonly hint: string | undefined;

  constructor(code: string, exitCode: ExitCode, message: string, { details = [], hint, cause }: ErrorMore = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "ReportedError";
    this.code = code;
    this.exitCode = exitCode;
    this.details = details;
    this.hint = hint;
  }
}

/** One of the command's own errors. */
export class CliError extends ReportedError {
  constructor(code: CliErrorCode, message: string, more?: ErrorMore) {
    super(code, EXIT_CODES[code], message, more);
    this.name = "CliError";
  }
}
