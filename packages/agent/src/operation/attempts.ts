/** How often an action is tried, and how long it may take. Pure. */
import type { Operation } from "../resources/mod.ts";
import { timeoutOf, type Action } from "./actions.ts";
import { actionAgeMs } from "./cursor.ts";

/** Errors that may pass are given some minutes to do so: the pauses between so many attempts are about ten minutes together. */
export const mostAttempts = 24;
const shortestPauseMs = 500;
const longestPauseMs = 30_000;

/** Why an action is not gone on with; a stable code and one sentence. */
export interface GivenUp {
  readonly code: "Timeout" | "TooManyAttempts";
  readonly message: string;
}

/** Whether an action that has not come to its end has taken too long. `message`: what it waits for, or what went wrong last. */
export function overdue(operation: Operation, action: Action, message: string, now: number): GivenUp | undefined {
  const seconds = timeoutOf(action);
  if (actionAgeMs(operation, now) <= seconds * 1000) return undefined;
  return { code: "Timeout", message: `${action.name} took longer than ${seconds} s: ${message}` };
}

/** How long to wait before the next attempt of an action that met an error that may pass: twice as long each time, up to half a minute. */
export function pauseOf({ cursor }: Operation): number {
  return Math.min(shortestPauseMs * 2 ** ((cursor.attempt ?? 1) - 1), longestPauseMs);
}

/** Whether an action that met such an error was tried often enough, or for long enough. */
export function givenUp(operation: Operation, action: Action, message: string, now: number): GivenUp | undefined {
  const attempt = operation.cursor.attempt ?? 1;
  if (attempt >= mostAttempts) return { code: "TooManyAttempts", message: `${action.name} was tried ${attempt} times: ${message}` };
  return overdue(operation, action, message, now);
}
