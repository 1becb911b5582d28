/** How an operation moves: pure functions from one operation to the next. What they return is written before anything is done. */
import { clip } from "@portolan/shared/wire";
import type { Operation, RecordedObject, ServiceInstance } from "../resources/mod.ts";
import { inputsOf } from "./inputs.ts";

/** What the CRD's schema allows. */
const longestMessage = 1024;

/** Begins a step for the spec as it is now: with its first action. */
export function startStep(operation: Operation, action: string, instance: ServiceInstance, now: string): Operation {
  return {
    ...startAction(operation, action, now),
    generation: instance.metadata.generation ?? 0,
    inputs: inputsOf(instance.spec),
  };
}

/** Starts an action for the first time, or again after a crash, in which case its start time and record are kept. */
export function startAction(operation: Operation, action: string, now: string): Operation {
  const { cursor } = operation;
  if (cursor.action === action) return operation;
  return {
    ...withoutMessage(operation),
    stepStartedAt: cursor.action === undefined ? now : (operation.stepStartedAt ?? now),
    cursor: { step: cursor.step, action, attempt: 1, actionStartedAt: now },
  };
}

/** Another attempt of the same action, not before `nextAttemptAt`, with the reason of the last one. */
export function retryAction(operation: Operation, message: string, nextAttemptAt: string): Operation {
  const attempt = (operation.cursor.attempt ?? 1) + 1;
  return { ...operation, message: clip(message, longestMessage), cursor: { ...operation.cursor, attempt, nextAttemptAt } };
}

/** Milliseconds until the next attempt may be made; 0 when it is due. */
export function msToNextAttempt({ cursor }: Operation, now: number): number {
  return cursor.nextAttemptAt === undefined ? 0 : Math.max(0, Date.parse(cursor.nextAttemptAt) - now);
}

/** What a `delete` hook set out to delete. */
export function recordObjects(operation: Operation, recorded: readonly RecordedObject[]): Operation {
  return { ...operation, cursor: { ...operation.cursor, recorded } };
}

/** What the running action waits for. */
export function waitFor(operation: Operation, message: string): Operation {
  return { ...operation, message: clip(message, longestMessage) };
}

/** To the boundary after the running step. Equal to `plan.length` when the operation is done. */
export function finishStep(operation: Operation): Operation {
  const { stepStartedAt: _, ...rest } = withoutMessage(operation);
  return { ...rest, cursor: { step: operation.cursor.step + 1 } };
}

/** Milliseconds since the running action was first started. */
export function actionAgeMs(operation: Operation, now: number): number {
  const { actionStartedAt } = operation.cursor;
  return actionStartedAt === undefined ? 0 : now - Date.parse(actionStartedAt);
}

function withoutMessage(operation: Operation): Operation {
  const { message: _, ...rest } = operation;
  return rest;
}
