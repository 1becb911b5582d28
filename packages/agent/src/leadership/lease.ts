/** The Lease by which agents agree who of them acts (`coordination.k8s.io/v1`), with the fields as client-go's leader election uses them. */
import { numberAt, stringAt } from "../fields/mod.ts";
import type { KubeObject, ObjectRef } from "../kube/mod.ts";

/** The Lease that the agents of a cluster agree by. */
export const LEASE_NAME = "portolan-agent";

export interface LeaseRecord {
  /** Empty when it was released. */
  readonly holder: string;
  /** How long the holder may be silent before others may take the Lease. */
  readonly durationMs: number;
  /** RFC 3339, by the holder's clock: for people. Nothing is ever decided by it. */
  readonly acquiredAt?: string;
  readonly renewedAt?: string;
  /** How often it went from one holder to another. */
  readonly transitions: number;
  /** What the holder says of itself. */
  readonly annotations: Readonly<Record<string, string>>;
  readonly resourceVersion: string;
}

/** A candidate's name: of the machine, or pod, that it runs on, and of the process. */
export function holderIdentity(host: string, process: string): string {
  return `${host}_${process}`;
}

/** The machine, or pod, of a candidate. */
export function hostOfHolder(identity: string): string {
  return identity.split("_")[0] ?? "";
}

export function leaseRef(namespace: string, name: string): ObjectRef {
  return { apiVersion: "coordination.k8s.io/v1", kind: "Lease", namespace, name };
}

export function readLease(lease: KubeObject): LeaseRecord {
  const acquiredAt = stringAt(lease, "spec", "acquireTime");
  const renewedAt = stringAt(lease, "spec", "renewTime");
  return {
    holder: stringAt(lease, "spec", "holderIdentity") ?? "",
    durationMs: (numberAt(lease, "spec", "leaseDurationSeconds") ?? 0) * 1000,
    ...(acquiredAt === undefined ? {} : { acquiredAt }),
    ...(renewedAt === undefined ? {} : { renewedAt }),
    transitions: numberAt(lease, "spec", "leaseTransitions") ?? 0,
    annotations: lease.metadata.annotations ?? {},
    resourceVersion: lease.metadata.resourceVersion ?? "",
  };
}

/** The object that says so. With a resourceVersion it is only written over the very state that was read. */
export function leaseObject(ref: ObjectRef, record: Omit<LeaseRecord, "resourceVersion">, resourceVersion?: string): KubeObject {
  const { apiVersion, kind, name, namespace } = ref;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      ...(Object.keys(record.annotations).length === 0 ? {} : { annotations: record.annotations }),
      ...(resourceVersion === undefined ? {} : { resourceVersion }),
    },
    spec: {
      holderIdentity: record.holder,
      leaseDurationSeconds: Math.max(1, Math.ceil(record.durationMs / 1000)),
      leaseTransitions: record.transitions,
      ...(record.acquiredAt === undefined ? {} : { acquireTime: record.acquiredAt }),
      ...(record.renewedAt === undefined ? {} : { renewTime: record.renewedAt }),
    },
  };
}

/** `2030-01-01T00:00:00.000000Z`: a MicroTime has six digits. */
export function microTime(unixMs: number): string {
  return new Date(unixMs).toISOString().replace("Z", "000Z");
}
