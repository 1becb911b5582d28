/** One entry of a cluster's timeline. Events tell a story; state is in reports. */
import type { Step } from "../planner/mod.ts";
import { dnsLabel, dnsSubdomain, integer, nested, optionalText, requiredText, text, uint32 } from "./checks.ts";
import { incarnationFromProto, incarnationToProto, stepFromProto, stepToProto } from "./common.ts";
import type { Incarnation } from "./common.ts";
import { enumCodec } from "./enums.ts";
import { portolan } from "./generated/portolan.js";
import { MESSAGE_LIMITS, TEXT_LIMITS } from "./limits.ts";
import { fromBytes, toBytes } from "./protobuf.ts";

export type EventType =
  | "OperationStarted"
  | "StepStarted"
  | "HookFinished"
  | "StepFinished"
  | "OperationSucceeded"
  | "OperationFailed"
  | "OperationHeld"
  | "DriftCorrected";

export interface FleetEvent {
  readonly cluster: string;
  readonly incarnation: Incarnation;
  /** Namespace and name of the instance. */
  readonly namespace: string;
  readonly name: string;
  readonly service: string;
  readonly atUnixMs: number;
  readonly type: EventType;
  readonly operationId?: string;
  /** The step that it belongs to; absent for events of the whole operation. */
  readonly step?: Step;
  /** Index of the step in its operation, from 0. */
  readonly stepIndex?: number;
  readonly hook?: HookRecord;
  /** How long it took; absent where nothing ended. */
  readonly durationMs?: number;
  /** One sentence for a person. */
  readonly message?: string;
}

/** What a hook did. */
export interface HookRecord {
  /** Stage and name, for example `before/backup`. */
  readonly name: string;
  /** `delete`, `apply`, `patch`, `scale`, `job`, `wait` or `migrateStorage`. */
  readonly action: string;
  /** Kind, namespace and name of the object, for example `Deployment cert-manager/cert-manager`. */
  readonly object: string;
}

const eventType = enumCodec<EventType, portolan.v1.EventType>({
  OperationStarted: portolan.v1.EventType.EVENT_TYPE_OPERATION_STARTED,
  StepStarted: portolan.v1.EventType.EVENT_TYPE_STEP_STARTED,
  HookFinished: portolan.v1.EventType.EVENT_TYPE_HOOK_FINISHED,
  StepFinished: portolan.v1.EventType.EVENT_TYPE_STEP_FINISHED,
  OperationSucceeded: portolan.v1.EventType.EVENT_TYPE_OPERATION_SUCCEEDED,
  OperationFailed: portolan.v1.EventType.EVENT_TYPE_OPERATION_FAILED,
  OperationHeld: portolan.v1.EventType.EVENT_TYPE_OPERATION_HELD,
  DriftCorrected: portolan.v1.EventType.EVENT_TYPE_DRIFT_CORRECTED,
});

/** @throws {WireError} when a field or the whole is not within what may be sent. */
export function encodeEvent(event: FleetEvent): Uint8Array {
  const { step, hook } = event;
  return toBytes(
    portolan.v1.Event,
    {
      ...plainEventFields(event),
      incarnation: nested(event.incarnation, "incarnation", incarnationToProto),
      type: eventType.toWire(event.type),
      ...(step === undefined ? {} : { step: nested(step, "step", stepToProto) }),
      ...(hook === undefined ? {} : { hook: nested(hook, "hook", hookFields) }),
    },
    MESSAGE_LIMITS.event,
  );
}

/** @throws {WireError} */
export function decodeEvent(bytes: Uint8Array): FleetEvent {
  const proto = fromBytes(portolan.v1.Event, bytes, MESSAGE_LIMITS.event);
  const { step, hook } = proto;
  return {
    ...plainEventFields(proto),
    incarnation: incarnationFromProto(proto.incarnation),
    type: eventType.fromWire(proto.type, "type"),
    ...(step === null || step === undefined ? {} : { step: nested(step, "step", stepFromProto) }),
    ...(hook === null || hook === undefined ? {} : { hook: nested(hook, "hook", hookFields) }),
  };
}

type ConvertedFields = "incarnation" | "type" | "step" | "hook";

function plainEventFields(event: Omit<FleetEvent, ConvertedFields> | portolan.v1.Event.$Properties): Omit<FleetEvent, ConvertedFields> {
  const { stepIndex, durationMs } = event;
  return {
    cluster: dnsLabel(event.cluster, "cluster"),
    namespace: dnsLabel(event.namespace, "namespace"),
    name: dnsSubdomain(event.name, "name"),
    service: dnsLabel(event.service, "service"),
    atUnixMs: integer(event.atUnixMs, "atUnixMs"),
    ...optionalText("operationId", event.operationId, TEXT_LIMITS.token),
    ...(stepIndex === null || stepIndex === undefined ? {} : { stepIndex: uint32(stepIndex, "stepIndex") }),
    ...(durationMs === null || durationMs === undefined ? {} : { durationMs: integer(durationMs, "durationMs") }),
    ...optionalText("message", event.message, TEXT_LIMITS.message),
  };
}

function hookFields(hook: HookRecord | portolan.v1.HookRecord.$Properties): HookRecord {
  return {
    name: requiredText(hook.name, "name", TEXT_LIMITS.line),
    action: requiredText(hook.action, "action", TEXT_LIMITS.token),
    object: text(hook.object, "object", TEXT_LIMITS.line),
  };
}
