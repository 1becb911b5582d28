import type { JsonObject } from "@portolan/shared/json";
import { compile, evaluate, ExpressionError, scopeOf } from "@portolan/shared/expression";
import type { Reason } from "@portolan/shared/wire";
import type { ClusterView, FleetReader, InstanceView } from "../fleet/mod.ts";
import { isObserved, isThere, observe } from "./assess.ts";
import type { LabelsOf } from "./members.ts";
import type { Rollout, Target } from "./model.ts";
import { waveName } from "./waves.ts";

/** What stands between a wave that has come to its end and the next one. */
export type Gate =
  | { readonly type: "Soaking"; readonly untilMs: number }
  /** It does not hold now, and may until then. */
  | { readonly type: "Closed"; readonly untilMs: number; readonly reason: Reason }
  | { readonly type: "Failed"; readonly reason: Reason }
  | { readonly type: "Open" };

export interface GateContext {
  readonly fleet: FleetReader;
  readonly labelsOf: LabelsOf;
  readonly nowMs: number;
}

/**
 * The gate of a wave whose targets have all come to their end. It looks at what stands now: what succeeded must still be ready at its
 * version, and the wave's expression must hold for each.
 */
export function gateOf(rollout: Rollout, wave: number, settledAtMs: number, context: GateContext): Gate {
  const { soakSeconds = 0, verify, verifyDeadlineSeconds = 0 } = rollout.spec.waves[wave] ?? {};
  const { promotedAtMs } = rollout.waves[wave] ?? {};
  const soakEndMs = settledAtMs + soakSeconds * 1000;
  if (promotedAtMs === undefined && context.nowMs < soakEndMs) {
    return { type: "Soaking", untilMs: soakEndMs };
  }
  const reason = firstReason(rollout, wave, verify, context);
  if (reason === undefined) {
    return { type: "Open" };
  }
  const untilMs = Math.min(promotedAtMs ?? soakEndMs, soakEndMs) + verifyDeadlineSeconds * 1000;
  return context.nowMs < untilMs ? { type: "Closed", untilMs, reason } : { type: "Failed", reason };
}

function firstReason(rollout: Rollout, wave: number, verify: string | undefined, context: GateContext): Reason | undefined {
  for (const target of rollout.targets) {
    if (target.wave === wave && target.decision.type === "Settled" && target.decision.result === "Succeeded") {
      const message = rollout.spec.action === "remove" ? undefined : doesNotHold(target, verify, context);
      if (message !== undefined) {
        return {
          code: "GateFailed",
          message: `wave ${waveName(rollout.spec, wave)}: ${target.cluster}/${target.namespace}/${target.name} ${message}`,
        };
      }
    }
  }
  return undefined;
}

function doesNotHold(target: Target, verify: string | undefined, { fleet, labelsOf }: GateContext): string | undefined {
  const { cluster, instance, gone } = observe(target, fleet);
  if (gone) {
    // It was removed since: there is nothing whose health could say anything.
    return undefined;
  }
  if (cluster === undefined || instance === undefined) {
    return "has not been heard of";
  }
  if (cluster.connectivity !== "Online") {
    return "is in a cluster that is offline: what was last heard of it is old";
  }
  if (!isObserved(instance)) {
    return `was changed, and its agent has not seen that yet`;
  }
  if (!isThere(target, instance)) {
    return `is not ready${target.to === undefined ? "" : ` at ${target.to}`} any more: ${instance.status.message ?? instance.status.phase}`;
  }
  return verify === undefined ? undefined : verified(verify, clusterScope(cluster, labelsOf), instanceScope(instance));
}

/** Undefined when the expression holds. */
function verified(source: string, cluster: JsonObject, instance: JsonObject): string | undefined {
  try {
    return evaluate(compile(source, "gate"), scopeOf({ cluster, instance })) === true ? undefined : `does not satisfy ${source}`;
  } catch (error) {
    if (error instanceof ExpressionError) {
      return `cannot be verified: ${error.message}`;
    }
    throw error;
  }
}

function clusterScope({ name, connectivity, heartbeat: { facts } }: ClusterView, labelsOf: LabelsOf): JsonObject {
  return {
    name,
    labels: { ...labelsOf(name) },
    online: connectivity === "Online",
    kubernetesVersion: facts?.kubernetesVersion ?? "",
    provider: facts?.provider ?? "",
    region: facts?.region ?? "",
  };
}

function instanceScope({ namespace, name, status }: InstanceView): JsonObject {
  const { service, phase, ready, version = "", message = "", reason = "", labels } = status;
  return { namespace, name, service, phase, ready, version, message, reason, labels: { ...labels } };
}
