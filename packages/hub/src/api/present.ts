import type { z } from "@hono/zod-openapi";
import type { AuditEntry } from "../audit/mod.ts";
import type { FleetEvent, OperationStatus, Reason } from "@portolan/shared/wire";
import type { PublishedCatalog } from "../catalogs/mod.ts";
import { isAvailabilityCurrent, type Availability, type ClusterView, type InstanceRef, type InstanceView } from "../fleet/mod.ts";
import type { Labels } from "../registry/mod.ts";
import { planFor, type Interruption, type RolloutProgress, type TargetCheck, type TargetProgress } from "../rollouts/mod.ts";
import type {
  auditEntrySchema,
  availabilitySchema,
  catalogSchema,
  clusterSchema,
  eventSchema,
  fleetPlanSchema,
  instanceSchema,
  operationSchema,
  rolloutSchema,
  targetSchema,
} from "./schemas.ts";

/** How the hub's views look in the API. */

/** The last moment that a Date can be. */
const MAX_TIME_MS = 8.64e15;

/** Times come from agents' clocks too: one that no date can be becomes the last that can. */
function toTime(ms: number): string {
  return new Date(Math.min(ms, MAX_TIME_MS)).toISOString();
}

export function refOf({ cluster, namespace, name }: InstanceRef): InstanceRef {
  return { cluster, namespace, name };
}

export interface ClusterContext {
  readonly labels: Labels;
  /** Revision of the document that was published for it. */
  readonly revision: number | undefined;
  readonly problem: { readonly code: string; readonly message: string } | undefined;
  readonly instances: number;
}

export function presentCluster(cluster: ClusterView, context: ClusterContext): z.infer<typeof clusterSchema> {
  const { heartbeat } = cluster;
  const { revision, problem } = context;
  return {
    name: cluster.name,
    state: cluster.connectivity,
    labels: context.labels,
    incarnation: heartbeat.incarnation,
    agentVersion: heartbeat.agentVersion,
    agentStartedAt: toTime(heartbeat.startedAtUnixMs),
    lastSeenAt: toTime(cluster.lastSeenAtMs),
    clockSkewMs: cluster.clockSkewMs,
    heartbeatIntervalMs: heartbeat.intervalMs,
    ...(heartbeat.facts === undefined ? {} : { facts: heartbeat.facts }),
    ...(heartbeat.catalogDigest === undefined ? {} : { catalogDigest: heartbeat.catalogDigest }),
    catalogProblems: heartbeat.catalogProblems,
    instances: context.instances,
    inSync: cluster.inSync,
    intentDocument: {
      ...(revision === undefined ? {} : { revision }),
      acknowledged: heartbeat.intentRevision,
      ...(heartbeat.refusal === undefined ? {} : { refusal: heartbeat.refusal }),
      ...(problem === undefined ? {} : { problem: { code: problem.code, message: problem.message } }),
    },
    intents: heartbeat.intents,
  };
}

export function presentInstance(instance: InstanceView): z.infer<typeof instanceSchema> {
  const { operation, availabilityDigest: _digest, changedAtUnixMs, ...status } = instance.status;
  const { availability } = instance;
  return {
    ...refOf(instance),
    ...status,
    ...(operation === undefined ? {} : { operation: presentOperation(operation) }),
    changedAt: toTime(changedAtUnixMs),
    ...(availability === undefined
      ? {}
      : {
          availability: {
            digest: availability.digest,
            current: isAvailabilityCurrent(instance),
            available: availability.document.totalAvailable,
            unavailable: availability.document.totalUnavailable,
          },
        }),
  };
}

function presentOperation({ startedAtUnixMs, ...operation }: OperationStatus): z.infer<typeof operationSchema> {
  return { ...operation, startedAt: toTime(startedAtUnixMs) };
}

export function presentAvailability(instance: InstanceView, { digest, document }: Availability): z.infer<typeof availabilitySchema> {
  return { ...refOf(instance), ...document, digest, current: isAvailabilityCurrent(instance) };
}

/** One instance's way to a version, or why there is none. */
export function presentFleetPlan(instance: InstanceView, version: string): z.infer<typeof fleetPlanSchema> {
  const found = planFor(instance, version);
  const { version: from } = instance.status;
  const shared = { ...refOf(instance), ...(from === undefined ? {} : { from }) };
  switch (found.type) {
    case "There":
    case "Installed":
      return { ...shared, reachable: true, steps: [], cost: 0, risks: [], reasons: [] };
    case "Reachable": {
      const { steps, cost, risks, planHash } = found.plan;
      return { ...shared, reachable: true, steps, cost, risks, planHash, reasons: [] };
    }
    case "Unreachable":
      return { ...shared, reachable: false, steps: [], cost: 0, risks: [], reasons: found.reasons };
    case "Unknown":
      return { ...shared, reachable: false, steps: [], cost: 0, risks: [], reasons: [found.reason] };
  }
}

export function presentRollout({ rollout, phase, counts, waves }: RolloutProgress): z.infer<typeof rolloutSchema> {
  const { check, started, paused, aborted, rollingBack, finished } = rollout;
  return {
    name: rollout.name,
    uid: rollout.uid,
    phase,
    spec: rollout.spec,
    ...(rollout.reason === undefined ? {} : { reason: rollout.reason }),
    createdAt: toTime(rollout.createdAtMs),
    createdBy: rollout.createdBy,
    ...(check?.hash === undefined ? {} : { checkHash: check.hash }),
    ...(started === undefined ? {} : { startedAt: toTime(started.atMs), startedBy: started.by }),
    ...(paused === undefined ? {} : { paused: presentInterruption(paused) }),
    ...(aborted === undefined ? {} : { aborted: presentInterruption(aborted) }),
    ...(rollingBack === undefined ? {} : { rollingBack: presentInterruption(rollingBack) }),
    ...(rollout.undoes === undefined ? {} : { undoes: rollout.undoes.name }),
    ...(rollout.undoneBy === undefined ? {} : { undoneBy: rollout.undoneBy }),
    ...(finished === undefined ? {} : { finishedAt: toTime(finished.atMs) }),
    counts,
    waves: waves.map(({ startedAtMs, settledAtMs, passedAtMs, ...wave }) => ({
      ...wave,
      ...(startedAtMs === undefined ? {} : { startedAt: toTime(startedAtMs) }),
      ...(settledAtMs === undefined ? {} : { settledAt: toTime(settledAtMs) }),
      ...(passedAtMs === undefined ? {} : { passedAt: toTime(passedAtMs) }),
    })),
  };
}

function presentInterruption({ atMs, reason, by }: Interruption): { at: string; reason: Reason; by?: string } {
  return { at: toTime(atMs), reason, ...(by === undefined ? {} : { by }) };
}

export function presentTarget({ operation, settledAtMs, check, ...target }: TargetProgress): z.infer<typeof targetSchema> {
  return {
    ...target,
    ...(check === undefined ? {} : { check: presentCheck(check) }),
    ...(operation === undefined ? {} : { operation: presentOperation(operation) }),
    ...(settledAtMs === undefined ? {} : { settledAt: toTime(settledAtMs) }),
  };
}

function presentCheck(check: TargetCheck): NonNullable<z.infer<typeof targetSchema>["check"]> {
  switch (check.type) {
    case "Asked":
    case "There":
      return { type: check.type, reasons: [] };
    case "Checked":
      return { ...check, reasons: [] };
    case "Refused":
      return check;
    case "Unchecked":
      return { type: check.type, reasons: [check.reason] };
  }
}

export function presentCatalog({ publishedAtMs, ...catalog }: PublishedCatalog): z.infer<typeof catalogSchema> {
  return { ...catalog, publishedAt: toTime(publishedAtMs) };
}

export function presentEvent({ atUnixMs, incarnation: _incarnation, ...event }: FleetEvent): z.infer<typeof eventSchema> {
  return { ...event, at: toTime(atUnixMs) };
}

export function presentAuditEntry({ atMs, ...entry }: AuditEntry): z.infer<typeof auditEntrySchema> {
  return { ...entry, at: toTime(atMs) };
}
