/** Errors as the user meets them: defined once, told once, each with the exit code that scripts can rely on. */
export { CliError, ReportedError, type ErrorMore } from "./cli-error.ts";
export { EXIT, type ExitCode } from "./exit-codes.ts";
export { listNearest, nearestFirst } from "@portolan/shared/names";
export { describeError } from "./print.ts";
export { describeReason, type ReasonText } from "./reason.ts";
