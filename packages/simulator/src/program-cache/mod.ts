/**
 * Programs that this project runs but does not ship: where they are kept on the user's machine, and how
 * one is put there so that an interrupted or doubled install leaves nothing broken behind.
 */
export { describeAttempts, type Attempt } from "./attempt.ts";
export { cacheFolder } from "./cache-folder.ts";
export { findOnPath, isExecutable } from "./executable.ts";
export { runGo } from "./go-toolchain.ts";
export { installProgram, type InstallOutcome, type InstallTarget } from "./install-program.ts";
export { runCommand, type CommandOptions, type CommandResult } from "./run-command.ts";
