import type { BusLogger } from "./model.ts";

/**
 * Wraps a handler that the client library calls while it parses the connection's bytes: an exception there would end the reader and
 * silence the connection for good, so it is logged instead.
 */
export function guarded<Args extends readonly unknown[]>(
  logger: BusLogger | undefined,
  what: string,
  handler: (...args: Args) => void,
): (...args: Args) => void {
  return (...args) => {
    try {
      handler(...args);
    } catch (error) {
      logger?.error({ err: error }, `a handler of ${what} failed`);
    }
  };
}
