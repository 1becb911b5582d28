/** Any value that may be sent, of each kind of message. */
import * as fc from "fast-check";

import type { ResolvedRisk } from "../graph/mod.ts";
import type { Step } from "../planner/mod.ts";
import type {
  AvailabilityDocument,
  AvailableVersion,
  DigestList,
  FleetEvent,
  Heartbeat,
  Incarnation,
  InstanceReport,
  InstanceStatus,
  CheckResult,
  InstanceTemplate,
  Intent,
  IntentBase,
  IntentDocument,
  IntentWish,
  IntentState,
  OperationStatus,
  Reason,
} from "./mod.ts";

export const label = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,10}[a-z0-9])?$/);
export const subdomain = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join("."));
const text = fc.string({ minLength: 1, maxLength: 20, unit: "grapheme" });
const digest = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString("hex"));
const time = fc.nat({ max: Number.MAX_SAFE_INTEGER });
const uint32 = fc.nat({ max: 0xffff_ffff });
const positive = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const labels = fc.dictionary(text, fc.string({ maxLength: 10 }), { maxKeys: 5, noNullPrototype: true });

const incarnation: fc.Arbitrary<Incarnation> = fc.record({ clusterUid: text, registrationId: fc.string({ maxLength: 10 }) });

const reason: fc.Arbitrary<Reason> = fc.record({ code: text, message: fc.string(), url: text }, { requiredKeys: ["code", "message"] });

const step: fc.Arbitrary<Step> = fc.record({
  from: fc.option(text),
  to: text,
  upgrader: fc.option(text),
  direction: fc.constantFrom("install", "upgrade", "downgrade"),
  disruptive: fc.boolean(),
  irreversible: fc.boolean(),
  digest,
});

const risk: fc.Arbitrary<ResolvedRisk> = fc.record(
  { id: text, message: fc.string(), url: text, applies: fc.constantFrom("Applies", "Unknown") },
  { requiredKeys: ["id", "message", "applies"] },
);

const operation: fc.Arbitrary<OperationStatus> = fc.record(
  {
    id: text,
    kind: fc.constantFrom("install", "upgrade", "downgrade", "configure", "remove"),
    steps: fc.array(step, { maxLength: 4 }),
    step: uint32,
    action: text,
    attempt: uint32,
    startedAtUnixMs: time,
    message: text,
  },
  { requiredKeys: ["id", "kind", "steps", "step", "attempt", "startedAtUnixMs"] },
);

const status: fc.Arbitrary<InstanceStatus> = fc.record(
  {
    uid: text,
    service: label,
    generation: time,
    observedGeneration: time,
    phase: fc.constantFrom(
      "Discovered",
      "Installing",
      "Ready",
      "Upgrading",
      "Downgrading",
      "Failed",
      "Suspended",
      "Removing",
      "Configuring",
    ),
    version: text,
    targetVersion: text,
    ready: fc.boolean(),
    message: text,
    reason: text,
    operation,
    availabilityDigest: digest,
    catalogDigest: digest,
    labels,
    ignoresFleet: fc.boolean(),
    versionOwner: text,
    changedAtUnixMs: time,
    intentId: text,
  },
  {
    requiredKeys: ["uid", "service", "generation", "observedGeneration", "phase", "ready", "labels", "ignoresFleet", "changedAtUnixMs"],
  },
);

export const instanceReport: fc.Arbitrary<InstanceReport> = fc.record({
  cluster: label,
  incarnation,
  namespace: label,
  name: subdomain,
  content: fc.oneof(
    fc.record({ type: fc.constant("status" as const), status }),
    fc.record({ type: fc.constant("tombstone" as const), uid: text }),
  ),
});

const availableVersion: fc.Arbitrary<AvailableVersion> = fc.record({
  version: text,
  steps: fc.array(step, { maxLength: 3 }),
  cost: time,
  risks: fc.array(risk, { maxLength: 3 }),
  planHash: digest,
});

export const availabilityDocument: fc.Arbitrary<AvailabilityDocument> = fc.record(
  {
    service: label,
    from: text,
    available: fc.array(availableVersion, { maxLength: 4 }),
    unavailable: fc.array(fc.record({ version: text, reasons: fc.array(reason, { minLength: 1, maxLength: 3 }) }), {
      maxLength: 4,
    }),
    totalAvailable: uint32,
    totalUnavailable: uint32,
  },
  { requiredKeys: ["service", "available", "unavailable", "totalAvailable", "totalUnavailable"] },
);

const checkResult: fc.Arbitrary<CheckResult> = fc.record(
  {
    steps: fc.array(text, { maxLength: 3 }),
    disruptive: fc.boolean(),
    irreversible: fc.boolean(),
    risks: fc.array(text, { maxLength: 3 }),
    changes: fc.record({ created: uint32, changed: uint32, deleted: uint32, objects: fc.array(text, { maxLength: 3 }) }),
  },
  { requiredKeys: ["steps", "disruptive", "irreversible", "risks"] },
);

const intentState: fc.Arbitrary<IntentState> = fc.record(
  {
    id: text,
    namespace: label,
    name: subdomain,
    phase: fc.constantFrom("Checked", "Waiting", "Running", "Done", "Refused", "Failed", "Held"),
    reason,
    planHash: digest,
    generation: positive,
    waitsUntilUnixMs: positive,
    check: checkResult,
  },
  { requiredKeys: ["id", "namespace", "name", "phase"] },
);

export const heartbeat: fc.Arbitrary<Heartbeat> = fc.record(
  {
    cluster: label,
    incarnation,
    agentVersion: text,
    sentAtUnixMs: time,
    startedAtUnixMs: time,
    intervalMs: uint32,
    catalogDigest: digest,
    reportsDigest: digest,
    reportsCount: uint32,
    intentRevision: time,
    intents: fc.array(intentState, { maxLength: 4 }),
    refusal: reason,
    facts: fc.record(
      { kubernetesVersion: text, provider: text, region: text, nodes: fc.integer({ min: 1, max: 0xffff_ffff }) },
      { requiredKeys: ["kubernetesVersion"] },
    ),
    catalogProblems: fc.array(text, { maxLength: 3 }),
  },
  {
    requiredKeys: [
      "cluster",
      "incarnation",
      "agentVersion",
      "sentAtUnixMs",
      "startedAtUnixMs",
      "intervalMs",
      "reportsDigest",
      "reportsCount",
      "intentRevision",
      "intents",
      "catalogProblems",
    ],
  },
);

/** Keys that no JSON from outside may have are refused on both sides. */
const key = text.filter((found) => !["__proto__", "constructor", "prototype"].includes(found));
const json = fc.dictionary(key, fc.oneof(text, fc.boolean(), fc.integer(), fc.array(text, { maxLength: 2 })), { maxKeys: 3 });

const template: fc.Arbitrary<InstanceTemplate> = fc
  .record(
    {
      config: json,
      overrides: json,
      secretRefs: fc.array(fc.record({ name: text, secretName: subdomain }), { minLength: 1, maxLength: 3 }),
      labels,
      targetNamespace: label,
      serviceAccountName: subdomain,
    },
    { requiredKeys: [] },
  )
  // Like everywhere on the wire, none and absent are the same.
  .map(({ labels: found, ...rest }) => (found === undefined || Object.keys(found).length === 0 ? rest : { ...rest, labels: found }));

const intentWish: fc.Arbitrary<IntentWish> = fc.oneof(
  fc.record({ action: fc.constant("Move" as const), version: text }),
  fc.record({ action: fc.constant("Install" as const), version: text, template }),
  fc.record({ action: fc.constant("Configure" as const), template }),
  fc.record(
    { action: fc.constant("Remove" as const), deletionPolicy: fc.constantFrom("Uninstall" as const, "Orphan" as const) },
    { requiredKeys: ["action"] },
  ),
);

const intentBase: fc.Arbitrary<IntentBase> = fc.record(
  {
    id: text,
    namespace: label,
    name: subdomain,
    mode: fc.constantFrom("Check", "Apply", "Hold"),
    service: label,
    planHash: digest,
    notAfterUnixMs: positive,
    rollout: text,
    reason: text,
    acceptRisks: fc.array(text, { maxLength: 3 }),
  },
  { requiredKeys: ["id", "namespace", "name", "mode", "service", "acceptRisks"] },
);

const intent: fc.Arbitrary<Intent> = fc.tuple(intentBase, intentWish).map(([base, wish]) => ({ ...base, ...wish }));

export const intentDocument: fc.Arbitrary<IntentDocument> = fc.record({
  cluster: label,
  incarnation,
  revision: time,
  issuedAtUnixMs: time,
  labels,
  catalogSet: fc.array(fc.record({ name: text, digest }), { maxLength: 3 }),
  intents: fc.array(intent, { maxLength: 4 }),
});

export const fleetEvent: fc.Arbitrary<FleetEvent> = fc.record(
  {
    cluster: label,
    incarnation,
    namespace: label,
    name: subdomain,
    service: label,
    atUnixMs: time,
    type: fc.constantFrom(
      "OperationStarted",
      "StepStarted",
      "HookFinished",
      "StepFinished",
      "OperationSucceeded",
      "OperationFailed",
      "OperationHeld",
      "DriftCorrected",
    ),
    operationId: text,
    step,
    stepIndex: uint32,
    hook: fc.record({ name: text, action: text, object: fc.string() }),
    durationMs: time,
    message: text,
  },
  { requiredKeys: ["cluster", "incarnation", "namespace", "name", "service", "atUnixMs", "type"] },
);

export const digestList: fc.Arbitrary<DigestList> = fc.record({
  cluster: label,
  incarnation,
  entries: fc.array(fc.record({ subject: text, digest }), { maxLength: 5 }),
});
