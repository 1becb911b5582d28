import { reasonOf, type Clock } from "./clock.ts";

export interface Deadline {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly onTimeout: () => Error;
}

/**
 * Runs `work` until it is done, the time is up or the caller's signal is aborted. Work that heeds its own signal is ended;
 * work that does not (a server that hangs in the same process) is left behind.
 */
export function withDeadline<T>(deadline: Deadline, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { clock, timeoutMs, signal, onTimeout } = deadline;
  return new Promise<T>((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(reasonOf(signal));
      return;
    }
    const controller = new AbortController();
    const settle = (): void => {
      cancelTimer();
      signal?.removeEventListener("abort", onAbort);
    };
    const give = (reason: Error): void => {
      settle();
      controller.abort(reason);
      reject(reason);
    };
    const onAbort = (): void => {
      if (signal !== undefined) give(reasonOf(signal));
    };
    const cancelTimer = clock.schedule(timeoutMs, () => give(onTimeout()));
    signal?.addEventListener("abort", onAbort, { once: true });
    work(controller.signal).finally(settle).then(resolve, reject);
  });
}

/** Waits for a promise that others wait for too: the signal ends this wait, not the work. */
export function untilAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise<T>((resolve, reject) => {
    if (signal.aborted) {
      reject(reasonOf(signal));
      return;
    }
    const onAbort = (): void => reject(reasonOf(signal));
    signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
