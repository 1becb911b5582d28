/** The process as a candidate: it may act in its cluster only while it leads. */
import { randomUUID } from "node:crypto";
import { hostname } from "node:os";
import type { Logger } from "pino";
import { ensureNamespace } from "../cluster/mod.ts";
import { KubeClient, systemClock, type KubeTransport } from "../kube/mod.ts";
import { Election, fencedTransport, holderIdentity, LEASE_NAME, type LeaseTiming, type RightToAct } from "../leadership/mod.ts";
import { standingAnnotations, type Standing } from "../standing/mod.ts";
import { patiently } from "./patiently.ts";

export interface CandidacyOptions {
  readonly transport: KubeTransport;
  readonly namespace: string;
  readonly timing: LeaseTiming;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  /** What it says of itself while it leads. */
  readonly standing: () => Standing;
  readonly onLeading: (leads: boolean) => void;
  readonly onStandby: () => void;
}

export interface Candidacy {
  /** Lets writes through while this process leads. */
  readonly transport: KubeTransport;
  readonly right: RightToAct;
  /** Aborted when it leads no more. */
  readonly lost: AbortSignal;
  /** When nothing acts any more. */
  release(): Promise<void>;
}

/** Resolves when this process leads; undefined when it was told to stop before. */
export async function standForElection(options: CandidacyOptions): Promise<Candidacy | undefined> {
  const { transport, namespace, timing, logger, signal, standing, onLeading, onStandby } = options;
  const kube = new KubeClient({ transport });
  const election = new Election({
    kube,
    namespace,
    name: LEASE_NAME,
    identity: holderIdentity(hostname(), randomUUID()),
    timing,
    logger,
    clock: systemClock,
    monotonic: () => performance.now(),
    random: Math.random,
    annotations: () => standingAnnotations(standing()),
    onLeading,
    onStandby,
  });
  return await patiently("stand for election", logger, signal, async () => {
    await ensureNamespace(kube, namespace, signal);
    const leadership = await election.win(signal);
    return {
      transport: fencedTransport(transport, leadership),
      right: leadership,
      lost: leadership.signal,
      release: async () => await election.release(),
    };
  });
}
