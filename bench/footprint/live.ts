/** What happens to an agent's instances over its life, again and again. */
import type { BundledAgent, FootprintInstance } from "./bundled-agent.ts";
import { APP, BROKEN_VERSION, CHART, VERSIONS } from "./catalog.ts";

export interface Lived {
  readonly rounds: number;
  readonly reconciles: number;
  /** Upgrades and downgrades that were carried out. */
  readonly operations: number;
  readonly failures: number;
  readonly drifts: number;
  readonly rotations: number;
}

/** Each takes about a second of helm. */
const ROUNDS_BETWEEN_CHARTS = 10;
/** Each waits a second for its time-out. */
const ROUNDS_BETWEEN_FAILURES = 10;

/**
 * Rounds of all that happens, until the agent has made so many reconciles: labels are changed, an instance goes up or down, another one's
 * object is changed by hand, a third one's Secret is rotated, and now and then an upgrade fails. Each round ends when all is well again.
 *
 * @param firstRound goes on where an earlier life has ended
 */
export async function live(agent: BundledAgent, firstRound: number, reconciles: number): Promise<Lived> {
  const before = await agent.reconciles();
  const counts = { operations: 0, failures: 0, drifts: 0, rotations: 0 };
  const [apps, charts] = [APP, CHART].map((service) => agent.instances.filter((each) => each.service === service));
  let round = firstRound;
  for (; (await agent.reconciles()) < before + reconciles; round++) {
    await agent.disturb(round);
    const [walks, drifts, rotates, fails] = [0, 1, 2, 3].map((offset) => turnOf(apps ?? [], round + offset));
    if (walks !== undefined) await agent.wish(walks, versionIn(round, apps?.length ?? 1));
    if (drifts !== undefined) await agent.makeDrift(drifts, round);
    if (rotates !== undefined) await agent.rotateSecret(rotates, round);
    counts.operations++;
    counts.drifts++;
    counts.rotations++;
    const chart = round % ROUNDS_BETWEEN_CHARTS === 0 ? turnOf(charts ?? [], round / ROUNDS_BETWEEN_CHARTS) : undefined;
    if (chart !== undefined) {
      await agent.wish(chart, versionIn(round / ROUNDS_BETWEEN_CHARTS, charts?.length ?? 1));
      counts.operations++;
    }
    if (round % ROUNDS_BETWEEN_FAILURES === 0 && fails !== undefined) {
      const version = await fail(agent, fails);
      await agent.wish(fails, version);
      counts.failures++;
    }
    await agent.untilAllReady();
  }
  return { rounds: round, reconciles: (await agent.reconciles()) - before, ...counts };
}

/** An upgrade that cannot succeed. @returns the version that the instance still has */
async function fail(agent: BundledAgent, instance: FootprintInstance): Promise<string> {
  let version: string = VERSIONS[0];
  await agent.wish(instance, BROKEN_VERSION);
  await agent.until(instance, ({ status }) => {
    version = status?.version ?? version;
    return status?.failure !== undefined && status.operation === undefined;
  });
  return version;
}

function turnOf(instances: readonly FootprintInstance[], round: number): FootprintInstance | undefined {
  return instances[round % instances.length];
}

/** Up in the first round in which each instance has its turn, down in the next one. */
function versionIn(round: number, instances: number): string {
  return VERSIONS[(Math.floor(round / instances) + 1) % VERSIONS.length] ?? VERSIONS[0];
}
