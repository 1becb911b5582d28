import type { Clock } from "./clock.ts";
import { withDeadline } from "./deadline.ts";
import { ClientReason, KubeError } from "./errors.ts";
import { errorFromAnswer } from "./status-error.ts";
import type { KubeMethod, KubeRequest, KubeResponse, KubeTransport } from "./transport.ts";

/** One question to the API server, with the words for its error messages. */
export interface Question {
  readonly method: KubeMethod;
  readonly path: string;
  /** What is asked, naming the object: `get Deployment.apps/v1 default/web`. */
  readonly description: string;
  /** Accepted form of the answer. Default: JSON. */
  readonly accept?: string;
  readonly contentType?: string;
  /** JSON; absent for none. */
  readonly body?: unknown;
  /** The content is a Secret's and must not appear in messages. */
  readonly secret?: boolean;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
}

export interface ExchangeOptions {
  readonly transport: KubeTransport;
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly userAgent: string;
  /** The user that the API server shall take the questions for. Absent: whoever the transport is. */
  readonly impersonate?: string;
}

/** Puts questions to an API server: JSON in and out, one deadline for the whole exchange, every failure a KubeError. */
export class Exchange {
  readonly #options: ExchangeOptions;

  constructor(options: ExchangeOptions) {
    this.#options = options;
  }

  /** The answer's JSON. */
  async ask(question: Question): Promise<unknown> {
    return await this.#ask(question, (status, text) => parseAnswer(question, status, text));
  }

  /** The answer as it is. */
  async askText(question: Question): Promise<string> {
    return await this.#ask(question, (_, text) => text);
  }

  async #ask<T>(question: Question, read: (status: number, text: string) => T): Promise<T> {
    const { clock } = this.#options;
    const timeoutMs = question.timeoutMs ?? this.#options.timeoutMs;
    const onTimeout = (): KubeError => timeoutError(question, timeoutMs);
    return await withDeadline({ clock, timeoutMs, signal: question.signal, onTimeout }, async (signal) => {
      const response = await this.#send(question, signal);
      const text = await readText(question, response, signal);
      if (response.status >= 400) throw errorFromAnswer(question.description, { ...response, text }, question.secret ?? false);
      return read(response.status, text);
    });
  }

  /**
   * The answer's body as it comes. The deadline covers the wait for its beginning; `lifetime` ends the body.
   *
   * @throws KubeError when the server refuses
   */
  async open(question: Question, lifetime: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const { clock } = this.#options;
    const timeoutMs = question.timeoutMs ?? this.#options.timeoutMs;
    const onTimeout = (): KubeError => timeoutError(question, timeoutMs);
    return await withDeadline({ clock, timeoutMs, signal: lifetime, onTimeout }, async (opening) => {
      const response = await this.#send(question, AbortSignal.any([opening, lifetime]));
      if (response.status < 400) return response.body;
      const text = await readText(question, response, opening);
      throw errorFromAnswer(question.description, { ...response, text }, question.secret ?? false);
    });
  }

  async #send(question: Question, signal: AbortSignal): Promise<KubeResponse> {
    const body = question.body === undefined ? undefined : JSON.stringify(question.body);
    const { userAgent, impersonate } = this.#options;
    const request: KubeRequest = {
      method: question.method,
      path: question.path,
      headers: {
        accept: question.accept ?? "application/json",
        "user-agent": userAgent,
        ...(impersonate === undefined ? {} : { "impersonate-user": impersonate }),
        ...(body === undefined ? {} : { "content-type": question.contentType ?? "application/json" }),
      },
      ...(body === undefined ? {} : { body }),
      signal,
    };
    try {
      return await this.#options.transport(request);
    } catch (error) {
      throw connectionError(question.description, error, signal);
    }
  }
}

async function readText(question: Question, response: KubeResponse, signal: AbortSignal): Promise<string> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of response.body) chunks.push(chunk);
  } catch (error) {
    throw connectionError(question.description, error, signal);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseAnswer(question: Question, status: number, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new KubeError({
      status,
      reason: ClientReason.MalformedResponse,
      request: question.description,
      detail: `expected JSON, found ${text.length} characters of something else`,
      cause: error,
    });
  }
}

/** A failure below HTTP. An abort keeps its own reason. */
export function connectionError(request: string, error: unknown, signal: AbortSignal): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof KubeError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new KubeError({ status: 0, reason: ClientReason.ConnectionFailed, request, detail, cause: error });
}

function timeoutError(question: Question, timeoutMs: number): KubeError {
  return new KubeError({
    status: 0,
    reason: ClientReason.Timeout,
    request: question.description,
    detail: `no complete answer within ${timeoutMs} ms`,
  });
}
