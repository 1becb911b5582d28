/** How an operation moves: pure functions from one operation to the next. What they return is written before anything is done. */
import type { Operation, RecordedObject } from "../resources/mod.ts";

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

/** Another attempt of the same action, with the reason of the last one. */
export function retryAction(operation: Operation, message: string): Operation {
  return { ...operation, message, cursor: { ...operation.cursor, attempt: (operation.cursor.attempt ?? 1) + 1 } };
}

/** What a `delete` hook set out to delete. */
export function recordObjects(operation: Operation, recorded: readonly RecordedObject[]): Operation {
  return { ...operation, cursor: { ...operation.cursor, recorded } };
}

/** What the running action waits for. */
export function waitFor(operation: Operation, message: string): Operation {
  return operation.message === message ? operation : { ...operation, message };
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
