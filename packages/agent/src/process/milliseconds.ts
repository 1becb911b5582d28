import { ConfigError } from "./config-error.ts";

const longestMs = 3_600_000;

/**
 * A setting that is a time.
 *
 * @param flag its name on the command line, for the message
 * @throws ConfigError unless it is a whole number of milliseconds, from the shortest allowed to an hour
 */
export function milliseconds(flag: string, text: string, shortestMs: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < shortestMs || value > longestMs) {
    throw new ConfigError(`expected ${shortestMs} to ${longestMs} ms in --${flag}, found ${JSON.stringify(text)}`);
  }
  return value;
}
