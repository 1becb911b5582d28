/** What the fleet is told about an instance. Pure. */
import type { Step } from "@portolan/shared/planner";
import {
  clip,
  encodeInstanceReport,
  TEXT_LIMITS,
  type Incarnation,
  type InstanceStatus,
  type OperationKind as WireOperationKind,
  type OperationStatus,
} from "@portolan/shared/wire";
import { versionOwner } from "../intents/mod.ts";
import { firstFitting } from "./fitting.ts";
import { annotations, findCondition, type Operation, type OperationStep, type ServiceInstance } from "../resources/mod.ts";

export interface Reporter {
  readonly cluster: string;
  readonly incarnation: Incarnation;
}

/** What a person can do without when a report is too large for the wire. */
export type Dispensable = "labels" | "operation";

export interface InstanceReport {
  readonly payload: Uint8Array;
  /** What the fleet is not told of. */
  readonly leftOut: readonly Dispensable[];
}

/**
 * The encoded report of an instance. When it is too large for the wire, labels are left out, then the operation.
 *
 * @throws WireError when it does not even then fit
 */
export function instanceReport(reporter: Reporter, instance: ServiceInstance): InstanceReport {
  const status = instanceStatus(instance);
  const { operation, ...withoutOperation } = status;
  const labels: readonly Dispensable[] = Object.keys(status.labels).length > 0 ? ["labels"] : [];
  const both: readonly Dispensable[] = operation === undefined ? labels : [...labels, "operation"];
  return firstFitting([
    () => ({ payload: encode(reporter, instance, status), leftOut: [] }),
    () => ({ payload: encode(reporter, instance, { ...status, labels: {} }), leftOut: labels }),
    () => ({ payload: encode(reporter, instance, { ...withoutOperation, labels: {} }), leftOut: both }),
  ]);
}

function encode({ cluster, incarnation }: Reporter, { metadata }: ServiceInstance, status: InstanceStatus): Uint8Array {
  return encodeInstanceReport({
    cluster,
    incarnation,
    namespace: metadata.namespace,
    name: metadata.name,
    content: { type: "status", status },
  });
}

/** The encoded last word about an instance that is gone. */
export function tombstone(
  { cluster, incarnation }: Reporter,
  instance: { readonly namespace: string; readonly name: string; readonly uid: string },
): Uint8Array {
  const { namespace, name, uid } = instance;
  return encodeInstanceReport({ cluster, incarnation, namespace, name, content: { type: "tombstone", uid } });
}

function instanceStatus({ metadata, spec, status = {} }: ServiceInstance): InstanceStatus {
  const generation = metadata.generation ?? 0;
  const ready = findCondition(status.conditions, "Ready");
  const owner = versionOwner(metadata.managedFields);
  // Anyone may write anything into an annotation.
  const intentId = metadata.annotations?.[annotations.intent];
  return {
    uid: metadata.uid ?? "",
    service: spec.service,
    generation,
    // 0 on the wire: none yet.
    observedGeneration: Math.max(0, status.observedGeneration ?? 0),
    phase: status.phase ?? "Discovered",
    ...(status.version === undefined ? {} : { version: status.version }),
    ...(spec.version === undefined ? {} : { targetVersion: spec.version }),
    ready: ready?.status === "True" && ready.observedGeneration === generation,
    ...(ready === undefined ? {} : { message: clip(ready.message, TEXT_LIMITS.message), reason: clip(ready.reason, TEXT_LIMITS.token) }),
    ...(status.operation === undefined ? {} : { operation: operationStatus(status.operation) }),
    ...(status.availability === undefined ? {} : { availabilityDigest: status.availability.digest }),
    ...(status.catalogDigest === undefined ? {} : { catalogDigest: status.catalogDigest }),
    labels: metadata.labels ?? {},
    ignoresFleet: spec.fleet === "Ignore",
    ...("manager" in owner ? { versionOwner: owner.manager } : {}),
    changedAtUnixMs: Date.parse(status.phaseChangedAt ?? metadata.creationTimestamp ?? "") || 0,
    ...(intentId === undefined ? {} : { intentId: clip(intentId, TEXT_LIMITS.token) }),
  };
}

const kinds: { readonly [kind in Operation["kind"]]: WireOperationKind } = {
  Install: "install",
  Upgrade: "upgrade",
  Downgrade: "downgrade",
  Configure: "configure",
  Rollback: "rollback",
};

function operationStatus({ id, kind, plan, cursor, startedAt, message }: Operation): OperationStatus {
  return {
    id,
    kind: kinds[kind],
    // A change of configuration has no versions to walk through.
    steps: kind === "Configure" ? [] : plan.map(wireStep),
    step: cursor.step,
    ...(cursor.action === undefined ? {} : { action: cursor.action }),
    attempt: cursor.attempt ?? 1,
    startedAtUnixMs: Date.parse(startedAt),
    ...(message === undefined ? {} : { message: clip(message, TEXT_LIMITS.message) }),
  };
}

/** A step of an operation as the planner's own shape, which is also the wire's. */
export function wireStep(step: OperationStep): Step {
  return {
    from: step.from ?? null,
    to: step.to,
    upgrader: step.upgrader ?? null,
    direction: step.direction === "configure" ? "upgrade" : step.direction,
    disruptive: step.disruptive,
    irreversible: step.irreversible,
    digest: step.digest,
  };
}
