/** All open wishes of the hub for one cluster. A document travels in a signed envelope (`signing/`). */
import type { Version } from "../catalog/mod.ts";
import { dnsLabel, dnsSubdomain, integer, labels, list, nested, optionalText, required, requiredText, tolerantList } from "./checks.ts";
import { incarnationFromProto, incarnationToProto } from "./common.ts";
import type { Incarnation } from "./common.ts";
import { enumCodec } from "./enums.ts";
import { WireError } from "./errors.ts";
import type { Decoded, WireProblem } from "./errors.ts";
import { portolan } from "./generated/portolan.js";
import { templateFromProto, templateToProto } from "./instance-template.ts";
import type { InstanceTemplate } from "./instance-template.ts";
import { COUNT_LIMITS, MESSAGE_LIMITS, TEXT_LIMITS } from "./limits.ts";
import { fromBytes, toBytes } from "./protobuf.ts";

/** The payload type of an envelope that holds an intent document. */
export const INTENT_DOCUMENT_TYPE = "portolan.v1.IntentDocument";

export interface IntentDocument {
  /** The cluster and incarnation that it is for; any other refuses it. */
  readonly cluster: string;
  readonly incarnation: Incarnation;
  /** Only grows for a cluster; an agent accepts only a newer one than it has seen. */
  readonly revision: number;
  /** When it was signed, by the clock of the cluster that it is for as far as the hub knows it. */
  readonly issuedAtUnixMs: number;
  /** Labels that the hub keeps for the cluster. */
  readonly labels: { readonly [key: string]: string };
  /** Catalogs of the fleet, lowest precedence first; they come after the agent's own. */
  readonly catalogSet: readonly CatalogReference[];
  /** Every open intent; an absent one says nothing. */
  readonly intents: readonly Intent[];
}

/** Names a catalog by content. */
export interface CatalogReference {
  /** Given at publishing, for people. */
  readonly name: string;
  /** Lower-case hex SHA-256 of the catalog's canonical JSON. */
  readonly digest: string;
}

/**
 * `Check`: plan, render, pre-flight and report, change nothing. `Apply`: carry out the action.
 * `Hold`: stop after the running step; the target becomes the last version reached.
 */
export type IntentMode = "Check" | "Apply" | "Hold";

/** A wish of the hub for one instance. */
export type Intent = IntentBase & IntentWish;

export interface IntentBase {
  /** Unique within the fleet, stable over revisions of the document. */
  readonly id: string;
  /** Namespace and name of the ServiceInstance. */
  readonly namespace: string;
  readonly name: string;
  readonly mode: IntentMode;
  /** Service that the instance must be of. */
  readonly service: string;
  /** Hash of the plan that was agreed to; must be equal to the agent's own. */
  readonly planHash?: string;
  /** Not accepted after this, by the cluster's clock; absent = no limit. It does not end a running operation. */
  readonly notAfterUnixMs?: number;
  /** The fleet command that it belongs to. */
  readonly rollout?: string;
  /** Why, in the words of the person who asked. */
  readonly reason?: string;
  /** Risks that were accepted, by id. */
  readonly acceptRisks: readonly string[];
}

/** What is wished of an instance. */
export type IntentWish =
  /** Brings an existing instance to the version. */
  | { readonly action: "Move"; readonly version: Version }
  /** Makes the instance, at the version. */
  | { readonly action: "Install"; readonly version: Version; readonly template: InstanceTemplate }
  /** Gives an existing instance another configuration; its version stays. */
  | { readonly action: "Configure"; readonly template: InstanceTemplate }
  /** Deletes the instance. Without a policy, its own says what becomes of the service's objects. */
  | { readonly action: "Remove"; readonly deletionPolicy?: "Uninstall" | "Orphan" };

const intentMode = enumCodec<IntentMode, portolan.v1.IntentMode>({
  Check: portolan.v1.IntentMode.INTENT_MODE_CHECK,
  Apply: portolan.v1.IntentMode.INTENT_MODE_APPLY,
  Hold: portolan.v1.IntentMode.INTENT_MODE_HOLD,
});

const intentAction = enumCodec<Intent["action"], portolan.v1.IntentAction>({
  Move: portolan.v1.IntentAction.INTENT_ACTION_MOVE,
  Install: portolan.v1.IntentAction.INTENT_ACTION_INSTALL,
  Configure: portolan.v1.IntentAction.INTENT_ACTION_CONFIGURE,
  Remove: portolan.v1.IntentAction.INTENT_ACTION_REMOVE,
});

const deletionPolicy = enumCodec<"Uninstall" | "Orphan", portolan.v1.DeletionPolicy>({
  Uninstall: portolan.v1.DeletionPolicy.DELETION_POLICY_UNINSTALL,
  Orphan: portolan.v1.DeletionPolicy.DELETION_POLICY_ORPHAN,
});

/** @throws {WireError} when a field or the whole is not within what may be sent. */
export function encodeIntentDocument(document: IntentDocument): Uint8Array {
  return toBytes(
    portolan.v1.IntentDocument,
    {
      ...plainDocumentFields(document),
      incarnation: nested(document.incarnation, "incarnation", incarnationToProto),
      intents: list(document.intents, "intents", COUNT_LIMITS.intents, intentToProto),
    },
    MESSAGE_LIMITS.intentDocument,
  );
}

/**
 * An intent that is wrong, or that holds something unknown (a mode of a newer hub), is left out and listed by its id, so that the
 * agent can refuse it; the other intents hold.
 *
 * @throws {WireError}
 */
export function decodeIntentDocument(bytes: Uint8Array): Decoded<IntentDocument> {
  const proto = fromBytes(portolan.v1.IntentDocument, bytes, MESSAGE_LIMITS.intentDocument);
  const problems: WireProblem[] = [];
  return {
    value: {
      ...plainDocumentFields(proto),
      incarnation: incarnationFromProto(proto.incarnation),
      intents: tolerantList(proto.intents, "intents", COUNT_LIMITS.intents, problems, (intent) => intent.id, intentFromProto),
    },
    problems,
  };
}

type ConvertedFields = "incarnation" | "intents" | "catalogSet" | "labels";

function plainDocumentFields(
  document: IntentDocument | portolan.v1.IntentDocument.$Properties,
): Omit<IntentDocument, ConvertedFields> & { labels: { [key: string]: string }; catalogSet: CatalogReference[] } {
  return {
    cluster: dnsLabel(document.cluster, "cluster"),
    revision: integer(document.revision, "revision"),
    issuedAtUnixMs: integer(document.issuedAtUnixMs, "issuedAtUnixMs"),
    labels: labels(document.labels, "labels", COUNT_LIMITS.labels),
    catalogSet: list<CatalogReference | portolan.v1.CatalogReference.$Properties, CatalogReference>(
      document.catalogSet,
      "catalogSet",
      COUNT_LIMITS.catalogs,
      catalogReferenceFields,
    ),
  };
}

const HEX_DIGEST = /^[0-9a-f]{64}$/;

function catalogReferenceFields(reference: CatalogReference | portolan.v1.CatalogReference.$Properties): CatalogReference {
  const digest = requiredText(reference.digest, "digest", TEXT_LIMITS.token);
  if (!HEX_DIGEST.test(digest)) {
    throw new WireError("InvalidField", "digest", "must be a SHA-256 as 64 lower-case hex digits");
  }
  return { name: requiredText(reference.name, "name", TEXT_LIMITS.token), digest };
}

function intentToProto(intent: Intent): portolan.v1.Intent.$Properties {
  return {
    ...plainIntentFields(intent),
    mode: intentMode.toWire(intent.mode),
    action: intentAction.toWire(intent.action),
    ...wishToProto(intent),
  };
}

function wishToProto(intent: Intent): Pick<portolan.v1.Intent.$Properties, "version" | "template" | "deletionPolicy"> {
  switch (intent.action) {
    case "Move":
      return { version: versionField(intent.version) };
    case "Install":
      return { version: versionField(intent.version), template: nested(intent.template, "template", templateToProto) };
    case "Configure":
      return { template: nested(intent.template, "template", templateToProto) };
    case "Remove":
      return intent.deletionPolicy === undefined ? {} : { deletionPolicy: deletionPolicy.toWire(intent.deletionPolicy) };
  }
}

function intentFromProto(proto: portolan.v1.Intent.$Properties): Intent {
  return { ...plainIntentFields(proto), mode: intentMode.fromWire(proto.mode, "mode"), ...wishFromProto(proto) };
}

function wishFromProto(proto: portolan.v1.Intent.$Properties): IntentWish {
  const isOfOldHub = (proto.action ?? 0) === portolan.v1.IntentAction.INTENT_ACTION_UNSPECIFIED;
  const action = isOfOldHub ? "Move" : intentAction.fromWire(proto.action, "action");
  switch (action) {
    case "Move":
      return { action, version: versionField(proto.version) };
    case "Install":
      return { action, version: versionField(proto.version), template: templateField(proto.template) };
    case "Configure":
      return { action, template: templateField(proto.template) };
    case "Remove":
      return (proto.deletionPolicy ?? 0) === portolan.v1.DeletionPolicy.DELETION_POLICY_UNSPECIFIED
        ? { action }
        : { action, deletionPolicy: deletionPolicy.fromWire(proto.deletionPolicy, "deletionPolicy") };
  }
}

function versionField(version: string | null | undefined): string {
  return requiredText(version, "version", TEXT_LIMITS.token);
}

function templateField(template: portolan.v1.InstanceTemplate.$Properties | null | undefined): InstanceTemplate {
  return nested(required(template, "template"), "template", templateFromProto);
}

function plainIntentFields(
  intent: IntentBase | portolan.v1.Intent.$Properties,
): Omit<IntentBase, "mode" | "acceptRisks"> & { acceptRisks: string[] } {
  const notAfterUnixMs = integer(intent.notAfterUnixMs, "notAfterUnixMs");
  return {
    id: requiredText(intent.id, "id", TEXT_LIMITS.token),
    namespace: dnsLabel(intent.namespace, "namespace"),
    name: dnsSubdomain(intent.name, "name"),
    service: dnsLabel(intent.service, "service"),
    ...optionalText("planHash", intent.planHash, TEXT_LIMITS.token),
    ...(notAfterUnixMs === 0 ? {} : { notAfterUnixMs }),
    ...optionalText("rollout", intent.rollout, TEXT_LIMITS.token),
    ...optionalText("reason", intent.reason, TEXT_LIMITS.message),
    acceptRisks: list(intent.acceptRisks, "acceptRisks", COUNT_LIMITS.risks, (id) => requiredText(id, "", TEXT_LIMITS.token)),
  };
}
