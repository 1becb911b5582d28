import type { Connectivity } from "./model.ts";

/** So many heartbeats in a row may be missing before a cluster counts as offline. */
const MISSED_HEARTBEATS = 3;

/** Agents choose their interval; a silly one must not keep a dead cluster online for hours, nor make a live one flicker. */
const MIN_INTERVAL_MS = 100;
const MAX_INTERVAL_MS = 5 * 60_000;

export interface SignOfLife {
  /** When the newest heartbeat arrived, by the hub's clock. */
  readonly lastSeenAtMs: number;
  /** Of its heartbeats. */
  readonly intervalMs: number;
  /** Since when the hub can receive at all: a hub that was cut off must not declare the fleet dead. */
  readonly listeningSinceMs: number;
}

/** The interval that an agent announces, within reason. */
export function plausibleIntervalMs(announcedMs: number): number {
  return Math.min(Math.max(announcedMs, MIN_INTERVAL_MS), MAX_INTERVAL_MS);
}

/** When the cluster becomes offline unless another heartbeat comes. */
function offlineAtMs(sign: SignOfLife): number {
  return Math.max(sign.lastSeenAtMs, sign.listeningSinceMs) + MISSED_HEARTBEATS * sign.intervalMs;
}

/** Whether a cluster counts as online. */
export function connectivityAt(sign: SignOfLife, nowMs: number): Connectivity {
  return nowMs > offlineAtMs(sign) ? "Offline" : "Online";
}
