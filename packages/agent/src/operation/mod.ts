/** The durable execution of a plan: its actions, its cursor, and the definitions that are kept for it in the cluster. */
export * from "./actions.ts";
export { givenUp, overdue, pauseOf, type GivenUp } from "./attempts.ts";
export { holds } from "./condition.ts";
export { fullName, locate, objectName, placed, serviceClient, type ActionContext, type Outcome } from "./context.ts";
export * from "./cursor.ts";
export { definitionsDigest, digestLabel, keepDefinitions, readDefinitions, type DefinitionsOwner } from "./definitions.ts";
export { findRecord, sweepKept, writeRecord, type OperationRecord } from "./record.ts";
export { asRunning, inputsOf } from "./inputs.ts";
