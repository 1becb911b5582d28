/** What a follower knows of its stream. */
export interface Known {
  /** When the stream that was read from was made, as the server says it. */
  readonly created: string;
  /** Highest sequence that was delivered; 0 when none was. */
  readonly lastSequence: number;
  /** The server that it was read from: one that restarted has another id. */
  readonly serverId: string;
}

/** What a look at the stream found. */
export interface Observed {
  readonly created: string;
  readonly lastSequence: number;
  readonly serverId: string;
}

/** What a follower is doing. */
export interface FollowerState {
  /** Whether it has a consumer that it does not doubt. */
  readonly consuming: boolean;
  /** Whether it reads the last value of every subject (or else a log). */
  readonly lastValues: boolean;
}

export type FollowDecision =
  /** The consumer reads the right stream. */
  | { readonly action: "keep" }
  /** Read from the start; `reset` when what was delivered so far no longer holds. */
  | { readonly action: "restart"; readonly reset: boolean }
  /** Read on after this sequence. */
  | { readonly action: "resume"; readonly after: number };

/**
 * What a follower does next, when there is a stream.
 *
 * An ordered consumer stays silent for good when its stream is made anew, so the stream's time of creation is compared. A server that
 * restarted after a crash may have lost the end of the stream, and sequences are then given a second time: when the stream is shorter
 * than what was read, nothing that was read is certain; when it is not, only reading it again from the start finds what took the place
 * of the lost messages. That is done for last values only: a log that is read again would be told twice.
 */
export function decideFollow(known: Known | undefined, observed: Observed, follower: FollowerState): FollowDecision {
  if (known === undefined) return { action: "restart", reset: false };
  if (observed.created !== known.created || observed.lastSequence < known.lastSequence) return { action: "restart", reset: true };
  if (follower.consuming) return { action: "keep" };
  return follower.lastValues && observed.serverId !== known.serverId
    ? { action: "restart", reset: false }
    : { action: "resume", after: known.lastSequence };
}
