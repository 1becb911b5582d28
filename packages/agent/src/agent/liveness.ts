/** What an agent shows of its inner life, in ms. */
export interface Pulse {
  /** Since the watch of the instances heard anything, a failure included. */
  readonly quietMs: number;
  /** Of the reconcile that has been running for longest; 0 when none runs. */
  readonly longestReconcileMs: number;
}

/** A silent watch is ended after 90 s, a request after 30 s, and a pause is no silence. */
const longestQuietMs = 900_000;
/** helm works beside the reconciles; the longest that one waits for is a chart being pulled, which is given up after 5 minutes. */
const longestReconcileMs = 3_600_000;

/**
 * What is stuck, so that only a new process would help; undefined when nothing is. An API server that cannot be reached, or work that
 * fails, is no reason: a new process would find the same, and what the old one knows would be lost.
 */
export function findStuck(pulse: Pulse): string | undefined {
  if (pulse.quietMs > longestQuietMs) {
    return `the watch of the instances has neither heard nor tried anything for ${inMinutes(pulse.quietMs)} minutes`;
  }
  if (pulse.longestReconcileMs > longestReconcileMs) {
    return `a reconcile has been running for ${inMinutes(pulse.longestReconcileMs)} minutes`;
  }
  return undefined;
}

function inMinutes(ms: number): number {
  return Math.floor(ms / 60_000);
}
