import { createHash } from "node:crypto";
import type { JsonObject } from "../json/mod.ts";
import { numberField, objectField, type ResourceType } from "../kinds/mod.ts";
import { keyOf, type KubeObject } from "../objects/mod.ts";
import { setStatus, type ControllerContext } from "./controller.ts";
import { templateBehaviour } from "./test-annotations.ts";

type StatusOf = (object: KubeObject, ready: boolean, nodes: number) => JsonObject;

function revisionName(object: KubeObject): string {
  const template = JSON.stringify(objectField(object, "spec")?.["template"] ?? {});
  const hash = createHash("sha256").update(template).digest("hex").slice(0, 10);
  return `${object.metadata.name}-${hash}`;
}

function replicasOf(object: KubeObject): number {
  return numberField(objectField(object, "spec"), "replicas") ?? 1;
}

function statefulSetStatus(object: KubeObject, ready: boolean): JsonObject {
  const replicas = replicasOf(object);
  const revision = revisionName(object);
  // An ordered StatefulSet does not make its second pod before the first one is ready.
  const isOrdered = objectField(object, "spec")?.["podManagementPolicy"] !== "Parallel";
  const present = ready ? replicas : Math.min(replicas, isOrdered ? 1 : replicas);
  const previous = objectField(object, "status")?.["currentRevision"];
  return {
    observedGeneration: object.metadata.generation ?? 1,
    replicas: present,
    ...(ready && replicas > 0 ? { readyReplicas: replicas } : {}),
    ...(ready && replicas > 0 ? { currentReplicas: replicas } : {}),
    ...(present > 0 ? { updatedReplicas: present } : {}),
    availableReplicas: ready ? replicas : 0,
    currentRevision: ready ? revision : (previous ?? revision),
    updateRevision: revision,
    collisionCount: 0,
  };
}

function daemonSetStatus(object: KubeObject, ready: boolean, nodes: number): JsonObject {
  return {
    currentNumberScheduled: nodes,
    numberMisscheduled: 0,
    desiredNumberScheduled: nodes,
    numberReady: ready ? nodes : 0,
    observedGeneration: object.metadata.generation ?? 1,
    ...(nodes > 0 ? { updatedNumberScheduled: nodes } : {}),
    ...(nodes > 0 ? { [ready ? "numberAvailable" : "numberUnavailable"]: nodes } : {}),
  };
}

function replicaSetStatus(object: KubeObject, ready: boolean): JsonObject {
  const replicas = replicasOf(object);
  return {
    replicas,
    ...(replicas > 0 ? { fullyLabeledReplicas: replicas } : {}),
    ...(ready && replicas > 0 ? { readyReplicas: replicas, availableReplicas: replicas } : {}),
    terminatingReplicas: 0,
    observedGeneration: object.metadata.generation ?? 1,
  };
}

const STATUSES: Readonly<Record<string, StatusOf>> = {
  StatefulSet: statefulSetStatus,
  DaemonSet: daemonSetStatus,
  ReplicaSet: replicaSetStatus,
};

/** A StatefulSet, DaemonSet or ReplicaSet that changed: its pods are made, then ready, unless they never are. */
export function reconcileWorkload(context: ControllerContext, type: ResourceType, object: KubeObject): void {
  const statusOf = STATUSES[type.kind];
  const observed = numberField(objectField(object, "status"), "observedGeneration");
  if (statusOf === undefined || observed === object.metadata.generation) return;
  const nodes = context.api.store.list("/nodes").length;
  setStatus(context.api, type, object, statusOf(object, false, nodes));
  const behaviour = templateBehaviour(objectField(object, "spec"));
  if (behaviour.neverReady) return;
  const delayMs = behaviour.readyAfterMs ?? context.delays.workloadReadyMs;
  const { uid = "", generation = 1 } = object.metadata;
  context.clockwork.after(delayMs, `ready/${uid}/${generation}`, () => {
    const current = context.api.store.get(type.collection, keyOf(object));
    if (current?.metadata.generation !== generation || current.metadata.uid !== uid) return;
    setStatus(context.api, type, current, statusOf(current, true, nodes));
  });
}
