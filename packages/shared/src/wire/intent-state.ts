/** How far an intent has come in its cluster: part of every heartbeat. */
import { checkResultFromProto, checkResultToProto } from "./check-result.ts";
import type { CheckResult } from "./check-result.ts";
import { dnsLabel, dnsSubdomain, integer, nested, optionalText, requiredText } from "./checks.ts";
import { reasonFromProto, reasonToProto } from "./common.ts";
import type { Reason } from "./common.ts";
import { enumCodec } from "./enums.ts";
import { portolan } from "./generated/portolan.js";
import { TEXT_LIMITS } from "./limits.ts";

/** `Checked` (of an intent in mode Check), `Done`, `Refused`, `Failed` and `Held` are final. */
export type IntentPhase = "Checked" | "Waiting" | "Running" | "Done" | "Refused" | "Failed" | "Held";

const FINAL: ReadonlySet<IntentPhase> = new Set(["Checked", "Done", "Refused", "Failed", "Held"]);

/** Whether the hub may take the intent out of the document. */
export function isFinal(phase: IntentPhase): boolean {
  return FINAL.has(phase);
}

export interface IntentState {
  readonly id: string;
  /** Namespace and name of the instance. */
  readonly namespace: string;
  readonly name: string;
  readonly phase: IntentPhase;
  /** Why, where it was refused, failed or waits. */
  readonly reason?: Reason;
  /** The agent's own plan hash for the version, where it has one. */
  readonly planHash?: string;
  /** Generation of the instance that carries the intent; absent before it was applied. */
  readonly generation?: number;
  /** While it waits for a time and for nothing else, as for a maintenance window: when that is. */
  readonly waitsUntilUnixMs?: number;
  /** What the action would do here; of checked intents. */
  readonly check?: CheckResult;
}

const intentPhase = enumCodec<IntentPhase, portolan.v1.IntentPhase>({
  Checked: portolan.v1.IntentPhase.INTENT_PHASE_CHECKED,
  Waiting: portolan.v1.IntentPhase.INTENT_PHASE_WAITING,
  Running: portolan.v1.IntentPhase.INTENT_PHASE_RUNNING,
  Done: portolan.v1.IntentPhase.INTENT_PHASE_DONE,
  Refused: portolan.v1.IntentPhase.INTENT_PHASE_REFUSED,
  Failed: portolan.v1.IntentPhase.INTENT_PHASE_FAILED,
  Held: portolan.v1.IntentPhase.INTENT_PHASE_HELD,
});

export function intentStateToProto(state: IntentState): portolan.v1.IntentState.$Properties {
  const { reason, check } = state;
  return {
    ...plainStateFields(state),
    phase: intentPhase.toWire(state.phase),
    ...(reason === undefined ? {} : { reason: nested(reason, "reason", reasonToProto) }),
    ...(check === undefined ? {} : { check: nested(check, "check", checkResultToProto) }),
  };
}

export function intentStateFromProto(proto: portolan.v1.IntentState.$Properties): IntentState {
  const { reason, check } = proto;
  return {
    ...plainStateFields(proto),
    phase: intentPhase.fromWire(proto.phase, "phase"),
    ...(reason === null || reason === undefined ? {} : { reason: nested(reason, "reason", reasonFromProto) }),
    ...(check === null || check === undefined ? {} : { check: nested(check, "check", checkResultFromProto) }),
  };
}

function plainStateFields(
  state: Omit<IntentState, "phase" | "reason" | "check"> | portolan.v1.IntentState.$Properties,
): Omit<IntentState, "phase" | "reason" | "check"> {
  const generation = integer(state.generation, "generation");
  const waitsUntilUnixMs = integer(state.waitsUntilUnixMs, "waitsUntilUnixMs");
  return {
    id: requiredText(state.id, "id", TEXT_LIMITS.token),
    namespace: dnsLabel(state.namespace, "namespace"),
    name: dnsSubdomain(state.name, "name"),
    ...optionalText("planHash", state.planHash, TEXT_LIMITS.token),
    ...(generation === 0 ? {} : { generation }),
    ...(waitsUntilUnixMs === 0 ? {} : { waitsUntilUnixMs }),
  };
}
