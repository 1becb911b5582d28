import type { LeaseRecord } from "./lease.ts";

export interface LeaseTiming {
  /** How long a leader may be silent before others may take the Lease. */
  readonly durationMs: number;
  /** How long a leader acts after it has last renewed the Lease. Shorter than the duration: it ends before another one can begin. */
  readonly renewDeadlineMs: number;
  /** Between two renewals, and between two looks of a candidate. */
  readonly retryPeriodMs: number;
}

/** All that one candidate knows. Times are of its own monotonic clock; those that stand in the Lease are by another's clock and say nothing. */
export interface LeaseView {
  readonly identity: string;
  readonly timing: LeaseTiming;
  /** As it was last read or written; undefined when there is none. */
  readonly lease: LeaseRecord | undefined;
  /** When it was first seen in this state. */
  readonly seenAt: number;
  /** When the request was sent that last made, or kept, this candidate the leader; undefined when it does not lead. */
  readonly renewedAt: number | undefined;
}

export type LeaseAction =
  | { readonly do: "create" }
  /** Write oneself into a Lease that is free. */
  | { readonly do: "acquire" }
  | { readonly do: "renew" }
  | { readonly do: "wait"; readonly ms: number }
  /** The leader leads no more. */
  | { readonly do: "stepDown"; readonly reason: "RenewDeadlineExceeded" | "TakenByAnother" };

/**
 * What a candidate, or the leader, does next; after client-go's leader election. A Lease whose holder may have died is waited for by the
 * time that it was seen unchanged, so clocks that disagree do no harm.
 *
 * @param now by the monotonic clock of the view
 */
export function decideLease(view: LeaseView, now: number): LeaseAction {
  return view.renewedAt === undefined ? decideCandidate(view, now) : decideLeader(view, view.renewedAt, now);
}

function decideLeader({ identity, timing, lease }: LeaseView, renewedAt: number, now: number): LeaseAction {
  if (now >= renewedAt + timing.renewDeadlineMs) return { do: "stepDown", reason: "RenewDeadlineExceeded" };
  // Somebody deleted it. Until the deadline nobody else can have taken it for long.
  if (lease === undefined) return { do: "create" };
  if (lease.holder !== identity) return { do: "stepDown", reason: "TakenByAnother" };
  const next = renewedAt + timing.retryPeriodMs;
  return now >= next ? { do: "renew" } : { do: "wait", ms: next - now };
}

function decideCandidate({ identity, timing, lease, seenAt }: LeaseView, now: number): LeaseAction {
  if (lease === undefined) return { do: "create" };
  // With its own name in it, the answer to its own write was lost.
  if (lease.holder === "" || lease.holder === identity) return { do: "acquire" };
  const free = seenAt + lease.durationMs;
  return now >= free ? { do: "acquire" } : { do: "wait", ms: Math.min(timing.retryPeriodMs, free - now) };
}
