import { z } from "zod";
import type { components } from "./generated/hub-api.ts";

/**
 * What the command reads of the hub's answers. Members that it does not know are kept, so that `-o json` shows all that the hub said, also a newer one.
 */

const labels = z.record(z.string(), z.string());

export const reasonSchema = z.looseObject({ code: z.string(), message: z.string(), url: z.string().optional() });

const instanceRef = { cluster: z.string(), namespace: z.string(), name: z.string() };

const stepSchema = z.looseObject({
  from: z.string().nullable(),
  to: z.string(),
  upgrader: z.string().nullable(),
  direction: z.string(),
  disruptive: z.boolean(),
  irreversible: z.boolean(),
});

const riskSchema = z.looseObject({ id: z.string(), message: z.string(), url: z.string().optional(), applies: z.string() });

export const clusterSchema = z.looseObject({
  name: z.string(),
  state: z.string(),
  labels,
  agentVersion: z.string(),
  lastSeenAt: z.string(),
  clockSkewMs: z.number().default(0),
  facts: z
    .looseObject({
      kubernetesVersion: z.string(),
      provider: z.string().optional(),
      region: z.string().optional(),
      nodes: z.number().optional(),
    })
    .optional(),
  catalogDigest: z.string().optional(),
  catalogProblems: z.array(z.string()),
  instances: z.number(),
  inSync: z.boolean(),
  intentDocument: z.looseObject({ refusal: reasonSchema.optional(), problem: reasonSchema.optional() }),
});

export const clusterLabelsSchema = z.looseObject({ labels });

const operationSchema = z.looseObject({
  kind: z.string(),
  steps: z.array(stepSchema),
  step: z.number(),
  action: z.string().optional(),
  message: z.string().optional(),
});

export const instanceSchema = z.looseObject({
  ...instanceRef,
  service: z.string(),
  phase: z.string(),
  version: z.string().optional(),
  targetVersion: z.string().optional(),
  ready: z.boolean(),
  reason: z.string().optional(),
  message: z.string().optional(),
  operation: operationSchema.optional(),
  ignoresFleet: z.boolean(),
  versionOwner: z.string().optional(),
  changedAt: z.string(),
  availability: z.looseObject({ available: z.number(), unavailable: z.number() }).optional(),
});

export const versionRowSchema = z.looseObject({
  service: z.string(),
  version: z.string(),
  counts: z.looseObject({ installed: z.number(), reachable: z.number(), blocked: z.number() }),
  installed: z.array(z.looseObject(instanceRef)),
  reachable: z.array(z.looseObject({ ...instanceRef, steps: z.number() })),
  blocked: z.array(z.looseObject({ ...instanceRef, reasons: z.array(reasonSchema) })),
});

export const planSchema = z.looseObject({
  ...instanceRef,
  service: z.string(),
  from: z.string().optional(),
  version: z.string(),
  steps: z.array(stepSchema),
  cost: z.number(),
  risks: z.array(riskSchema),
  planHash: z.string().optional(),
});

export const fleetPlanSchema = z.looseObject({
  ...instanceRef,
  from: z.string().optional(),
  reachable: z.boolean(),
  steps: z.array(stepSchema),
  cost: z.number(),
  risks: z.array(riskSchema),
  planHash: z.string().optional(),
  reasons: z.array(reasonSchema),
});

const checkSchema = z.looseObject({
  type: z.string(),
  steps: z.array(z.string()).optional(),
  disruptive: z.boolean().optional(),
  irreversible: z.boolean().optional(),
  risks: z.array(z.string()).optional(),
  changes: z.looseObject({ created: z.number(), changed: z.number(), deleted: z.number(), objects: z.array(z.string()) }).optional(),
  estimatedMs: z.number().optional(),
  reasons: z.array(reasonSchema),
});

export const targetSchema = z.looseObject({
  ...instanceRef,
  wave: z.string(),
  state: z.string(),
  from: z.string().optional(),
  to: z.string().optional(),
  check: checkSchema.optional(),
  version: z.string().optional(),
  operation: operationSchema.optional(),
  reasons: z.array(reasonSchema),
});

const interruptionSchema = z.looseObject({ at: z.string(), reason: reasonSchema, by: z.string().optional() });

export const rolloutSummarySchema = z.looseObject({
  name: z.string(),
  phase: z.string(),
  spec: z.looseObject({ action: z.string(), service: z.string(), version: z.string().optional(), versionRange: z.string().optional() }),
  reason: z.string().optional(),
  createdAt: z.string(),
  createdBy: z.string(),
  checkHash: z.string().optional(),
  startedAt: z.string().optional(),
  startedBy: z.string().optional(),
  paused: interruptionSchema.optional(),
  aborted: interruptionSchema.optional(),
  rollingBack: interruptionSchema.optional(),
  undoes: z.string().optional(),
  undoneBy: z.string().optional(),
  finishedAt: z.string().optional(),
  counts: z.record(z.string(), z.number()),
  waves: z.array(
    z.looseObject({ name: z.string(), state: z.string(), counts: z.record(z.string(), z.number()), approvedBy: z.string().optional() }),
  ),
});

export const rolloutSchema = rolloutSummarySchema.extend({ targets: z.array(targetSchema) });

export const catalogSchema = z.looseObject({
  name: z.string(),
  digest: z.string(),
  publishedAt: z.string(),
  services: z.array(z.looseObject({ name: z.string(), versions: z.array(z.string()) })),
});

export const auditEntrySchema = z.looseObject({
  id: z.string(),
  at: z.string(),
  actor: z.string(),
  action: z.string(),
  reason: z.string().optional(),
  rollout: z.string().optional(),
  cluster: z.string().optional(),
  service: z.string().optional(),
  namespace: z.string().optional(),
  name: z.string().optional(),
  before: z.unknown().optional(),
  after: z.unknown().optional(),
});

export const eventSchema = z.looseObject({
  ...instanceRef,
  at: z.string(),
  service: z.string(),
  type: z.string(),
  operationId: z.string().optional(),
  step: stepSchema.optional(),
  durationMs: z.number().optional(),
  message: z.string().optional(),
});

type Said = components["schemas"];

type Mutable<T> = T extends readonly (infer Item)[]
  ? Mutable<Item>[]
  : T extends object
    ? { -readonly [Name in keyof T]: Mutable<T[Name]> }
    : T;

/** What a schema reads. Does not compile when that is not what the hub's OpenAPI document says. */
type Reads<Schema extends z.ZodType, _Said extends z.input<Schema>> = z.output<Schema>;

export type AuditEntry = Reads<typeof auditEntrySchema, Mutable<Said["AuditEntry"]>>;
export type FleetEvent = Reads<typeof eventSchema, Mutable<Said["Event"]>>;
export type Cluster = Reads<typeof clusterSchema, Mutable<Said["Cluster"]>>;
export type Operation = Reads<typeof operationSchema, Mutable<Said["Operation"]>>;
export type Instance = Reads<typeof instanceSchema, Mutable<Said["Instance"]>>;
export type VersionRow = Reads<typeof versionRowSchema, Mutable<Said["VersionRow"]>>;
export type InstancePlan = Reads<typeof planSchema, Mutable<Said["Plan"]>>;
export type FleetPlan = Reads<typeof fleetPlanSchema, Mutable<Said["FleetPlan"]>>;
export type TargetCheck = Reads<typeof checkSchema, Mutable<Said["TargetCheck"]>>;
export type Target = Reads<typeof targetSchema, Mutable<Said["RolloutTarget"]>>;
export type RolloutSummary = Reads<typeof rolloutSummarySchema, Mutable<Said["Rollout"]>>;
export type Rollout = z.output<typeof rolloutSchema>;
export type PublishedCatalog = Reads<typeof catalogSchema, Mutable<Said["PublishedCatalog"]>>;
