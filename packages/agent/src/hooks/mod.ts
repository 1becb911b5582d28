/** What an upgrader may do before and after a step: one file an action. Each takes one look and says how far it is; none blocks. */
export { jobName } from "./job.ts";
export { endOfLog } from "./job-log.ts";
export { runHook } from "./run-hook.ts";
