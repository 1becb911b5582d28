import { z } from "zod";
import type { Logger } from "pino";
import { journalSchema, newIn, noted, type AuditEntry, type Journal } from "../audit/mod.ts";
import {
  judge,
  remember,
  rememberedRequestsSchema,
  type RememberedRequests,
  type ConditionProblem,
  type Conditions,
} from "../conditions/mod.ts";
import { readRecord, RecordConflict, type Records } from "../records/mod.ts";

export interface Labels {
  readonly [key: string]: string;
}

export interface ClusterLabelsOptions {
  readonly records: Pick<Records, "write">;
  readonly logger: Logger;
  readonly now: () => number;
  readonly onChange: (cluster: string) => void;
  /** What was changed here is to be told. */
  readonly record: (entry: AuditEntry) => void;
  /** What somebody else has changed, who may not have told anybody. */
  readonly onSeen: (entries: Journal) => void;
}

export type LabelsOutcome =
  /** They are set, now or by the same request before. */
  { readonly done: true } | { readonly problem: ConditionProblem };

const stored = z.object({
  labels: z.record(z.string(), z.string()),
  requests: rememberedRequestsSchema.default([]),
  journal: journalSchema.default([]),
});
interface Stored {
  readonly labels: Labels;
  readonly requests: RememberedRequests;
  readonly journal: Journal;
}

const NOTHING: Stored = { labels: {}, requests: [], journal: [] };
const NONE: Labels = {};
/** So often in a row somebody else may be faster. */
const MAX_CONFLICTS = 20;

/** The labels that the hub keeps for clusters: selectors choose by them, and agents see them in their intent documents. */
export class ClusterLabels {
  readonly #options: ClusterLabelsOptions;
  readonly #known = new Map<string, Stored>();

  constructor(options: ClusterLabelsOptions) {
    this.#options = options;
  }

  of(cluster: string): Labels {
    return this.#known.get(cluster)?.labels ?? NONE;
  }

  /** A record was read, or written by somebody else. */
  onRecord(cluster: string, value: Uint8Array | undefined): void {
    const read = value === undefined ? NOTHING : readRecord(stored, value);
    if (read === undefined) {
      this.#options.logger.error({ cluster }, "the stored labels of a cluster cannot be read: they stay as they are in memory");
      return;
    }
    const { journal } = this.#known.get(cluster) ?? NOTHING;
    this.#known.set(cluster, read);
    this.#options.onChange(cluster);
    this.#options.onSeen(newIn(read.journal, journal));
  }

  /**
   * Replaces all labels of a cluster, in somebody's name; resolves when they are stored.
   *
   * @throws RecordConflict, BusError
   */
  async set(cluster: string, labels: Labels, actor: string, conditions: Conditions<Labels>): Promise<LabelsOutcome> {
    const { records, now, onChange, record } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      const known = this.#known.get(cluster) ?? NOTHING;
      const before = known.labels;
      const judged = judge(conditions, known.requests, before, now());
      if (judged.type !== "Go") {
        return judged.type === "Done" ? { done: true } : { problem: judged.problem };
      }
      const requests = conditions.request === undefined ? known.requests : remember(known.requests, conditions.request, now());
      const { entry, journal } = noted(known.journal, { actor, action: "ClusterLabelsSet", cluster, before, after: labels }, now());
      const next: Stored = { labels, requests, journal };
      try {
        await records.write(cluster, Buffer.from(JSON.stringify(next)));
        this.#known.set(cluster, next);
        onChange(cluster);
        record(entry);
        return { done: true };
      } catch (error) {
        // What somebody else has written is known by now: it is decided anew.
        if (!(error instanceof RecordConflict) || attempt === MAX_CONFLICTS) {
          throw error;
        }
      }
    }
  }
}
