import { LEASE_NAME, leaseRef, readLease, type LeaseRecord } from "@portolan/agent/leadership";
import { readStanding, type Standing } from "@portolan/agent/standing";
import type { Place } from "./finding.ts";

/** The Lease by which the agents agree who acts; undefined when none has ever acted. @throws KubeError */
export async function agentLease({ kube, namespace }: Pick<Place, "kube" | "namespace">): Promise<LeaseRecord | undefined> {
  const lease = await kube.get(leaseRef(namespace, LEASE_NAME));
  return lease === undefined ? undefined : readLease(lease);
}

/** What the agent that acts says of itself; `Silent`: nothing, `None`: no agent acts, of which another check tells. Pure. */
export function standingOf(lease: LeaseRecord | undefined): Standing | "Silent" | "None" {
  if (lease === undefined || lease.holder === "") return "None";
  return readStanding(lease.annotations) ?? "Silent";
}
