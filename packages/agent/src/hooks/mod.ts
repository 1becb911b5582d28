/** What an upgrader may do before and after a step: one file an action. Each takes one look and says how far it is; none blocks. */
export { locate, objectName, type ActionContext, type Outcome } from "./context.ts";
export { jobName } from "./job.ts";
export { runHook } from "./run-hook.ts";
