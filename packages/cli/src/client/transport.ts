import { randomUUID } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { CliError } from "../errors/mod.ts";
import { parseJson } from "./json.ts";
import { HubProblem, readProblem } from "./problem.ts";

/** A command is not done later than this: long after nobody waits for its answer any more. */
const COMMAND_EXPIRES_MS = 5 * 60_000;
/** Pauses before a command is sent again: another replica may answer, or the hub may be back. */
const COMMAND_PAUSES_MS = [200, 1_000];
/** What a hub, or a proxy before it, says when it cannot do it now. */
const PASSING_STATUS: ReadonlySet<number> = new Set([502, 503, 504]);

/** An answer that has ended. */
interface Whole {
  readonly response: Response;
  readonly text: string;
}

/** Requests to one hub: in whose name, for how long, and what is told when no answer comes. */
export class Transport {
  readonly server: string;
  readonly timeoutMs: number;
  readonly #asked = new WeakMap<Response, string>();

  constructor(server: string, timeoutMs: number) {
    this.server = server;
    this.timeoutMs = timeoutMs;
  }

  /** The whole answer of a hub that did it. @throws HubProblem; CliError HubUnreachable, HubTimeout, UnexpectedAnswer */
  async send(request: Request): Promise<Response> {
    const headers = new Headers(request.headers);
    headers.set("x-portolan-actor", actor());
    const asked = `${request.method} ${new URL(request.url).pathname}`;
    const signal = AbortSignal.timeout(this.timeoutMs);
    const { response, text } = await this.#told(() =>
      request.method === "GET" ? fetchWhole(new Request(request, { headers, signal }), []) : sendCommand(request, headers, signal),
    );
    if (!response.ok) {
      throw this.#refusal(asked, response.status, text);
    }
    if (text !== "" && parseJson(text) === undefined) {
      throw this.unexpected(asked, "no JSON");
    }
    const whole = new Response(text === "" ? null : text, response);
    this.#asked.set(whole, asked);
    return whole;
  }

  /** What an answer is to: `GET /v1/clusters`. */
  askedFor(response: Response): string {
    return this.#asked.get(response) ?? "";
  }

  /** An answer that does not end by itself. @throws HubProblem; CliError HubUnreachable, HubTimeout, UnexpectedAnswer */
  async open(path: string, headers: { readonly [name: string]: string }, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const response = await this.#told(() => fetch(`${this.server}${path}`, { headers, signal }));
    if (!response.ok || response.body === null) {
      throw this.#refusal(`GET ${path}`, response.status, await response.text());
    }
    return response.body;
  }

  #refusal(asked: string, status: number, text: string): Error {
    const problem = readProblem(parseJson(text));
    return problem === undefined ? this.unexpected(asked, `status ${status}, and no problem document`) : new HubProblem(status, problem);
  }

  unexpected(asked: string, found: string): CliError {
    return new CliError("UnexpectedAnswer", `${this.server} does not answer like a hub to ${asked}: ${found}`, {
      hint: "is that (--server, PORTOLAN_SERVER or the current context) the address of a hub, and is the hub as new as this command?",
    });
  }

  async #told<T>(action: () => Promise<T>): Promise<T> {
    try {
      return await action();
    } catch (error) {
      if (error instanceof DOMException && error.name === "TimeoutError") {
        throw new CliError("HubTimeout", `the hub at ${this.server} has not answered within ${this.timeoutMs / 1000} s`, { cause: error });
      }
      if (error instanceof TypeError) {
        throw this.#unreachable(error);
      }
      throw error;
    }
  }

  /** What `fetch` says of the network stands in the cause. */
  #unreachable(error: TypeError): CliError {
    const code = networkCode(error.cause);
    return new CliError(
      "HubUnreachable",
      code === "ECONNREFUSED" ? `no hub answers at ${this.server}` : `the hub at ${this.server} cannot be reached: ${code}`,
      {
        hint: "start one, or say where it is: --server, PORTOLAN_SERVER, or portolan config set-context",
        cause: error,
      },
    );
  }
}

/**
 * Sends what is done once, and not long after it was wished. Where the hub's clock is minutes ahead it has expired on arrival: then it is
 * sent again with the time that the hub tells.
 */
async function sendCommand(request: Request, headers: Headers, signal: AbortSignal): Promise<Whole> {
  const startedAtMs = performance.now();
  const send = (nowMs: number): Promise<Whole> => {
    const leftMs = COMMAND_EXPIRES_MS - (performance.now() - startedAtMs);
    headers.set("x-portolan-not-after", new Date(nowMs + leftMs).toISOString());
    return fetchWhole(new Request(request.clone(), { headers, signal }), COMMAND_PAUSES_MS);
  };
  headers.set("idempotency-key", randomUUID());
  const answer = await send(Date.now());
  const { code, now = "" } = (answer.response.ok ? undefined : readProblem(parseJson(answer.text))) ?? {};
  const hubNowMs = code === "CommandExpired" ? Date.parse(now) : Number.NaN;
  return Number.isNaN(hubNowMs) ? answer : await send(hubNowMs);
}

/** Sends it again, under the same key, while the connection breaks or the hub cannot do it now: what was done is not done twice. */
async function fetchWhole(request: Request, pausesMs: readonly number[]): Promise<Whole> {
  for (const pauseMs of pausesMs) {
    try {
      const response = await fetch(request.clone());
      const text = await response.text();
      if (!PASSING_STATUS.has(response.status)) {
        return { response, text };
      }
    } catch (error) {
      // Where nobody listens, nothing has begun.
      if (!(error instanceof TypeError) || networkCode(error.cause) === "ECONNREFUSED") {
        throw error;
      }
    }
    await sleep(pauseMs);
  }
  const response = await fetch(request);
  return { response, text: await response.text() };
}

/** Who runs the command, for the hub's audit record: `user@host`. The hub does not check it yet. */
function actor(): string {
  return `${userName()}@${hostname()}`.replaceAll(/[^\x21-\x7e]/gu, "_").slice(0, 256);
}

function userName(): string {
  try {
    return userInfo().username;
  } catch {
    // A user id without an entry in the system's list of users, as containers have it.
    return `uid-${process.getuid?.() ?? "unknown"}`;
  }
}

/** Of several addresses that were tried, the first one's. */
function networkCode(cause: unknown): string {
  if (cause instanceof AggregateError) {
    return networkCode(cause.errors[0]);
  }
  return cause instanceof Error ? ("code" in cause ? String(cause.code) : cause.message) : "the connection failed";
}
