/** Settings of the leader election. */
import type { LeaseTiming } from "../leadership/mod.ts";
import { ConfigError } from "./config-error.ts";

export const leaseFlags = {
  "leader-elect": { type: "boolean" },
  "lease-duration-ms": { type: "string" },
  "lease-renew-deadline-ms": { type: "string" },
  "lease-retry-period-ms": { type: "string" },
} as const;

/** As client-go has them. */
const defaults = { durationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 };
/** A Lease counts whole seconds. */
const shortestDurationMs = 1_000;

/**
 * Absent when it is switched off: then whoever starts the agent sees to it that there is only one.
 *
 * @param setting the text of a setting, by its flag
 * @throws ConfigError
 */
export function leaseConfig(setting: (flag: keyof typeof leaseFlags) => string | undefined): LeaseTiming | undefined {
  const elect = setting("leader-elect") ?? "true";
  if (elect !== "true" && elect !== "false") {
    throw new ConfigError(`expected true or false in PORTOLAN_LEADER_ELECT, found ${JSON.stringify(elect)}`);
  }
  const durationMs = milliseconds("lease-duration-ms", setting, defaults.durationMs);
  const renewDeadlineMs = milliseconds("lease-renew-deadline-ms", setting, defaults.renewDeadlineMs);
  const retryPeriodMs = milliseconds("lease-retry-period-ms", setting, defaults.retryPeriodMs);
  if (durationMs < shortestDurationMs || durationMs <= renewDeadlineMs || renewDeadlineMs <= retryPeriodMs) {
    throw new ConfigError(
      `expected --lease-duration-ms (at least ${shortestDurationMs}) > --lease-renew-deadline-ms > --lease-retry-period-ms, found ${durationMs}, ${renewDeadlineMs}, ${retryPeriodMs}`,
    );
  }
  return elect === "true" ? { durationMs, renewDeadlineMs, retryPeriodMs } : undefined;
}

function milliseconds(
  flag: keyof typeof leaseFlags,
  setting: (flag: keyof typeof leaseFlags) => string | undefined,
  fallback: number,
): number {
  const text = setting(flag);
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 3_600_000) {
    throw new ConfigError(`expected 1 to 3600000 ms in --${flag}, found ${JSON.stringify(text)}`);
  }
  return value;
}
