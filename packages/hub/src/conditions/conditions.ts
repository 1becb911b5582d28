import { z } from "zod";

/** So long a request is known by its key. */
const REMEMBERED_MS = 24 * 60 * 60 * 1000;
/** So many of a resource's newest requests are known. */
const MAX_REMEMBERED = 64;

/** A request as its key tells it from others. */
export interface RequestIdentity {
  /** Of who asks, and of the key: a digest. */
  readonly id: string;
  /** Digest of all that is asked for. */
  readonly fingerprint: string;
}

const remembered = z.object({ id: z.string(), fingerprint: z.string(), atMs: z.number() });

/** Requests that have changed a resource, oldest first: kept in the record that they have changed, so that both are stored or none is. */
export const rememberedRequestsSchema = z.array(remembered).readonly();
export type RememberedRequests = z.infer<typeof rememberedRequestsSchema>;

/** What a change is held to, beside its content, by the one who asks for it. */
export interface Conditions<State> {
  /** It is done once. */
  readonly request?: RequestIdentity;
  /** It is not done any more after this time (ms since the Unix epoch). */
  readonly notAfterMs?: number;
  /** Why what is there now is not what the one who asks has read; undefined: it is. */
  readonly unlike?: (now: State) => string | undefined;
}

export interface ConditionProblem {
  readonly code: "IdempotencyKeyReused" | "CommandExpired" | "PreconditionFailed";
  readonly message: string;
  /** Of CommandExpired: what time it is (RFC 3339), for who went by another clock. */
  readonly now?: string;
}

export type Judgement =
  | { readonly type: "Go" }
  /** The same request has done it already. */
  | { readonly type: "Done"; readonly atMs: number }
  | { readonly type: "Refused"; readonly problem: ConditionProblem };

/**
 * Whether a change may be made of what is there now. Pure: it is asked again whenever somebody else was faster. A request that was done
 * is known before anything else is looked at: it has made of the resource something else than it had read.
 */
export function judge<State>(
  { request, notAfterMs, unlike }: Conditions<State>,
  known: RememberedRequests,
  now: State,
  nowMs: number,
): Judgement {
  const same = request === undefined ? undefined : known.find(({ id, atMs }) => id === request.id && nowMs - atMs < REMEMBERED_MS);
  if (same !== undefined) {
    return same.fingerprint === request?.fingerprint
      ? { type: "Done", atMs: same.atMs }
      : refused("IdempotencyKeyReused", "this Idempotency-Key came with another request before: take a new one");
  }
  if (notAfterMs !== undefined && nowMs > notAfterMs) {
    const end = new Date(notAfterMs).toISOString();
    const now = new Date(nowMs).toISOString();
    const message = `it was to be done until ${end}, and it is ${now} for the hub: look at what is there, and ask again (or set the clock, if it differs)`;
    return { type: "Refused", problem: { code: "CommandExpired", message, now } };
  }
  const problem = unlike?.(now);
  return problem === undefined ? { type: "Go" } : refused("PreconditionFailed", problem);
}

/** What is known after a request was done: no more than a record may grow by, and nothing that has expired. */
export function remember(known: RememberedRequests, request: RequestIdentity, atMs: number): RememberedRequests {
  return [...known.filter((each) => atMs - each.atMs < REMEMBERED_MS), { ...request, atMs }].slice(-MAX_REMEMBERED);
}

function refused(code: ConditionProblem["code"], message: string): Judgement {
  return { type: "Refused", problem: { code, message } };
}
