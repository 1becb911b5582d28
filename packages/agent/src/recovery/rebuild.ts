/** From what was found in the cluster to what the status must have said. Pure. */
import { compareVersions, isVersion } from "@portolan/shared/catalog";
import type { OperationRecord } from "../operation/mod.ts";
import type { Operation, ServiceInstance } from "../resources/mod.ts";

/** What an instance's objects in the cluster tell of it. */
export interface Remains {
  /** Versions that its objects were applied for, at least one. */
  readonly versions: readonly string[];
  /** The operation that was running, where its definitions are still kept. */
  readonly record?: OperationRecord;
  /** Indexes of the record's steps of which there are Jobs. */
  readonly stepsWithJobs: readonly number[];
}

/** What is known again. */
export interface Rebuilt {
  readonly version?: string;
  readonly operation?: Operation;
  readonly definitionsDigest?: string;
}

/** Whether an instance wants a version and has a status that says nothing of what is there: it is new, or has lost it. */
export function hasLostStatus({ metadata, spec, status = {} }: ServiceInstance): boolean {
  const says = status.version ?? status.operation ?? status.failure ?? status.history;
  return says === undefined && spec.version !== undefined && metadata.deletionTimestamp === undefined;
}

/** @param now RFC 3339 */
export function rebuild({ versions, record, stepsWithJobs }: Remains, now: string): Rebuilt {
  if (record === undefined) {
    // Of an operation that failed half way: the step is taken again from where it began.
    const [oldest] = versions.filter(isVersion).toSorted(compareVersions);
    return oldest === undefined ? {} : { version: oldest };
  }
  const { operation, definitionsDigest } = record;
  const applied = operation.plan.findLastIndex(({ to }) => versions.includes(to));
  const begun = Math.max(0, ...stepsWithJobs.filter((step) => step < operation.plan.length));
  const step = Math.max(applied, begun);
  const from = operation.plan[step]?.from;
  // An object of the step's version is there, so the hooks before it are done; its objects are applied again, which changes nothing.
  // Where there is none, the hooks begin anew: Jobs are found by their names, and what is deleted is of an older version.
  const cursor = step === applied ? { step, action: "deploy", attempt: 1, actionStartedAt: now } : { step };
  return {
    ...(from === undefined ? {} : { version: from }),
    operation: { ...operation, cursor, ...(step === applied ? { stepStartedAt: now } : {}) },
    definitionsDigest,
  };
}
