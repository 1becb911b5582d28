import { z } from "zod";
import type { Logger } from "pino";
import {
  judge,
  remember,
  rememberedRequestsSchema,
  type ConditionProblem,
  type Conditions,
  type RememberedRequests,
} from "../conditions/mod.ts";
import { RecordConflict, type Records } from "../records/mod.ts";

export interface Labels {
  readonly [key: string]: string;
}

export interface ClusterLabelsOptions {
  readonly records: Pick<Records, "write">;
  readonly logger: Logger;
  readonly now: () => number;
  readonly onChange: (cluster: string) => void;
}

export type LabelsOutcome =
  /** They were these before. */
  | { readonly before: Labels }
  /** The same request has set them already. */
  | { readonly done: true }
  | { readonly problem: ConditionProblem };

const stored = z.object({ labels: z.record(z.string(), z.string()), requests: rememberedRequestsSchema.default([]) });
const NONE: Labels = {};
/** So often in a row somebody else may be faster. */
const MAX_CONFLICTS = 20;

/** The labels that the hub keeps for clusters: selectors choose by them, and agents see them in their intent documents. */
export class ClusterLabels {
  readonly #options: ClusterLabelsOptions;
  readonly #known = new Map<string, { readonly labels: Labels; readonly requests: RememberedRequests }>();

  constructor(options: ClusterLabelsOptions) {
    this.#options = options;
  }

  of(cluster: string): Labels {
    return this.#known.get(cluster)?.labels ?? NONE;
  }

  /** A record was read, or written by somebody else. */
  onRecord(cluster: string, value: Uint8Array | undefined): void {
    const known = value === undefined ? { labels: NONE, requests: [] } : decode(value);
    if (known === undefined) {
      this.#options.logger.error({ cluster }, "the stored labels of a cluster cannot be read: they stay as they are in memory");
      return;
    }
    this.#known.set(cluster, known);
    this.#options.onChange(cluster);
  }

  /**
   * Replaces all labels of a cluster; resolves when they are stored.
   *
   * @throws RecordConflict, BusError
   */
  async set(cluster: string, labels: Labels, conditions: Conditions<Labels>): Promise<LabelsOutcome> {
    const { records, now, onChange } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      const before = this.of(cluster);
      const known = this.#known.get(cluster)?.requests ?? [];
      const judged = judge(conditions, known, before, now());
      if (judged.type !== "Go") {
        return judged.type === "Done" ? { done: true } : { problem: judged.problem };
      }
      const requests = conditions.request === undefined ? known : remember(known, conditions.request, now());
      try {
        await records.write(cluster, Buffer.from(JSON.stringify({ labels, requests } satisfies z.input<typeof stored>)));
        this.#known.set(cluster, { labels, requests });
        onChange(cluster);
        return { before };
      } catch (error) {
        // What somebody else has written is known by now: it is decided anew.
        if (!(error instanceof RecordConflict) || attempt === MAX_CONFLICTS) {
          throw error;
        }
      }
    }
  }
}

function decode(value: Uint8Array): z.infer<typeof stored> | undefined {
  try {
    return stored.parse(JSON.parse(Buffer.from(value).toString()));
  } catch (error) {
    if (error instanceof z.ZodError || error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}
