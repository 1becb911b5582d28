import type { Logger } from "pino";
import { describeEndpoint, type WebhookEndpoint, type WebhookType } from "./model.ts";
import { afterAttempt, readRetryAfter, type AttemptResult, type DeliveryPolicy } from "./policy.ts";
import { signWebhook } from "./signature.ts";

/** How a message ended. */
export type DeliveryResult = "Delivered" | "GivenUp" | "Disabled" | "Overflow" | "Stopped";

export interface EndpointOptions {
  readonly endpoint: WebhookEndpoint;
  readonly policy: DeliveryPolicy;
  readonly logger: Logger;
  readonly now: () => number;
  readonly onAttempt: (outcome: string, seconds: number) => void;
  readonly onResult: (result: DeliveryResult, message: WebhookMessage) => void;
}

/** A message as it is sent, the same bytes at every attempt. */
export interface WebhookMessage {
  readonly id: string;
  readonly type: WebhookType;
  readonly rollout: string;
  readonly body: string;
}

/** A message on its way to one endpoint. */
interface Delivery {
  readonly message: WebhookMessage;
  attempts: number;
  /** Of the first attempt. */
  firstAtMs: number | undefined;
}

/**
 * One endpoint's messages. Each is tried by itself: one that the endpoint does not like does not hold up those behind it, so they may
 * arrive in another order than they were sent.
 */
export class EndpointQueue {
  readonly #options: EndpointOptions;
  readonly #ready: Delivery[] = [];
  readonly #pausing = new Map<NodeJS.Timeout, Delivery>();
  readonly #stopping = new AbortController();
  #inFlight = 0;
  #disabled = false;

  constructor(options: EndpointOptions) {
    this.#options = options;
  }

  get waiting(): number {
    return this.#ready.length + this.#pausing.size + this.#inFlight;
  }

  wants(type: WebhookType): boolean {
    return this.#options.endpoint.events?.includes(type) ?? true;
  }

  send(message: WebhookMessage): void {
    const delivery: Delivery = { message, attempts: 0, firstAtMs: undefined };
    if (this.#disabled) {
      this.#options.onResult("Disabled", message);
      return;
    }
    if (this.waiting >= this.#options.policy.maxWaiting) {
      this.#end(delivery, "Overflow", `${this.#options.policy.maxWaiting} messages wait already`);
      return;
    }
    this.#ready.push(delivery);
    this.#next();
  }

  /** Ends every attempt. */
  stop(): void {
    this.#stopping.abort();
    this.#endAllWaiting("Stopped", "the hub stops");
  }

  #next(): void {
    while (this.#inFlight < this.#options.policy.maxInFlight) {
      const delivery = this.#ready.shift();
      if (delivery === undefined) {
        return;
      }
      this.#inFlight += 1;
      void this.#attempt(delivery);
    }
  }

  /** Never rejects. */
  async #attempt(delivery: Delivery): Promise<void> {
    const { now, policy, onAttempt } = this.#options;
    const startedAtMs = now();
    delivery.attempts += 1;
    delivery.firstAtMs ??= startedAtMs;
    const startedAt = performance.now();
    const result = await this.#post(delivery.message, startedAtMs);
    this.#inFlight -= 1;
    onAttempt(result.type === "answer" ? String(result.status) : result.why, (performance.now() - startedAt) / 1000);
    if (this.#stopping.signal.aborted) {
      this.#end(delivery, "Stopped", "the hub stops");
      return;
    }
    const ageMs = now() - delivery.firstAtMs;
    this.#follow(delivery, result, afterAttempt(policy, { attempt: delivery.attempts, ageMs, random: Math.random() }, result));
    this.#next();
  }

  #follow(delivery: Delivery, result: AttemptResult, decision: ReturnType<typeof afterAttempt>): void {
    const found = result.type === "answer" ? `status ${result.status}` : result.why;
    switch (decision.action) {
      case "done":
        this.#options.onResult("Delivered", delivery.message);
        break;
      case "disable":
        this.#disabled = true;
        this.#end(delivery, "Disabled", "the endpoint answers 410 Gone: it is told nothing more until the hub is restarted");
        this.#endAllWaiting("Disabled", "the endpoint is gone");
        break;
      case "giveUp":
        this.#end(delivery, "GivenUp", found);
        break;
      case "retry":
        // It may have been disabled by another message meanwhile.
        if (this.#disabled) {
          this.#end(delivery, "Disabled", "the endpoint is gone");
        } else {
          this.#pause(delivery, decision.pauseMs);
        }
        break;
    }
  }

  #pause(delivery: Delivery, pauseMs: number): void {
    const timer = setTimeout(() => {
      this.#pausing.delete(timer);
      this.#ready.push(delivery);
      this.#next();
    }, pauseMs);
    this.#pausing.set(timer, delivery);
  }

  async #post({ id, body }: WebhookMessage, nowMs: number): Promise<AttemptResult> {
    const { endpoint, policy } = this.#options;
    const timeout = AbortSignal.timeout(policy.timeoutMs);
    try {
      const response = await fetch(endpoint.url, {
        method: "POST",
        headers: { "content-type": "application/json", "user-agent": "portolan-hub", ...signWebhook(endpoint.secret, id, nowMs, body) },
        body,
        redirect: "manual",
        signal: AbortSignal.any([timeout, this.#stopping.signal]),
      });
      // What it says is of no interest, and may be endless.
      await response.body?.cancel();
      const retryAfterMs = readRetryAfter(response.headers.get("retry-after"), nowMs);
      return { type: "answer", status: response.status, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
    } catch (error) {
      return { type: "none", why: timeout.aborted ? "Timeout" : networkError(error) };
    }
  }

  #endAllWaiting(result: DeliveryResult, why: string): void {
    const waiting = [...this.#ready.splice(0), ...this.#pausing.values()];
    for (const timer of this.#pausing.keys()) {
      clearTimeout(timer);
    }
    this.#pausing.clear();
    for (const delivery of waiting) {
      this.#end(delivery, result, why);
    }
  }

  #end({ message, attempts }: Delivery, result: DeliveryResult, why: string): void {
    const { endpoint, logger, onResult } = this.#options;
    const { id, type, rollout } = message;
    onResult(result, message);
    logger.error({ endpoint: describeEndpoint(endpoint), id, type, rollout, attempts, result, why }, "a webhook was not delivered");
  }
}

/** `ECONNREFUSED` and the like. Not the message: it may hold the URL. */
function networkError(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && "code" in cause ? String(cause.code) : "NetworkError";
}
