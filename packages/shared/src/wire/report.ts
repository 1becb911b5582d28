/** What stands on an instance's report subject: the last word about it. */
import type { Version } from "../catalog/mod.ts";
import type { Step } from "../planner/mod.ts";
import { dnsLabel, dnsSubdomain, integer, labels, list, nested, optionalText, requiredText, tolerate, uint32 } from "./checks.ts";
import { incarnationFromProto, incarnationToProto, operationKind, stepFromProto, stepToProto } from "./common.ts";
import type { Incarnation, OperationKind } from "./common.ts";
import { enumCodec } from "./enums.ts";
import { WireError } from "./errors.ts";
import type { Decoded, WireProblem } from "./errors.ts";
import { portolan } from "./generated/portolan.js";
import { COUNT_LIMITS, MESSAGE_LIMITS, TEXT_LIMITS } from "./limits.ts";
import { fromBytes, toBytes } from "./protobuf.ts";

export interface InstanceReport {
  readonly cluster: string;
  readonly incarnation: Incarnation;
  /** Namespace and name of the ServiceInstance. */
  readonly namespace: string;
  readonly name: string;
  readonly content: InstanceContent;
}

export type InstanceContent =
  | { readonly type: "status"; readonly status: InstanceStatus }
  /** The ServiceInstance with this UID is gone. */
  | { readonly type: "tombstone"; readonly uid: string };

export type InstancePhase =
  | "Discovered"
  | "Installing"
  | "Ready"
  | "Upgrading"
  | "Downgrading"
  | "Failed"
  | "Suspended"
  | "Removing"
  | "Configuring";

export interface InstanceStatus {
  /** UID of the ServiceInstance. */
  readonly uid: string;
  readonly service: string;
  /** metadata.generation */
  readonly generation: number;
  /** status.observedGeneration */
  readonly observedGeneration: number;
  readonly phase: InstancePhase;
  /** Installed version; absent when nothing is installed. */
  readonly version?: Version;
  /** spec.version; absent while only discovering. */
  readonly targetVersion?: Version;
  /** The condition Ready is True for the observed generation. */
  readonly ready: boolean;
  /** Message of the condition that matters most. */
  readonly message?: string;
  /** Reason of that condition. */
  readonly reason?: string;
  /** The running operation. */
  readonly operation?: OperationStatus;
  /** Lower-case hex SHA-256 of the availability document that belongs to this state. */
  readonly availabilityDigest?: string;
  /** Digest of the catalogs that the availability was computed from. */
  readonly catalogDigest?: string;
  /** Labels of the ServiceInstance. */
  readonly labels: { readonly [key: string]: string };
  /** spec.fleet: Ignore */
  readonly ignoresFleet: boolean;
  /** Field manager that owns spec.version. */
  readonly versionOwner?: string;
  /** When the phase last changed. */
  readonly changedAtUnixMs: number;
  /** Id of the intent that the instance carries. */
  readonly intentId?: string;
}

export interface OperationStatus {
  /** Unique within the instance. */
  readonly id: string;
  readonly kind: OperationKind;
  /** The accepted steps. */
  readonly steps: readonly Step[];
  /** Index of the running step, from 0; the number of steps when all are done. */
  readonly step: number;
  /** The action that runs, for example `before/backup`. */
  readonly action?: string;
  /** How often the action was tried, from 1. */
  readonly attempt: number;
  readonly startedAtUnixMs: number;
  /** What it waits for. */
  readonly message?: string;
}

const instancePhase = enumCodec<InstancePhase, portolan.v1.InstancePhase>({
  Discovered: portolan.v1.InstancePhase.INSTANCE_PHASE_DISCOVERED,
  Installing: portolan.v1.InstancePhase.INSTANCE_PHASE_INSTALLING,
  Ready: portolan.v1.InstancePhase.INSTANCE_PHASE_READY,
  Upgrading: portolan.v1.InstancePhase.INSTANCE_PHASE_UPGRADING,
  Downgrading: portolan.v1.InstancePhase.INSTANCE_PHASE_DOWNGRADING,
  Failed: portolan.v1.InstancePhase.INSTANCE_PHASE_FAILED,
  Suspended: portolan.v1.InstancePhase.INSTANCE_PHASE_SUSPENDED,
  Removing: portolan.v1.InstancePhase.INSTANCE_PHASE_REMOVING,
  Configuring: portolan.v1.InstancePhase.INSTANCE_PHASE_CONFIGURING,
});

/** @throws {WireError} when a field or the whole is not within what may be sent. */
export function encodeInstanceReport(report: InstanceReport): Uint8Array {
  const { content } = report;
  const said =
    content.type === "status"
      ? { status: nested(content.status, "status", statusToProto) }
      : { tombstone: { uid: requiredText(content.uid, "tombstone.uid", TEXT_LIMITS.token) } };
  return toBytes(
    portolan.v1.InstanceReport,
    {
      cluster: dnsLabel(report.cluster, "cluster"),
      incarnation: nested(report.incarnation, "incarnation", incarnationToProto),
      namespace: dnsLabel(report.namespace, "namespace"),
      name: dnsSubdomain(report.name, "name"),
      ...said,
    },
    MESSAGE_LIMITS.instanceReport,
  );
}

/**
 * An operation that holds something unknown (a kind of a newer agent) is left out and listed; the state of the instance holds.
 *
 * @throws {WireError}
 */
export function decodeInstanceReport(bytes: Uint8Array): Decoded<InstanceReport> {
  const proto = fromBytes(portolan.v1.InstanceReport, bytes, MESSAGE_LIMITS.instanceReport);
  const problems: WireProblem[] = [];
  return {
    value: {
      cluster: dnsLabel(proto.cluster, "cluster"),
      incarnation: incarnationFromProto(proto.incarnation),
      namespace: dnsLabel(proto.namespace, "namespace"),
      name: dnsSubdomain(proto.name, "name"),
      content: contentFromProto(proto, problems),
    },
    problems,
  };
}

function contentFromProto(proto: portolan.v1.InstanceReport.$Properties, problems: WireProblem[]): InstanceContent {
  const { status, tombstone } = proto;
  if (status !== null && status !== undefined) {
    return { type: "status", status: nested(status, "status", (found) => statusFromProto(found, problems)) };
  }
  if (tombstone !== null && tombstone !== undefined) {
    return { type: "tombstone", uid: requiredText(tombstone.uid, "tombstone.uid", TEXT_LIMITS.token) };
  }
  throw new WireError("MissingField", "content", "neither a status nor a tombstone that this program knows");
}

function statusToProto(status: InstanceStatus): portolan.v1.InstanceStatus.$Properties {
  return {
    ...plainStatusFields(status),
    phase: instancePhase.toWire(status.phase),
    ...(status.operation === undefined ? {} : { operation: nested(status.operation, "operation", operationToProto) }),
  };
}

function statusFromProto(proto: portolan.v1.InstanceStatus.$Properties, problems: WireProblem[]): InstanceStatus {
  const { operation: sent } = proto;
  const operation =
    sent === null || sent === undefined ? undefined : tolerate("status.operation", problems, sent.id, () => operationFromProto(sent));
  return {
    ...plainStatusFields(proto),
    phase: instancePhase.fromWire(proto.phase, "phase"),
    ...(operation === undefined ? {} : { operation }),
  };
}

/** The fields that look the same in both directions. */
function plainStatusFields(
  status: Omit<InstanceStatus, "phase" | "operation"> | portolan.v1.InstanceStatus.$Properties,
): Omit<InstanceStatus, "phase" | "operation"> {
  return {
    uid: requiredText(status.uid, "uid", TEXT_LIMITS.token),
    service: dnsLabel(status.service, "service"),
    generation: integer(status.generation, "generation"),
    observedGeneration: integer(status.observedGeneration, "observedGeneration"),
    ...optionalText("version", status.version, TEXT_LIMITS.token),
    ...optionalText("targetVersion", status.targetVersion, TEXT_LIMITS.token),
    ready: status.ready ?? false,
    ...optionalText("message", status.message, TEXT_LIMITS.message),
    ...optionalText("reason", status.reason, TEXT_LIMITS.token),
    ...optionalText("availabilityDigest", status.availabilityDigest, TEXT_LIMITS.token),
    ...optionalText("catalogDigest", status.catalogDigest, TEXT_LIMITS.token),
    labels: labels(status.labels, "labels", COUNT_LIMITS.labels),
    ignoresFleet: status.ignoresFleet ?? false,
    ...optionalText("versionOwner", status.versionOwner, TEXT_LIMITS.line),
    changedAtUnixMs: integer(status.changedAtUnixMs, "changedAtUnixMs"),
    ...optionalText("intentId", status.intentId, TEXT_LIMITS.token),
  };
}

function operationToProto(operation: OperationStatus): portolan.v1.Operation.$Properties {
  return {
    ...plainOperationFields(operation),
    kind: operationKind.toWire(operation.kind),
    steps: list(operation.steps, "steps", COUNT_LIMITS.steps, stepToProto),
  };
}

function operationFromProto(proto: portolan.v1.Operation.$Properties): OperationStatus {
  return {
    ...plainOperationFields(proto),
    kind: operationKind.fromWire(proto.kind, "kind"),
    steps: list(proto.steps, "steps", COUNT_LIMITS.steps, stepFromProto),
  };
}

function plainOperationFields(
  operation: Omit<OperationStatus, "kind" | "steps"> | portolan.v1.Operation.$Properties,
): Omit<OperationStatus, "kind" | "steps"> {
  return {
    id: requiredText(operation.id, "id", TEXT_LIMITS.token),
    step: uint32(operation.step, "step"),
    ...optionalText("action", operation.action, TEXT_LIMITS.line),
    attempt: uint32(operation.attempt, "attempt"),
    startedAtUnixMs: integer(operation.startedAtUnixMs, "startedAtUnixMs"),
    ...optionalText("message", operation.message, TEXT_LIMITS.message),
  };
}
