import { createHash } from "node:crypto";
import type { JsonObject } from "../json/mod.ts";
import { numberField, objectField, stringField, type ResourceType } from "../kinds/mod.ts";
import { keyOf, type KubeObject } from "../objects/mod.ts";
import { withTimes, type Condition } from "./conditions.ts";
import { modify, type ControllerContext } from "./controller.ts";
import { templateBehaviour } from "./test-annotations.ts";

const REVISION = "deployment.kubernetes.io/revision";

/** How far the pods of the present template are. */
type Rollout = "started" | "finished" | "expired" | "paused";

/** The name that the ReplicaSet of this template would have; it stands in messages only. */
function replicaSetName(deployment: KubeObject): string {
  const template = JSON.stringify(objectField(deployment, "spec")?.["template"] ?? {});
  const hash = createHash("sha256").update(template).digest("hex").slice(0, 10);
  return `${deployment.metadata.name}-${hash}`;
}

type Counts = { readonly replicas: number; readonly updated: number; readonly ready: number };

/** An absolute number, or a share of the replicas. */
function amount(value: JsonObject[string], replicas: number, round: (share: number) => number): number {
  if (typeof value === "number") return value;
  return typeof value === "string" ? round((Number.parseFloat(value) * replicas) / 100) : 0;
}

/** The pods there are while a rollout runs: old ones stay until new ones are ready, in a rolling update. */
function countPods(deployment: KubeObject, rollout: Rollout, isSameTemplate: boolean): Counts {
  const spec = objectField(deployment, "spec");
  const replicas = numberField(spec, "replicas") ?? 1;
  if (rollout === "finished") return { replicas, updated: replicas, ready: replicas };
  const before = numberField(objectField(deployment, "status"), "readyReplicas") ?? 0;
  if (rollout === "paused") {
    const kept = Math.min(before, replicas);
    return { replicas: kept, updated: isSameTemplate ? kept : 0, ready: kept };
  }
  if (isSameTemplate) return { replicas, updated: replicas, ready: Math.min(before, replicas) };
  const strategy = objectField(spec, "strategy");
  if (before === 0 || stringField(strategy, "type") === "Recreate") {
    return { replicas, updated: replicas, ready: 0 };
  }
  const rolling = objectField(strategy, "rollingUpdate");
  const surge = amount(rolling?.["maxSurge"], replicas, Math.ceil);
  const unavailable = amount(rolling?.["maxUnavailable"], replicas, Math.floor);
  const kept = Math.max(0, Math.min(before, replicas) - unavailable);
  return { replicas: kept + surge + unavailable, updated: surge + unavailable, ready: kept };
}

function conditionsOf(deployment: KubeObject, rollout: Rollout, counts: Counts): Condition[] {
  const spec = objectField(deployment, "spec");
  const replicas = numberField(spec, "replicas") ?? 1;
  const rolling = objectField(objectField(spec, "strategy"), "rollingUpdate");
  const needed = replicas - amount(rolling?.["maxUnavailable"], replicas, Math.floor);
  const name = replicaSetName(deployment);
  const available: Condition =
    counts.ready >= needed
      ? {
          type: "Available",
          status: "True",
          reason: "MinimumReplicasAvailable",
          message: "Deployment has minimum availability.",
        }
      : {
          type: "Available",
          status: "False",
          reason: "MinimumReplicasUnavailable",
          message: "Deployment does not have minimum availability.",
        };
  return [available, { type: "Progressing", ...progress(rollout, name) }];
}

function progress(rollout: Rollout, name: string): Omit<Condition, "type"> {
  switch (rollout) {
    case "paused":
      return { status: "Unknown", reason: "DeploymentPaused", message: "Deployment is paused" };
    case "started":
      return { status: "True", reason: "ReplicaSetUpdated", message: `ReplicaSet "${name}" is progressing.` };
    case "finished":
      return { status: "True", reason: "NewReplicaSetAvailable", message: `ReplicaSet "${name}" has successfully progressed.` };
    case "expired":
      return { status: "False", reason: "ProgressDeadlineExceeded", message: `ReplicaSet "${name}" has timed out progressing.` };
  }
}

function write(context: ControllerContext, type: ResourceType, deployment: KubeObject, rollout: Rollout): void {
  modify(context.api, type, deployment, "status", (copy) => {
    const { uid = "" } = copy.metadata;
    const isSame = context.rolledOut.get(uid) === replicaSetName(copy);
    // A paused Deployment has no pods of a new template.
    if (rollout !== "paused") context.rolledOut.set(uid, replicaSetName(copy));
    const counts = countPods(copy, rollout, isSame);
    const missing = counts.replicas - counts.ready;
    const status = objectField(copy, "status");
    copy["status"] = {
      observedGeneration: copy.metadata.generation ?? 1,
      replicas: counts.replicas,
      updatedReplicas: counts.updated,
      readyReplicas: counts.ready,
      availableReplicas: counts.ready,
      unavailableReplicas: missing,
      terminatingReplicas: 0,
      conditions: withTimes(conditionsOf(copy, rollout, counts), status?.["conditions"], context.api.now(), "lastUpdateTime"),
    };
    const { annotations = {} } = copy.metadata;
    if (isSame || rollout === "paused") return;
    const revision = Number(annotations[REVISION] ?? "0") + 1;
    copy.metadata.annotations = { ...annotations, [REVISION]: String(revision) };
  });
}

/** A Deployment that changed: first it progresses, then its pods are ready, unless they never are. */
export function reconcileDeployment(context: ControllerContext, type: ResourceType, deployment: KubeObject): void {
  const spec = objectField(deployment, "spec");
  const observed = numberField(objectField(deployment, "status"), "observedGeneration");
  if (observed === deployment.metadata.generation) return;
  if (spec?.["paused"] === true) {
    write(context, type, deployment, "paused");
    return;
  }
  write(context, type, deployment, "started");
  const { uid = "", generation = 1 } = deployment.metadata;
  const later = (delayMs: number, rollout: Rollout): void => {
    context.clockwork.after(delayMs, `${rollout}/${uid}/${generation}`, () => {
      const current = context.api.store.get(type.collection, keyOf(deployment));
      if (current?.metadata.generation !== generation || current.metadata.uid !== uid) return;
      write(context, type, current, rollout);
    });
  };
  const behaviour = templateBehaviour(spec);
  if (!behaviour.neverReady) {
    later(behaviour.readyAfterMs ?? context.delays.workloadReadyMs, "finished");
    return;
  }
  const deadline = numberField(spec, "progressDeadlineSeconds") ?? 600;
  // A timer cannot wait longer than 2^31-1 ms; a deadline beyond that is none.
  if (deadline < 2_000_000) later(deadline * 1000, "expired");
}
