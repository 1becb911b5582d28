/** A cluster's sign of life, and the digests that find what got lost. */
import { digestBytes, digestHex, dnsLabel, integer, list, nested, optionalText, requiredText, tolerantList, uint32 } from "./checks.ts";
import { incarnationFromProto, incarnationToProto, reasonFromProto, reasonToProto } from "./common.ts";
import type { Incarnation, Reason } from "./common.ts";
import type { Decoded, WireProblem } from "./errors.ts";
import { portolan } from "./generated/portolan.js";
import { intentStateFromProto, intentStateToProto } from "./intent-state.ts";
import type { IntentState } from "./intent-state.ts";
import { COUNT_LIMITS, MESSAGE_LIMITS, TEXT_LIMITS } from "./limits.ts";
import { fromBytes, toBytes } from "./protobuf.ts";

export interface Heartbeat {
  readonly cluster: string;
  readonly incarnation: Incarnation;
  readonly agentVersion: string;
  /** The agent's clock. */
  readonly sentAtUnixMs: number;
  readonly startedAtUnixMs: number;
  /** The next heartbeat comes within this time. */
  readonly intervalMs: number;
  /** Digest of the catalogs in use; absent while none was loaded. */
  readonly catalogDigest?: string;
  /** {@link SubjectDigests.hex} over the reports and availability reports that the agent keeps. */
  readonly reportsDigest: string;
  /** How many payloads the digest covers. */
  readonly reportsCount: number;
  /** Highest accepted revision of the intent document; 0 when none was seen. */
  readonly intentRevision: number;
  /** State of every open intent of that revision. */
  readonly intents: readonly IntentState[];
  /** Why the last intent document was not accepted; absent when it was. */
  readonly refusal?: Reason;
  readonly facts?: Facts;
  /** Problems of catalogs in use, one line each. */
  readonly catalogProblems: readonly string[];
}

/** What a cluster says of itself. */
export interface Facts {
  /** As the API server gives it. */
  readonly kubernetesVersion: string;
  readonly provider?: string;
  readonly region?: string;
  readonly nodes?: number;
}

/** @throws {WireError} when a field or the whole is not within what may be sent. */
export function encodeHeartbeat(heartbeat: Heartbeat): Uint8Array {
  const { refusal, facts } = heartbeat;
  return toBytes(
    portolan.v1.Heartbeat,
    {
      ...plainHeartbeatFields(heartbeat),
      incarnation: nested(heartbeat.incarnation, "incarnation", incarnationToProto),
      reportsDigest: digestBytes(heartbeat.reportsDigest, "reportsDigest"),
      intents: list(heartbeat.intents, "intents", COUNT_LIMITS.intents, intentStateToProto),
      ...(refusal === undefined ? {} : { refusal: nested(refusal, "refusal", reasonToProto) }),
      ...(facts === undefined ? {} : { facts: nested(facts, "facts", factsFields) }),
    },
    MESSAGE_LIMITS.heartbeat,
  );
}

/**
 * An intent's state that holds something unknown (a phase of a newer agent) is left out and listed.
 *
 * @throws {WireError}
 */
export function decodeHeartbeat(bytes: Uint8Array): Decoded<Heartbeat> {
  const proto = fromBytes(portolan.v1.Heartbeat, bytes, MESSAGE_LIMITS.heartbeat);
  const { refusal, facts } = proto;
  const problems: WireProblem[] = [];
  return {
    value: {
      ...plainHeartbeatFields(proto),
      incarnation: incarnationFromProto(proto.incarnation),
      reportsDigest: digestHex(proto.reportsDigest, "reportsDigest"),
      intents: tolerantList(proto.intents, "intents", COUNT_LIMITS.intents, problems, (state) => state.id, intentStateFromProto),
      ...(refusal === null || refusal === undefined ? {} : { refusal: nested(refusal, "refusal", reasonFromProto) }),
      ...(facts === null || facts === undefined ? {} : { facts: nested(facts, "facts", factsFields) }),
    },
    problems,
  };
}

type ConvertedFields = "incarnation" | "reportsDigest" | "intents" | "refusal" | "facts";

function plainHeartbeatFields(
  heartbeat: Omit<Heartbeat, ConvertedFields> | portolan.v1.Heartbeat.$Properties,
): Omit<Heartbeat, ConvertedFields> & { catalogProblems: string[] } {
  return {
    cluster: dnsLabel(heartbeat.cluster, "cluster"),
    agentVersion: requiredText(heartbeat.agentVersion, "agentVersion", TEXT_LIMITS.token),
    sentAtUnixMs: integer(heartbeat.sentAtUnixMs, "sentAtUnixMs"),
    startedAtUnixMs: integer(heartbeat.startedAtUnixMs, "startedAtUnixMs"),
    intervalMs: uint32(heartbeat.intervalMs, "intervalMs"),
    ...optionalText("catalogDigest", heartbeat.catalogDigest, TEXT_LIMITS.token),
    reportsCount: uint32(heartbeat.reportsCount, "reportsCount"),
    intentRevision: integer(heartbeat.intentRevision, "intentRevision"),
    catalogProblems: list(heartbeat.catalogProblems, "catalogProblems", COUNT_LIMITS.catalogProblems, (line) =>
      requiredText(line, "", TEXT_LIMITS.line),
    ),
  };
}

function factsFields(facts: Facts | portolan.v1.Facts.$Properties): Facts {
  const nodes = uint32(facts.nodes, "nodes");
  return {
    kubernetesVersion: requiredText(facts.kubernetesVersion, "kubernetesVersion", TEXT_LIMITS.token),
    ...optionalText("provider", facts.provider, TEXT_LIMITS.token),
    ...optionalText("region", facts.region, TEXT_LIMITS.token),
    ...(nodes === 0 ? {} : { nodes }),
  };
}
