import { Counter, Gauge, Histogram, Registry } from "prom-client";

/** What is read when the metrics are asked for. */
export interface MetricSources {
  /** By state. */
  readonly clusters: () => Iterable<string>;
  readonly instances: () => Iterable<{ readonly service: string; readonly phase: string }>;
  /** Audit entries that are not stored yet. */
  readonly auditWaiting: () => number;
  /** Webhooks on their way. */
  readonly webhooksWaiting: () => number;
  /** Phases of the rollouts. */
  readonly rollouts: () => Iterable<string>;
  readonly watchers: () => number;
  readonly ready: () => boolean;
}

const PREFIX = "portolan_hub_";

/** The hub's Prometheus metrics. */
export class HubMetrics {
  readonly #registry = new Registry();
  readonly #messages = this.#counter("messages_total", "Messages of the report stream", ["kind"]);
  readonly #problems = this.#counter("message_problems_total", "Messages that were refused, or could be used only in part", [
    "kind",
    "code",
  ]);
  readonly #repairs = this.#counter("repairs_total", "Anti-entropy: repairs of a cluster's reports", ["result"]);
  readonly #documents = this.#counter("intent_documents_published_total", "Intent documents published", []);
  readonly #droppedWatchers = this.#counter("watchers_dropped_total", "Watchers that did not read and were dropped", []);
  readonly #lostAuditEntries = this.#counter("audit_entries_lost_total", "Audit entries that could not be stored", []);
  readonly #webhooks = this.#counter("webhooks_total", "Webhooks by how they ended", ["endpoint", "result"]);
  readonly #webhookAttempts = new Histogram({
    name: `${PREFIX}webhook_attempt_duration_seconds`,
    help: "Duration of attempts to deliver a webhook, by status or error",
    labelNames: ["endpoint", "outcome"],
    buckets: [0.05, 0.25, 1, 5, 15],
    registers: [this.#registry],
  });
  readonly #requests = new Histogram({
    name: `${PREFIX}http_request_duration_seconds`,
    help: "Duration of HTTP requests",
    labelNames: ["method", "route", "status"],
    buckets: [0.001, 0.005, 0.025, 0.1, 0.5, 2.5],
    registers: [this.#registry],
  });

  constructor(sources: MetricSources) {
    this.#gauge("clusters", "Clusters of the fleet", ["state"], (gauge) => {
      for (const state of sources.clusters()) {
        gauge.inc({ state });
      }
    });
    this.#gauge("instances", "Instances of the fleet", ["service", "phase"], (gauge) => {
      for (const { service, phase } of sources.instances()) {
        gauge.inc({ service, phase });
      }
    });
    this.#gauge("rollouts", "Rollouts that the hub knows", ["phase"], (gauge) => {
      for (const phase of sources.rollouts()) {
        gauge.inc({ phase });
      }
    });
    this.#gauge("audit_entries_waiting", "Audit entries that are not stored yet", [], (gauge) => gauge.set(sources.auditWaiting()));
    this.#gauge("webhooks_waiting", "Webhooks on their way", [], (gauge) => gauge.set(sources.webhooksWaiting()));
    this.#gauge("watchers", "Clients of the watch stream", [], (gauge) => gauge.set(sources.watchers()));
    this.#gauge("ready", "1 when the fleet view is complete and followed", [], (gauge) => gauge.set(sources.ready() ? 1 : 0));
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  message(kind: string): void {
    this.#messages.inc({ kind });
  }

  messageProblem(kind: string, code: string): void {
    this.#problems.inc({ kind, code });
  }

  repair(result: "Repaired" | "Unanswered" | "Refused"): void {
    this.#repairs.inc({ result });
  }

  documentPublished(): void {
    this.#documents.inc();
  }

  watcherDropped(): void {
    this.#droppedWatchers.inc();
  }

  auditEntryLost(): void {
    this.#lostAuditEntries.inc();
  }

  webhookAttempt(endpoint: string, outcome: string, seconds: number): void {
    this.#webhookAttempts.observe({ endpoint, outcome }, seconds);
  }

  webhookResult(endpoint: string, result: string): void {
    this.#webhooks.inc({ endpoint, result });
  }

  request(method: string, route: string, status: number, seconds: number): void {
    this.#requests.observe({ method, route, status }, seconds);
  }

  #counter<Label extends string>(name: string, help: string, labelNames: readonly Label[]): Counter<Label> {
    return new Counter({ name: PREFIX + name, help, labelNames, registers: [this.#registry] });
  }

  #gauge<Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    fill: (gauge: Gauge<Label>) => void,
  ): Gauge<Label> {
    return new Gauge({
      name: PREFIX + name,
      help,
      labelNames,
      registers: [this.#registry],
      collect() {
        this.reset();
        fill(this);
      },
    });
  }
}
