import { ClientReason, KubeError, type StatusCause } from "./errors.ts";
import { parseStatus, type Status } from "./parse.ts";

/** metav1.StatusReason by HTTP status, for proxies and old servers that answer without a Status. */
const REASON_BY_STATUS: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  405: "MethodNotAllowed",
  406: "NotAcceptable",
  409: "Conflict",
  410: "Expired",
  413: "RequestEntityTooLarge",
  415: "UnsupportedMediaType",
  422: "Invalid",
  429: "TooManyRequests",
  500: "InternalError",
  501: "NotImplemented",
  503: "ServiceUnavailable",
  504: "Timeout",
};

const UNSERVED = /could not find the requested resource|page not found/u;

const LONGEST_QUOTE = 1_000;

export interface RefusedAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** The body as it came, JSON or not. */
  readonly text: string;
}

/**
 * What a refusal of the server means.
 *
 * @param request what was asked, naming the object
 * @param secret true when the request carried a Secret: a complaint about its content may quote it, so only the fields are named
 */
export function errorFromAnswer(request: string, answer: RefusedAnswer, secret: boolean): KubeError {
  const status = parseStatus(parseJson(answer.text));
  const retryAfterMs = retryAfter(answer.headers, status);
  return new KubeError({
    status: answer.status,
    reason: isUnservedPath(answer.status, status) ? ClientReason.NoKindMatch : reasonOfAnswer(answer.status, status),
    request,
    detail: detailOf(answer, status, secret),
    causes: secret ? withheld(status?.causes ?? []) : (status?.causes ?? []),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** A Status that arrived as a watch's ERROR event, behind a 200. */
export function errorFromStatus(request: string, value: unknown): KubeError {
  const status = parseStatus(value);
  const code = status?.code ?? 500;
  return new KubeError({
    status: code,
    reason: reasonOfAnswer(code, status),
    request,
    detail: quote(status?.message ?? "the watch ended with an error of unknown form"),
    causes: status?.causes ?? [],
    ...(status?.retryAfterSeconds === undefined ? {} : { retryAfterMs: status.retryAfterSeconds * 1000 }),
  });
}

/**
 * A 404 for an object that is not there names the object. One for a path that nothing serves is plain text (the API server's own
 * handler) or names nothing ("the server could not find the requested resource").
 */
function isUnservedPath(code: number, status: Status | undefined): boolean {
  return code === 404 && (status === undefined || (status.objectName === undefined && UNSERVED.test(status.message)));
}

function reasonOfAnswer(code: number, status: Status | undefined): string {
  if (status !== undefined && status.reason !== "" && status.reason !== "Unknown") return status.reason;
  return REASON_BY_STATUS[code] ?? "Unknown";
}

function detailOf(answer: RefusedAnswer, status: Status | undefined, secret: boolean): string {
  const contentRefused = answer.status === 400 || answer.status === 422;
  if (secret && contentRefused) {
    const fields = (status?.causes ?? []).map((cause) => `${cause.field} ${cause.reason}`);
    return fields.length > 0
      ? `refused: ${fields.join(", ")}`
      : "refused; the server's words are withheld because they may quote the secret";
  }
  const message = status?.message ?? answer.text.trim();
  return message === "" ? "the server gave no explanation" : quote(message);
}

function withheld(causes: readonly StatusCause[]): StatusCause[] {
  return causes.map(({ reason, field }) => ({ reason, field, message: "" }));
}

function retryAfter(headers: Readonly<Record<string, string>>, status: Status | undefined): number | undefined {
  const header = headers["retry-after"];
  const seconds = header === undefined ? status?.retryAfterSeconds : Number(header);
  return seconds !== undefined && Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
}

function quote(text: string): string {
  return text.length > LONGEST_QUOTE ? `${text.slice(0, LONGEST_QUOTE)}…` : text;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: a proxy's page or the server's plain "404 page not found". It is quoted as it is.
    return undefined;
  }
}
