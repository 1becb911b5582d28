/** Which versions an instance could go to: as lists for its status, and as a document for the fleet. Pure. */
import { availableFrom, type Plan, type Unreachable } from "@portolan/shared/planner";
import type { VersionGraph } from "@portolan/shared/graph";
import { sha256Hex } from "@portolan/shared/json";
import { availabilityDocument, clip, encodeAvailabilityDocument } from "@portolan/shared/wire";
import type { AvailableVersion, ServiceInstanceStatus, UnavailableVersion } from "../resources/mod.ts";

/** What the CRD's schema allows. */
const mostAvailable = 30;
const mostUnavailable = 20;
const longestMessage = 1024;
const mostRisks = 64;
/** Versions with many steps and risks are long, and the whole object must fit into etcd's 1.5 MiB. */
const mostBytes = 128 * 1024;

export interface InstanceAvailability {
  readonly status: Required<Pick<ServiceInstanceStatus, "availableVersions" | "unavailableVersions" | "availability">>;
  /** Encoded availability document. */
  readonly document: Uint8Array;
}

/** All versions of the graph as seen from the installed one. */
export function instanceAvailability(graph: VersionGraph, installed: string | undefined): InstanceAvailability {
  const from = installed ?? null;
  const found = availableFrom(graph, from);
  const document = encodeAvailabilityDocument(availabilityDocument(graph.service.name, from, found));
  return {
    document,
    status: {
      availableVersions: nearest(found.available.slice(0, mostAvailable).map(available)),
      unavailableVersions: found.unavailable.slice(0, mostUnavailable).map(unavailable),
      availability: { available: found.available.length, unavailable: found.unavailable.length, digest: sha256Hex(document) },
    },
  };
}

/** As many as the status has room for, the nearest first; how many there are stands in the totals. */
function nearest(versions: readonly AvailableVersion[]): readonly AvailableVersion[] {
  let bytes = 0;
  const tooMany = versions.findIndex((version) => (bytes += Buffer.byteLength(JSON.stringify(version))) > mostBytes);
  return tooMany < 0 ? versions : versions.slice(0, tooMany);
}

function available(plan: Plan): AvailableVersion {
  return {
    version: plan.to,
    direction: plan.steps.at(-1)?.direction ?? "upgrade",
    steps: plan.steps.map((step) => step.to),
    disruptive: plan.disruptive,
    irreversible: plan.irreversible,
    risks: plan.risks.slice(0, mostRisks).map((risk) => risk.id),
    planHash: plan.hash,
  };
}

function unavailable({ to, reasons }: Unreachable): UnavailableVersion {
  return {
    version: to,
    reason: reasons[0]?.code ?? "NoRoute",
    message: clip(reasons.map((reason) => reason.message).join("; "), longestMessage),
  };
}
