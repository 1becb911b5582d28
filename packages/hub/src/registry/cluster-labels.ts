import { z } from "zod";
import type { Logger } from "pino";
import type { Records } from "../records/mod.ts";

export interface Labels {
  readonly [key: string]: string;
}

export interface ClusterLabelsOptions {
  readonly records: Pick<Records, "write">;
  readonly logger: Logger;
  readonly onChange: (cluster: string) => void;
}

const stored = z.object({ labels: z.record(z.string(), z.string()) });
const NONE: Labels = {};

/** The labels that the hub keeps for clusters: selectors choose by them, and agents see them in their intent documents. */
export class ClusterLabels {
  readonly #options: ClusterLabelsOptions;
  readonly #labels = new Map<string, Labels>();

  constructor(options: ClusterLabelsOptions) {
    this.#options = options;
  }

  of(cluster: string): Labels {
    return this.#labels.get(cluster) ?? NONE;
  }

  /** A record was read, or written by somebody else. */
  onRecord(cluster: string, value: Uint8Array | undefined): void {
    const labels = value === undefined ? NONE : decode(value);
    if (labels === undefined) {
      this.#options.logger.error({ cluster }, "the stored labels of a cluster cannot be read: they stay as they are in memory");
      return;
    }
    this.#labels.set(cluster, labels);
    this.#options.onChange(cluster);
  }

  /**
   * Replaces all labels of a cluster; resolves when they are stored.
   *
   * @throws RecordConflict, BusError
   */
  async set(cluster: string, labels: Labels): Promise<void> {
    await this.#options.records.write(cluster, Buffer.from(JSON.stringify({ labels } satisfies z.input<typeof stored>)));
    this.#labels.set(cluster, labels);
    this.#options.onChange(cluster);
  }
}

function decode(value: Uint8Array): Labels | undefined {
  try {
    return stored.parse(JSON.parse(Buffer.from(value).toString())).labels;
  } catch (error) {
    if (error instanceof z.ZodError || error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}
