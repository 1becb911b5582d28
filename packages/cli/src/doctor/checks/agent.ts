import { setTimeout as sleep } from "node:timers/promises";
import { LEASE_NAME, type LeaseRecord } from "@portolan/agent/leadership";
import { agentLease } from "../agent-lease.ts";
import type { Check, Finding, Place } from "../finding.ts";

/** Clocks of machines differ a little. */
const skewMs = 5_000;

const pollMs = 500;

/** The time in a Lease is by its holder's clock, so one that looks old is looked at again: as other agents do before they take over. */
export const checkAgent: Check = async (place) => {
  const lease = await agentLease(place);
  const isOfNobody = lease === undefined || lease.holder === "";
  const renewed = isOfNobody || !isOld(lease, place.now) ? undefined : await nextOf(place, lease);
  return [judgeLease(renewed ?? lease, place.namespace, place.now, renewed !== undefined)];
};

/** The Lease as it is renewed next; undefined: nobody has done so in its own time. @throws KubeError */
async function nextOf(place: Pick<Place, "kube" | "namespace">, lease: LeaseRecord): Promise<LeaseRecord | undefined> {
  for (let waitedMs = 0; waitedMs < lease.durationMs; waitedMs += pollMs) {
    await sleep(pollMs);
    const later = await agentLease(place);
    if (later?.renewedAt !== lease.renewedAt) return later;
  }
  return undefined;
}

function ageOf({ renewedAt = "" }: LeaseRecord, now: number): number {
  return now - Date.parse(renewedAt);
}

function isOld(lease: LeaseRecord, now: number): boolean {
  const agedMs = ageOf(lease, now);
  return Number.isNaN(agedMs) || agedMs > lease.durationMs + skewMs;
}

/** @param isAlive it was seen to be renewed, whatever time stands in it */
export function judgeLease(lease: LeaseRecord | undefined, namespace: string, now: number, isAlive = false): Finding {
  const cure = `start an agent, or see why it does not run: kubectl get pods,lease -n ${namespace}`;
  if (lease === undefined) return { state: "error", message: `no agent has ever held the Lease ${namespace}/${LEASE_NAME}`, cure };
  if (lease.holder === "") return { state: "error", message: "no agent acts: the last one gave its Lease back", cure };
  const agedMs = ageOf(lease, now);
  if (isOld(lease, now) && !isAlive) {
    const since = lease.renewedAt === undefined ? "" : ` since ${lease.renewedAt}`;
    return { state: "error", message: `${lease.holder} has not renewed its Lease${since}: it was killed, or stands still`, cure };
  }
  if (agedMs < -skewMs || isOld(lease, now)) {
    const seconds = Math.round(Math.abs(agedMs) / 1000);
    return {
      state: "warning",
      message: `the clock of ${lease.holder} is ${seconds} s ${agedMs < 0 ? "ahead of" : "behind"} this machine's`,
      cure: "synchronise the clocks: maintenance windows and expiries go by them",
    };
  }
  return { state: "ok", message: `${lease.holder} acts` };
}
