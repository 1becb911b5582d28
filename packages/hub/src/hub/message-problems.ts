import type { Logger } from "pino";
import type { HubMetrics } from "../metrics/mod.ts";

/** So many subjects are remembered, so that each is logged once only. */
const REMEMBERED_SUBJECTS = 10_000;

/** Counts what is wrong with messages; logs it once for each subject, because whoever sends nonsense sends it often. */
export class MessageProblems {
  readonly #metrics: Pick<HubMetrics, "messageProblem">;
  readonly #logger: Logger;
  readonly #logged = new Set<string>();

  constructor(metrics: Pick<HubMetrics, "messageProblem">, logger: Logger) {
    this.#metrics = metrics;
    this.#logger = logger;
  }

  note(kind: string, subject: string, problem: { readonly code: string; readonly message: string }): void {
    this.#metrics.messageProblem(kind, problem.code);
    const key = `${subject} ${problem.code}`;
    if (this.#logged.has(key)) {
      return;
    }
    if (this.#logged.size >= REMEMBERED_SUBJECTS) {
      this.#logged.clear();
    }
    this.#logged.add(key);
    this.#logger.warn({ subject, code: problem.code, detail: problem.message }, "a message cannot be used, or only in part");
  }
}
