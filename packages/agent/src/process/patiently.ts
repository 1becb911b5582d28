import type { Logger } from "pino";
import { sleep, systemClock } from "../kube/mod.ts";

const retryMs = 2_000;

/** The API server may come later than the agent, or be away for a while: then the start is tried again. Undefined when the signal ended it. */
export async function patiently<T>(what: string, logger: Logger, signal: AbortSignal, start: () => Promise<T>): Promise<T | undefined> {
  while (!signal.aborted) {
    try {
      return await start();
    } catch (error) {
      if (signal.aborted) return undefined;
      logger.error({ err: error }, `the agent could not ${what} and tries again in ${retryMs / 1000} s`);
      await sleep(systemClock, retryMs, signal).catch(() => undefined);
    }
  }
  return undefined;
}
