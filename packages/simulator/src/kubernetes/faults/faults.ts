import type { KubeRequest, KubeResponse, KubeTransport } from "@portolan/agent/kube";
import { ApiError } from "../errors/mod.ts";
import { jsonResponse } from "../http/mod.ts";

/** What a failing API server does with a request. */
export type FaultResponse =
  /** Never answers, until the client gives up. */
  | "hang"
  /** Cuts the connection. */
  | "drop"
  | {
      readonly status: number;
      readonly reason?: string;
      readonly message?: string;
      readonly headers?: Readonly<Record<string, string>>;
    };

export type Fault = {
  readonly match: (request: KubeRequest) => boolean;
  readonly respond: FaultResponse;
  /** How many matching requests fail; absent: all, until the fault is removed. */
  readonly times?: number;
};

/** Faults that tests put between a client and the cluster. */
export type Faults = {
  /** The result takes the fault away. */
  readonly add: (fault: Fault) => () => void;
  readonly clear: () => void;
};

/** What a client of a dropped connection sees. */
export class ConnectionDropped extends Error {
  override readonly name = "ConnectionDropped";
  readonly code = "ECONNRESET";

  constructor(request: KubeRequest) {
    super(`connection reset while serving ${request.method} ${request.path}`);
  }
}

const REASONS: Readonly<Record<number, string>> = {
  400: "BadRequest",
  401: "Unauthorized",
  403: "Forbidden",
  404: "NotFound",
  409: "Conflict",
  410: "Expired",
  429: "TooManyRequests",
  500: "InternalError",
  503: "ServiceUnavailable",
  504: "Timeout",
};

/** The transport with faults in front of it. */
export function withFaults(transport: KubeTransport): {
  transport: KubeTransport;
  faults: Faults;
} {
  const active = new Map<Fault, number>();
  const take = (request: KubeRequest): Fault | undefined => {
    for (const [fault, left] of active) {
      if (!fault.match(request)) continue;
      if (left <= 1) active.delete(fault);
      else active.set(fault, left - 1);
      return fault;
    }
    return undefined;
  };
  return {
    transport: (request) => {
      const fault = take(request);
      return fault === undefined ? transport(request) : fail(request, fault.respond);
    },
    faults: {
      add: (fault) => {
        active.set(fault, fault.times ?? Number.POSITIVE_INFINITY);
        return () => active.delete(fault);
      },
      clear: () => {
        active.clear();
      },
    },
  };
}

function fail(request: KubeRequest, respond: FaultResponse): Promise<KubeResponse> {
  if (respond === "drop") return Promise.reject(new ConnectionDropped(request));
  if (respond === "hang") return hang(request.signal);
  const reason = respond.reason ?? REASONS[respond.status] ?? "";
  const error = new ApiError(respond.status, reason, respond.message ?? reason);
  const response = jsonResponse(respond.status, error.status);
  return Promise.resolve({ ...response, headers: { ...response.headers, ...respond.headers } });
}

function hang(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_, reject) => {
    const give = (): void => {
      // An abort reason may be anything; it is passed on as it is.
      reject(signal?.reason instanceof Error ? signal.reason : new Error(String(signal?.reason)));
    };
    if (signal?.aborted === true) give();
    else signal?.addEventListener("abort", give, { once: true });
  });
}
