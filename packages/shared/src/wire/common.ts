/** What several messages are made of: incarnations, reasons, risks and steps. */
import type { ResolvedRisk } from "../graph/mod.ts";
import type { Step } from "../planner/mod.ts";
import { nested, optionalText, required, requiredText, text } from "./checks.ts";
import { enumCodec } from "./enums.ts";
import { WireError } from "./errors.ts";
import { portolan } from "./generated/portolan.js";
import { TEXT_LIMITS } from "./limits.ts";

/** Tells a cluster from another one that was built later under the same name. */
export interface Incarnation {
  /** UID of the kube-system namespace. */
  readonly clusterUid: string;
  /** Given when the cluster was registered at the hub. */
  readonly registrationId: string;
}

/** Whether both are the same cluster. */
export function sameIncarnation(a: Incarnation, b: Incarnation): boolean {
  return a.clusterUid === b.clusterUid && a.registrationId === b.registrationId;
}

type ProtoIncarnation = portolan.v1.Incarnation.$Properties;

export function incarnationToProto(value: Incarnation): ProtoIncarnation {
  return {
    clusterUid: requiredText(value.clusterUid, "clusterUid", TEXT_LIMITS.token),
    registrationId: text(value.registrationId, "registrationId", TEXT_LIMITS.token),
  };
}

export function incarnationFromProto(proto: ProtoIncarnation | null | undefined): Incarnation {
  return nested(required(proto, "incarnation"), "incarnation", (found) => ({
    clusterUid: requiredText(found.clusterUid, "clusterUid", TEXT_LIMITS.token),
    registrationId: text(found.registrationId, "registrationId", TEXT_LIMITS.token),
  }));
}

/** Why something cannot be done, or was refused. The planner's reasons are such reasons; here the code is open. */
export interface Reason {
  /** Stable, in PascalCase, for example `NoRoute`. */
  readonly code: string;
  /** One sentence for a person; never holds a secret. */
  readonly message: string;
  readonly url?: string;
}

type ProtoReason = portolan.v1.Reason.$Properties;

export function reasonToProto(value: Reason): ProtoReason {
  return reasonFromProto(value);
}

export function reasonFromProto(proto: ProtoReason): Reason {
  return {
    code: requiredText(proto.code, "code", TEXT_LIMITS.token),
    message: text(proto.message, "message", TEXT_LIMITS.message),
    ...optionalText("url", proto.url, TEXT_LIMITS.url),
  };
}

type ProtoRisk = portolan.v1.Risk.$Properties;

export function riskToProto(value: ResolvedRisk): ProtoRisk {
  return {
    id: requiredText(value.id, "id", TEXT_LIMITS.token),
    message: text(value.message, "message", TEXT_LIMITS.message),
    ...optionalText("url", value.url, TEXT_LIMITS.url),
    unknown: value.applies === "Unknown",
  };
}

export function riskFromProto(proto: ProtoRisk): ResolvedRisk {
  return {
    id: requiredText(proto.id, "id", TEXT_LIMITS.token),
    message: text(proto.message, "message", TEXT_LIMITS.message),
    ...optionalText("url", proto.url, TEXT_LIMITS.url),
    applies: proto.unknown === true ? "Unknown" : "Applies",
  };
}

/** What an operation does. A step's direction is one of the first three. `rollback`: back to where a failed operation started. */
export type OperationKind = "install" | "upgrade" | "downgrade" | "configure" | "remove" | "rollback";

export const operationKind = enumCodec<OperationKind, portolan.v1.OperationKind>({
  install: portolan.v1.OperationKind.OPERATION_KIND_INSTALL,
  upgrade: portolan.v1.OperationKind.OPERATION_KIND_UPGRADE,
  downgrade: portolan.v1.OperationKind.OPERATION_KIND_DOWNGRADE,
  configure: portolan.v1.OperationKind.OPERATION_KIND_CONFIGURE,
  remove: portolan.v1.OperationKind.OPERATION_KIND_REMOVE,
  rollback: portolan.v1.OperationKind.OPERATION_KIND_ROLLBACK,
});

type ProtoStep = portolan.v1.Step.$Properties;

export function stepToProto(value: Step): ProtoStep {
  return {
    from: text(value.from, "from", TEXT_LIMITS.token),
    to: requiredText(value.to, "to", TEXT_LIMITS.token),
    upgrader: text(value.upgrader, "upgrader", TEXT_LIMITS.token),
    kind: operationKind.toWire(value.direction),
    disruptive: value.disruptive,
    irreversible: value.irreversible,
    digest: requiredText(value.digest, "digest", TEXT_LIMITS.token),
  };
}

export function stepFromProto(proto: ProtoStep): Step {
  const from = text(proto.from, "from", TEXT_LIMITS.token);
  const upgrader = text(proto.upgrader, "upgrader", TEXT_LIMITS.token);
  return {
    from: from === "" ? null : from,
    to: requiredText(proto.to, "to", TEXT_LIMITS.token),
    upgrader: upgrader === "" ? null : upgrader,
    direction: direction(proto.kind),
    disruptive: proto.disruptive ?? false,
    irreversible: proto.irreversible ?? false,
    digest: requiredText(proto.digest, "digest", TEXT_LIMITS.token),
  };
}

function direction(value: portolan.v1.OperationKind | undefined): Step["direction"] {
  const kind = operationKind.fromWire(value, "kind");
  if (kind !== "install" && kind !== "upgrade" && kind !== "downgrade") {
    throw new WireError("InvalidField", "kind", `a step installs, upgrades or downgrades; found ${kind}`);
  }
  return kind;
}
