import type { KubeObject } from "@portolan/agent/kube";
import { asServiceInstance } from "@portolan/agent/resources";
import { askRollout, checkRollout, Watcher } from "./hub.ts";
import { probe, probeRef } from "./probe.ts";
import { startRealFleet, type RealMember } from "./real-fleet.ts";

/**
 * How long rollouts of real API servers take beyond what their agents work, one cluster a wave, without soak. An agent works from the change
 * of `spec.version` to its instance being Ready at it; both are heard from the API server.
 *
 * @returns ms, one for each rollout
 */
export async function realOverheads(clusters: number, repetitions: number): Promise<readonly number[]> {
  const fleet = await startRealFleet(clusters);
  const watcher = new Watcher();
  try {
    await watcher.open(fleet.hub.url);
    const overheads: number[] = [];
    // The first one warms up.
    for (let index = 0; index <= repetitions; index += 1) {
      const version = index % 2 === 0 ? "2.0.0" : "1.0.0";
      const total = await rollOut(fleet.hub.url, watcher, fleet.members, version);
      if (index > 0) overheads.push(total);
    }
    return overheads;
  } finally {
    watcher.end();
    await fleet.stop();
  }
}

async function rollOut(url: string, watcher: Watcher, members: readonly RealMember[], version: string): Promise<number> {
  const { name, hash } = await checkRollout(url, {
    clusters: members.map((member) => member.name),
    action: version === "2.0.0" ? "upgrade" : "downgrade",
    service: probe.service,
    version,
    waves: members.map(() => ({ clusters: { count: 1 } })),
  });
  const works = members.map(async ({ heard }) => {
    const [begun, done] = await Promise.all([heard((object) => wants(object, version)), heard((object) => isDone(object, version))]);
    return done - begun;
  });
  const ended = watcher.next(({ kind, data }) => kind === "rollout" && data.name === name && data.phase === "Succeeded");
  const startedAt = performance.now();
  await askRollout(url, "POST", `${name}/start`, { hash });
  const total = (await ended) - startedAt;
  const work = await Promise.all(works);
  return total - work.reduce((sum, each) => sum + each, 0);
}

function wants(object: KubeObject, version: string): boolean {
  return object.kind === probeRef.kind && asServiceInstance(object).spec.version === version;
}

function isDone(object: KubeObject, version: string): boolean {
  if (!wants(object, version)) return false;
  const { status } = asServiceInstance(object);
  const ready = status?.conditions?.find(({ type }) => type === "Ready");
  return status?.version === version && status.operation === undefined && ready?.status === "True";
}
