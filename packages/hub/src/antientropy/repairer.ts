import type { Logger } from "pino";
import { BusError, type Bus } from "@portolan/shared/bus";
import {
  decodeDigestList,
  decodeRepublishReply,
  encodeDigestListRequest,
  encodeRepublishRequest,
  parseSubject,
  sameIncarnation,
  subjects,
  WireError,
  type DigestList,
} from "@portolan/shared/wire";
import type { ClusterView, Fleet, FleetChange, StandingSubject } from "../fleet/mod.ts";
import { compare, IN_STEP, planRepair, type Comparison } from "./decide.ts";

export type RepairResult = "Repaired" | "Unanswered" | "Refused";

export interface RepairerOptions {
  readonly bus: Pick<Bus, "request">;
  readonly fleet: Pick<Fleet, "standing" | "drop" | "cluster">;
  readonly logger: Logger;
  readonly now: () => number;
  /** What repairing changed in the view. */
  readonly onChanges: (changes: readonly FleetChange[]) => void;
  /** Nothing of the cluster stands on these subjects any more: they can go from the stream. */
  readonly onDropped: (standing: readonly StandingSubject[]) => void;
  readonly onRepaired: (result: RepairResult) => void;
}

const REQUEST_TIMEOUT_MS = 2_000;
const SUBJECTS_PER_REQUEST = 1_000;
/** After a loss of the whole store every cluster differs: their lists come one after another. */
const CONCURRENT_REPAIRS = 32;

/** Compares what stands here with every heartbeat's digest, and mends what differs: by the agent's own list, in a few messages. */
export class Repairer {
  readonly #options: RepairerOptions;
  readonly #comparisons = new Map<string, Comparison>();
  readonly #due = new Set<string>();
  #running = 0;

  constructor(options: RepairerOptions) {
    this.#options = options;
  }

  onHeartbeat({ name, inSync, intervalMs }: ClusterView): void {
    const { after, repair } = compare(this.#comparisons.get(name) ?? IN_STEP, {
      inSync,
      intervalMs,
      nowMs: this.#options.now(),
    });
    this.#comparisons.set(name, after);
    if (repair) {
      this.#due.add(name);
      this.#next();
    }
  }

  #next(): void {
    for (const cluster of this.#due) {
      if (this.#running >= CONCURRENT_REPAIRS) {
        return;
      }
      this.#due.delete(cluster);
      this.#running += 1;
      void this.#run(cluster).finally(() => {
        this.#running -= 1;
        this.#next();
      });
    }
  }

  async #run(cluster: string): Promise<void> {
    const { logger, onRepaired } = this.#options;
    try {
      const done = await this.#repair(cluster);
      logger.info({ cluster, ...done }, "the view of a cluster differed from what its agent keeps, and was mended");
      onRepaired("Repaired");
    } catch (error) {
      if (!(error instanceof BusError || error instanceof WireError)) {
        throw error;
      }
      logger.warn(
        { cluster, code: error.code, detail: error.message },
        "the view of a cluster differs from what its agent keeps, and could not be mended",
      );
      onRepaired(error instanceof BusError ? "Unanswered" : "Refused");
    }
  }

  async #repair(cluster: string): Promise<{ readonly dropped: number; readonly republished: number }> {
    const { bus, fleet, onChanges, onDropped } = this.#options;
    const { arrivals } = fleet.standing(cluster);
    const list = decodeDigestList(
      await bus.request(subjects.digests(cluster), encodeDigestListRequest(), { timeoutMs: REQUEST_TIMEOUT_MS }),
    );
    const { drop, republish } = planRepair(fleet.standing(cluster).subjects, arrivals, this.#listed(cluster, list));
    if (drop.length > 0) {
      onChanges(
        fleet.drop(
          cluster,
          drop.map(({ subject }) => subject),
        ),
      );
      onDropped(drop);
    }
    let republished = 0;
    for (let start = 0; start < republish.length; start += SUBJECTS_PER_REQUEST) {
      const request = encodeRepublishRequest({ subjects: republish.slice(start, start + SUBJECTS_PER_REQUEST) });
      const reply = await bus.request(subjects.republish(cluster), request, { timeoutMs: REQUEST_TIMEOUT_MS });
      republished += decodeRepublishReply(reply).published;
    }
    return { dropped: drop.length, republished };
  }

  /** Subject → digest. An agent speaks only for its own cluster, and only for the one that is in the view. */
  #listed(cluster: string, list: DigestList): Map<string, string> {
    const view = this.#options.fleet.cluster(cluster);
    if (list.cluster !== cluster || view === undefined || !sameIncarnation(list.incarnation, view.heartbeat.incarnation)) {
      throw new WireError("InvalidField", "incarnation", "the list is of another cluster");
    }
    const own = list.entries.filter(({ subject }) => {
      const parsed = parseSubject(subject);
      return (parsed?.kind === "report" || parsed?.kind === "availability") && parsed.cluster === cluster;
    });
    return new Map(own.map(({ subject, digest }) => [subject, digest]));
  }
}
