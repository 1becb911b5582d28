import { LEASE_NAME, type LeaseRecord } from "@portolan/agent/leadership";
import { agentLease } from "../agent-lease.ts";
import type { Check, Finding } from "../finding.ts";

/** Clocks of machines differ a little. */
const skewMs = 5_000;

export const checkAgent: Check = async (place) => [judgeLease(await agentLease(place), place.namespace, place.now)];

export function judgeLease(lease: LeaseRecord | undefined, namespace: string, now: number): Finding {
  const cure = `start an agent, or see why it does not run: kubectl get pods,lease -n ${namespace}`;
  if (lease === undefined) return { state: "error", message: `no agent has ever held the Lease ${namespace}/${LEASE_NAME}`, cure };
  if (lease.holder === "") return { state: "error", message: "no agent acts: the last one gave its Lease back", cure };
  const agedMs = now - Date.parse(lease.renewedAt ?? "");
  if (Number.isNaN(agedMs) || agedMs > lease.durationMs + skewMs) {
    const since = lease.renewedAt === undefined ? "" : ` since ${lease.renewedAt}`;
    return { state: "error", message: `${lease.holder} has not renewed its Lease${since}: it was killed, or stands still`, cure };
  }
  if (agedMs < -skewMs) {
    return {
      state: "warning",
      message: `the clock of ${lease.holder} is ${Math.round(-agedMs / 1000)} s ahead of this machine's`,
      cure: "synchronise the clocks: maintenance windows and expiries go by them",
    };
  }
  return { state: "ok", message: `${lease.holder} acts` };
}
