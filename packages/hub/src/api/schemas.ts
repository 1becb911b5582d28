import { z } from "@hono/zod-openapi";
import { PHASES } from "../rollouts/mod.ts";
import { rolloutSelector, rolloutSpec } from "./rollout-schemas.ts";

/** Shapes of what the API takes and gives. Times are RFC 3339, digests lower-case hex SHA-256. */

const time = z.iso.datetime();
const list = <T extends z.ZodType>(item: T) => z.array(item).readonly();
const labels = z.record(z.string(), z.string()).readonly();

export const problemSchema = z
  .looseObject({ type: z.string(), title: z.string(), status: z.number(), code: z.string(), detail: z.string() })
  .openapi("Problem");

const reasonSchema = z.object({ code: z.string(), message: z.string(), url: z.string().optional() }).openapi("Reason");

const instanceRef = z.object({ cluster: z.string(), namespace: z.string(), name: z.string() });

const stepSchema = z
  .object({
    from: z.string().nullable(),
    to: z.string(),
    upgrader: z.string().nullable(),
    direction: z.enum(["install", "upgrade", "downgrade"]),
    disruptive: z.boolean(),
    irreversible: z.boolean(),
    digest: z.string(),
  })
  .openapi("Step");

const riskSchema = z
  .object({ id: z.string(), message: z.string(), url: z.string().optional(), applies: z.enum(["Applies", "Unknown"]) })
  .openapi("Risk");

export const hubSchema = z
  .object({
    version: z.string(),
    publicKey: z.string().openapi({ description: "Ed25519, raw 32 bytes in base64: what agents pin" }),
    keyId: z.string(),
    startedAt: time,
    clockSkewMs: z.number().int().openapi({
      description:
        "So far the hub's own clock is ahead of the NATS server's (ms), behind it where negative; 0 within a second. It goes by the server's",
    }),
    ready: z.boolean(),
    waitingFor: list(z.string()),
    connected: z.boolean(),
    streams: list(z.object({ name: z.string(), caughtUp: z.boolean() })),
    clusters: z.number().int(),
    instances: z.number().int(),
  })
  .openapi("Hub");

const intentStateSchema = z
  .object({
    id: z.string(),
    namespace: z.string(),
    name: z.string(),
    phase: z.enum(["Checked", "Waiting", "Running", "Done", "Refused", "Failed", "Held"]),
    reason: reasonSchema.optional(),
    planHash: z.string().optional(),
    generation: z.number().optional(),
  })
  .openapi("IntentState");

export const clusterSchema = z
  .object({
    name: z.string(),
    state: z.enum(["Online", "Offline"]),
    labels,
    incarnation: z.object({ clusterUid: z.string(), registrationId: z.string() }),
    agentVersion: z.string(),
    agentStartedAt: time,
    lastSeenAt: time,
    clockSkewMs: z.number().int().openapi({
      description:
        "So far the agent's clock is ahead of the fleet's (ms), behind it where negative; 0 within a second. Its times are off by that",
    }),
    heartbeatIntervalMs: z.number(),
    facts: z
      .object({
        kubernetesVersion: z.string(),
        provider: z.string().optional(),
        region: z.string().optional(),
        nodes: z.number().optional(),
      })
      .optional(),
    catalogDigest: z.string().optional(),
    catalogProblems: list(z.string()),
    instances: z.number().int(),
    inSync: z.boolean().openapi({ description: "The hub holds exactly what the agent's newest heartbeat stands for" }),
    intentDocument: z.object({
      revision: z.number().optional().openapi({ description: "Revision that was published; absent: none" }),
      acknowledged: z.number().openapi({ description: "Revision that the agent has accepted; 0: none" }),
      refusal: reasonSchema.optional(),
      problem: reasonSchema.optional(),
    }),
    intents: list(intentStateSchema),
  })
  .openapi("Cluster");

export const operationSchema = z
  .object({
    id: z.string(),
    kind: z.string(),
    steps: list(stepSchema),
    step: z.number().int(),
    action: z.string().optional(),
    attempt: z.number().int(),
    startedAt: time,
    message: z.string().optional(),
  })
  .openapi("Operation");

export const instanceSchema = instanceRef
  .extend({
    uid: z.string(),
    service: z.string(),
    phase: z.string(),
    version: z.string().optional(),
    targetVersion: z.string().optional(),
    ready: z.boolean(),
    reason: z.string().optional(),
    message: z.string().optional(),
    generation: z.number(),
    observedGeneration: z.number(),
    operation: operationSchema.optional(),
    labels,
    ignoresFleet: z.boolean(),
    versionOwner: z.string().optional(),
    intentId: z.string().optional(),
    catalogDigest: z.string().optional(),
    changedAt: time,
    availability: z
      .object({ digest: z.string(), current: z.boolean(), available: z.number().int(), unavailable: z.number().int() })
      .optional(),
  })
  .openapi("Instance");

const availableVersionSchema = z.object({
  version: z.string(),
  steps: list(stepSchema),
  cost: z.number(),
  risks: list(riskSchema),
  planHash: z.string(),
});

export const availabilitySchema = instanceRef
  .extend({
    service: z.string(),
    from: z.string().optional(),
    digest: z.string(),
    current: z.boolean().openapi({ description: "It belongs to the instance's reported state" }),
    available: list(availableVersionSchema),
    unavailable: list(z.object({ version: z.string(), reasons: list(reasonSchema) })),
    totalAvailable: z.number().int(),
    totalUnavailable: z.number().int(),
  })
  .openapi("Availability");

export const versionRowSchema = z
  .object({
    service: z.string(),
    version: z.string(),
    counts: z.object({ installed: z.number().int(), reachable: z.number().int(), blocked: z.number().int() }),
    installed: list(instanceRef),
    reachable: list(instanceRef.extend({ steps: z.number().int() })),
    blocked: list(instanceRef.extend({ reasons: list(reasonSchema) })),
  })
  .openapi("VersionRow");

export const planSchema = instanceRef
  .extend({
    service: z.string(),
    from: z.string().optional(),
    version: z.string(),
    steps: list(stepSchema),
    cost: z.number(),
    disruptive: z.boolean(),
    irreversible: z.boolean(),
    risks: list(riskSchema),
    planHash: z.string().optional().openapi({ description: "Absent when the instance is at the version already" }),
  })
  .openapi("Plan");

export const fleetPlanSchema = instanceRef
  .extend({
    from: z.string().optional(),
    reachable: z.boolean(),
    steps: list(stepSchema),
    cost: z.number(),
    risks: list(riskSchema),
    planHash: z.string().optional(),
    reasons: list(reasonSchema),
  })
  .openapi("FleetPlan");

export const planRequestSchema = z
  .strictObject({ service: z.string().min(1), version: z.string().min(1), selector: rolloutSelector.default({}) })
  .openapi("PlanRequest", { example: { service: "cert-manager", version: "1.20.0", selector: { labels: "env=test" } } });

const TARGET_STATES = ["Pending", "Deferred", "Sent", "Waiting", "Running", "Succeeded", "Failed", "Refused", "Held", "Skipped"] as const;
export const targetStateSchema = z.enum(TARGET_STATES);
const counts = z.record(targetStateSchema, z.number().int()).readonly();

const checkSchema = z
  .object({
    type: z.enum(["Asked", "Checked", "There", "Refused", "Unchecked"]),
    planHash: z.string().optional(),
    steps: list(z.string()).optional().openapi({ description: "Versions after each" }),
    disruptive: z.boolean().optional(),
    irreversible: z.boolean().optional(),
    risks: list(z.string()).optional().openapi({ description: "Ids" }),
    changes: z
      .object({ created: z.number().int(), changed: z.number().int(), deleted: z.number().int(), objects: list(z.string()) })
      .optional()
      .openapi({ description: "How the service's manifests change: how many objects, and the first of them" }),
    estimatedMs: z.number().optional().openapi({ description: "As long as the same took elsewhere; absent: nothing like it was seen" }),
    reasons: list(reasonSchema),
  })
  .openapi("TargetCheck", { description: "What the cluster's agent said it would do" });

export const targetSchema = instanceRef
  .extend({
    wave: z.string(),
    state: targetStateSchema,
    from: z.string().optional(),
    to: z.string().optional(),
    version: z.string().optional().openapi({ description: "Installed now" }),
    ready: z.boolean().optional(),
    check: checkSchema.optional(),
    intentId: z.string().optional(),
    planHash: z.string().optional(),
    agentPlanHash: z.string().optional().openapi({ description: "The agent's own plan, where it is another one than was sent" }),
    operation: operationSchema.optional(),
    reasons: list(reasonSchema),
    settledAt: time.optional(),
  })
  .openapi("RolloutTarget");

const interruptionSchema = z.object({ at: time, reason: reasonSchema, by: z.string().optional() }).openapi("Interruption");

export const phaseSchema = z.enum(PHASES);

export const rolloutSchema = z
  .object({
    name: z.string(),
    uid: z.string(),
    phase: phaseSchema,
    spec: rolloutSpec,
    reason: z.string().optional(),
    createdAt: time,
    createdBy: z.string(),
    checkHash: z.string().optional().openapi({ description: "What the check came to; a start has to name it" }),
    startedAt: time.optional(),
    startedBy: z.string().optional(),
    paused: interruptionSchema.optional(),
    aborted: interruptionSchema.optional(),
    rollingBack: interruptionSchema.optional(),
    undoes: z.string().optional().openapi({ description: "Name of the rollout whose targets it brings back" }),
    undoneBy: z.string().optional(),
    finishedAt: time.optional(),
    counts,
    waves: list(
      z.object({
        name: z.string(),
        state: z.enum(["Pending", "AwaitingApproval", "Running", "Soaking", "Passed"]),
        counts,
        startedAt: time.optional(),
        settledAt: time.optional(),
        passedAt: time.optional(),
        approvedBy: z.string().optional(),
      }),
    ),
  })
  .openapi("Rollout");

const refs = z
  .array(z.strictObject({ cluster: z.string().min(1), namespace: z.string().min(1), name: z.string().min(1) }))
  .min(1)
  .max(10_000);

/** What can be asked of a rollout, as `POST /v1/rollouts/{name}/{action}`. */
export const rolloutActionSchema = z
  .strictObject({
    reason: z.string().min(1).max(1024).optional().openapi({ description: "Why; kept in the audit" }),
    hash: z.string().optional().openapi({ description: "For start: the rollout's checkHash" }),
    wave: z.string().min(1).optional().openapi({ description: "For approve and reject: the wave that is meant, by its name or place" }),
    targets: refs.optional().openapi({ description: "For skip; for retry: some of those that failed instead of all" }),
  })
  .openapi("RolloutActionRequest", { example: { reason: "the change was agreed to" } });

export const catalogSchema = z
  .object({
    name: z.string(),
    digest: z.string(),
    publishedAt: time,
    services: list(z.object({ name: z.string(), versions: list(z.string()) })),
  })
  .openapi("Catalog");

export const publishedCatalogSchema = catalogSchema
  .extend({
    findings: list(
      z.object({
        severity: z.enum(["error", "warning"]),
        code: z.string(),
        file: z.string(),
        path: z.string().optional(),
        message: z.string(),
      }),
    ),
  })
  .openapi("PublishedCatalog");

export const catalogRequestSchema = z
  .strictObject({
    name: z.string().regex(/^[a-z0-9](?:[-a-z0-9.]{0,61}[a-z0-9])?$/u, "must be of a-z, 0-9, - and ., at most 63 characters"),
    catalog: z
      .unknown()
      .openapi({ type: "object", additionalProperties: true, description: "The catalog as JSON, as `portolan catalog` prints it" }),
  })
  .openapi("CatalogRequest", { example: { name: "base", catalog: { services: [] } } });

export const eventSchema = instanceRef
  .extend({
    service: z.string(),
    at: time,
    type: z.string(),
    operationId: z.string().optional(),
    step: stepSchema.optional(),
    stepIndex: z.number().int().optional(),
    hook: z.object({ name: z.string(), action: z.string(), object: z.string() }).optional(),
    durationMs: z.number().optional(),
    message: z.string().optional(),
  })
  .openapi("Event");

export const auditEntrySchema = z
  .object({
    id: z.string(),
    at: time,
    actor: z.string().openapi({ description: "`system:hub` for what the hub decided by itself" }),
    action: z.string().openapi({ description: "What was done, as a verb: RolloutStarted, CatalogPublished" }),
    reason: z.string().optional(),
    rollout: z.string().optional(),
    cluster: z.string().optional(),
    service: z.string().optional(),
    namespace: z.string().optional(),
    name: z.string().optional(),
    before: z.unknown().optional().openapi({ description: "How it was, where that says something" }),
    after: z.unknown().optional().openapi({ description: "How it is since" }),
  })
  .openapi("AuditEntry");
