/**
 * Which of several agents of one cluster acts: the one that holds a Lease. It knows by its own clock until when, and lets nothing
 * through afterwards. What it acts on is not known here.
 */
export type { LeaseTiming } from "./decide-lease.ts";
export { Election, type ElectionOptions } from "./election.ts";
export { fencedTransport } from "./fence.ts";
export { Leadership, LeadershipLostError, type RightToAct, type TimeLeft } from "./leadership.ts";
export { leaderGauge } from "./metrics.ts";
export { holderIdentity, hostOfHolder, LEASE_NAME, leaseRef, readLease, type LeaseRecord } from "./lease.ts";
