import { createHmac, randomUUID } from "node:crypto";
import type { Logger } from "pino";
import { EndpointQueue, type DeliveryResult } from "./endpoint.ts";
import { describeEndpoint, type WebhookEndpoint, type WebhookEvent, type WebhookType } from "./model.ts";
import { DEFAULT_POLICY, type DeliveryPolicy } from "./policy.ts";

export interface WebhooksOptions {
  readonly endpoints: readonly WebhookEndpoint[];
  readonly logger: Logger;
  readonly now: () => number;
  /** What differs from: 15 s an attempt, pauses from 5 s to 15 min, given up after an hour, 4 in flight and 1,000 waiting an endpoint. */
  readonly policy?: Partial<DeliveryPolicy>;
  readonly onAttempt: (endpoint: string, outcome: string, seconds: number) => void;
  readonly onResult: (endpoint: string, result: DeliveryResult) => void;
  /** A message needs not to be sent to an endpoint any more: it was taken, or given up. */
  readonly onSettled: (receipt: Receipt) => void;
}

/** What says that one endpoint was told one thing. */
export interface Receipt {
  /** Of the endpoint and the message: a digest that tells nobody the endpoint's URL. */
  readonly id: string;
  readonly endpoint: string;
  readonly rollout: string;
  readonly type: WebhookType;
  readonly result: DeliveryResult;
}

/** Every endpoint that is told of rollouts. */
export class Webhooks {
  readonly #options: WebhooksOptions;
  readonly #policy: DeliveryPolicy;
  readonly #queues: readonly (readonly [WebhookEndpoint, EndpointQueue])[];

  constructor(options: WebhooksOptions) {
    this.#options = options;
    const { endpoints, logger, now, onAttempt, onResult, onSettled } = options;
    const policy = { ...DEFAULT_POLICY, ...options.policy };
    this.#policy = policy;
    this.#queues = endpoints.map((endpoint) => {
      const shown = describeEndpoint(endpoint);
      const queue = new EndpointQueue({
        endpoint,
        policy,
        logger,
        now,
        onAttempt: (outcome, seconds) => onAttempt(shown, outcome, seconds),
        onResult: (result, { id, type, rollout }) => {
          onResult(shown, result);
          if (result === "Delivered" || result === "GivenUp") {
            onSettled({ id: receiptOf(endpoint, id), endpoint: shown, rollout, type, result });
          }
        },
      });
      return [endpoint, queue];
    });
  }

  /** Messages that are on their way or wait for their next attempt. */
  get waiting(): number {
    return this.#queues.reduce((sum, [, { waiting }]) => sum + waiting, 0);
  }

  /** Tells every endpoint that wants to hear of it; returns at once. Waiting messages are in memory only. */
  send(event: WebhookEvent): void {
    this.#send(event, () => false);
  }

  /** Tells those endpoints that nobody has told, as far as it is known; not what would have been given up by now. */
  sendMissing(event: WebhookEvent & { readonly id: string; readonly atMs: number }, isSettled: (receipt: string) => boolean): void {
    if (this.#options.now() - event.atMs < this.#policy.giveUpAfterMs) {
      this.#send(event, isSettled);
    }
  }

  #send({ id = randomUUID(), type, atMs = this.#options.now(), ...event }: WebhookEvent, isSettled: (receipt: string) => boolean): void {
    const body = JSON.stringify({ id, type, at: new Date(atMs).toISOString(), ...event });
    for (const [endpoint, queue] of this.#queues) {
      if (queue.wants(type) && !isSettled(receiptOf(endpoint, id))) {
        queue.send({ id, type, rollout: event.rollout, body });
      }
    }
  }

  /** Ends every attempt; what was not delivered is told in the log. */
  stop(): void {
    for (const [, queue] of this.#queues) {
      queue.stop();
    }
  }
}

function receiptOf({ url, secret }: WebhookEndpoint, id: string): string {
  return `${id}.webhook.${createHmac("sha256", secret).update(url).digest("hex").slice(0, 16)}`;
}
