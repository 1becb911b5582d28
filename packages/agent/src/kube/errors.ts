/**
 * Why a request did not give what was asked for: the API server's own reason (`NotFound`, `Conflict`, `Invalid`, … , see
 * metav1.StatusReason), or one of the client's for answers that never came.
 */
export type KubeErrorReason = string;

/** The client's own reasons. */
export const ClientReason = {
  /** No answer, or no end of it, within the request's time; also what an API server says of itself with 504. */
  Timeout: "Timeout",
  /** A watch whose server fell silent. */
  Inactive: "Inactive",
  /** No connection, or one that broke before the answer was complete. */
  ConnectionFailed: "ConnectionFailed",
  /** The answer is not what the Kubernetes API promises. */
  MalformedResponse: "MalformedResponse",
  /** The server knows no such kind: its CustomResourceDefinition or its aggregated API is not there. */
  NoKindMatch: "NoKindMatch",
} as const;

/** One field's or one owner's part in a refusal (metav1.StatusCause). */
export interface StatusCause {
  /** `FieldValueInvalid`, `FieldManagerConflict`, … */
  readonly reason: string;
  readonly message: string;
  /** A path such as `spec.replicas`. */
  readonly field: string;
}

export interface KubeErrorInit {
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  readonly reason: KubeErrorReason;
  /** What was asked, naming the object: `get Deployment.apps/v1 default/web`. */
  readonly request: string;
  /** What the server said, or what went wrong. */
  readonly detail: string;
  readonly causes?: readonly StatusCause[];
  /** How long the server wants to be left alone. */
  readonly retryAfterMs?: number;
  readonly cause?: unknown;
}

/** The one error that the Kubernetes client throws, besides the reason of a signal that the caller aborted. */
export class KubeError extends Error {
  override readonly name = "KubeError";
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  readonly reason: KubeErrorReason;
  readonly request: string;
  readonly detail: string;
  readonly causes: readonly StatusCause[];
  readonly retryAfterMs: number | undefined;

  constructor(init: KubeErrorInit) {
    super(`${init.request}: ${init.detail} (${init.status === 0 ? init.reason : `${init.status} ${init.reason}`})`, { cause: init.cause });
    this.status = init.status;
    this.reason = init.reason;
    this.request = init.request;
    this.detail = init.detail;
    this.causes = init.causes ?? [];
    this.retryAfterMs = init.retryAfterMs;
  }
}

function has(error: unknown, reason: KubeErrorReason): error is KubeError {
  return error instanceof KubeError && error.reason === reason;
}

/** The object is not there. A kind that is not there is `isNoKindMatch`. */
export function isNotFound(error: unknown): error is KubeError {
  return has(error, "NotFound");
}

export function isNoKindMatch(error: unknown): error is KubeError {
  return has(error, ClientReason.NoKindMatch);
}

/** Somebody else wrote first, a precondition does not hold, or (server-side apply) another manager owns a field: see `causes`. */
export function isConflict(error: unknown): error is KubeError {
  return has(error, "Conflict");
}

/** The managers and fields of a server-side apply conflict; empty for every other error. */
export function fieldConflicts(error: unknown): readonly StatusCause[] {
  return isConflict(error) ? error.causes.filter((cause) => cause.reason === "FieldManagerConflict") : [];
}

export function isAlreadyExists(error: unknown): error is KubeError {
  return has(error, "AlreadyExists");
}

export function isInvalid(error: unknown): error is KubeError {
  return has(error, "Invalid");
}

export function isForbidden(error: unknown): error is KubeError {
  return has(error, "Forbidden");
}

/** The resourceVersion, or the continue token, is older than the server's history. */
export function isExpired(error: unknown): error is KubeError {
  return error instanceof KubeError && error.status === 410;
}

export function isTimeout(error: unknown): error is KubeError {
  return has(error, ClientReason.Timeout);
}
