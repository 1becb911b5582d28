/** Brings the agent's own CRDs into the cluster and waits until they are served. */
import { readiness } from "../kstatus/mod.ts";
import { describeRef, refOf, sleep, systemClock, type KubeClient } from "../kube/mod.ts";
import { AGENT_MANAGER, serviceDefinitionCrd, serviceInstanceCrd } from "../resources/mod.ts";

const patienceMs = 30_000;
const pauseMs = 50;

export async function installCrds(kube: KubeClient, signal: AbortSignal): Promise<void> {
  for (const crd of [serviceInstanceCrd, serviceDefinitionCrd]) {
    let applied = await kube.apply(crd, { fieldManager: AGENT_MANAGER, force: true, signal });
    const deadline = Date.now() + patienceMs;
    while (readiness(applied).state !== "Current") {
      if (Date.now() > deadline) throw new Error(`${describeRef(refOf(crd))} was not established within ${patienceMs / 1000} s`);
      await sleep(systemClock, pauseMs, signal);
      applied = (await kube.get(refOf(crd), { signal })) ?? applied;
    }
  }
}
