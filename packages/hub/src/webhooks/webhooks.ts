import { randomUUID } from "node:crypto";
import type { Logger } from "pino";
import { EndpointQueue, type DeliveryResult } from "./endpoint.ts";
import { describeEndpoint, type WebhookEndpoint, type WebhookEvent } from "./model.ts";
import { DEFAULT_POLICY, type DeliveryPolicy } from "./policy.ts";

export interface WebhooksOptions {
  readonly endpoints: readonly WebhookEndpoint[];
  readonly logger: Logger;
  readonly now: () => number;
  /** What differs from: 15 s an attempt, pauses from 5 s to 15 min, given up after an hour, 4 in flight and 1,000 waiting an endpoint. */
  readonly policy?: Partial<DeliveryPolicy>;
  readonly onAttempt: (endpoint: string, outcome: string, seconds: number) => void;
  readonly onResult: (endpoint: string, result: DeliveryResult) => void;
}

/** Every endpoint that is told of rollouts. */
export class Webhooks {
  readonly #options: WebhooksOptions;
  readonly #queues: readonly EndpointQueue[];

  constructor(options: WebhooksOptions) {
    this.#options = options;
    const { endpoints, logger, now, onAttempt, onResult } = options;
    const policy = { ...DEFAULT_POLICY, ...options.policy };
    this.#queues = endpoints.map((endpoint) => {
      const shown = describeEndpoint(endpoint);
      return new EndpointQueue({
        endpoint,
        policy,
        logger,
        now,
        onAttempt: (outcome, seconds) => onAttempt(shown, outcome, seconds),
        onResult: (result) => onResult(shown, result),
      });
    });
  }

  /** Messages that are on their way or wait for their next attempt. */
  get waiting(): number {
    return this.#queues.reduce((sum, { waiting }) => sum + waiting, 0);
  }

  /** Tells every endpoint that wants to hear of it; returns at once. Waiting messages are in memory only. */
  send({ id = randomUUID(), type, atMs = this.#options.now(), ...event }: WebhookEvent): void {
    const body = JSON.stringify({ id, type, at: new Date(atMs).toISOString(), ...event });
    for (const queue of this.#queues) {
      if (queue.wants(type)) {
        queue.send({ id, type, rollout: event.rollout, body });
      }
    }
  }

  /** Ends every attempt; what was not delivered is told in the log. */
  stop(): void {
    for (const queue of this.#queues) {
      queue.stop();
    }
  }
}
