/** Settings of the leader election. */
import type { LeaseTiming } from "../leadership/mod.ts";
import { ConfigError } from "./config-error.ts";
import { milliseconds } from "./milliseconds.ts";

export const leaseFlags = {
  "leader-elect": { type: "boolean" },
  "lease-duration-ms": { type: "string" },
  "lease-renew-deadline-ms": { type: "string" },
  "lease-retry-period-ms": { type: "string" },
} as const;

/** As client-go has them. */
const defaults = { "lease-duration-ms": "15000", "lease-renew-deadline-ms": "10000", "lease-retry-period-ms": "2000" } as const;
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
  const time = (flag: keyof typeof defaults): number => milliseconds(flag, setting(flag) ?? defaults[flag], 1);
  const [durationMs, renewDeadlineMs, retryPeriodMs] = [
    time("lease-duration-ms"),
    time("lease-renew-deadline-ms"),
    time("lease-retry-period-ms"),
  ];
  if (durationMs < shortestDurationMs || durationMs <= renewDeadlineMs || renewDeadlineMs <= retryPeriodMs) {
    throw new ConfigError(
      `expected --lease-duration-ms (at least ${shortestDurationMs}) > --lease-renew-deadline-ms > --lease-retry-period-ms, found ${durationMs}, ${renewDeadlineMs}, ${retryPeriodMs}`,
    );
  }
  return elect === "true" ? { durationMs, renewDeadlineMs, retryPeriodMs } : undefined;
}
