import { createHash } from "node:crypto";
import type { JsonObject } from "../json/mod.ts";
import { numberField, objectField, type ResourceType } from "../kinds/mod.ts";
import type { KubeObject } from "../objects/mod.ts";
import { withTimes, type Condition } from "./conditions.ts";
import { modify, type ControllerContext } from "./controller.ts";
import { templateBehaviour } from "./test-annotations.ts";

const REVISION = "deployment.kubernetes.io/revision";

/** The name that the ReplicaSet of this template would have; it stands in messages only. */
function replicaSetName(deployment: KubeObject): string {
  const template = JSON.stringify(objectField(deployment, "spec")?.["template"] ?? {});
  const hash = createHash("sha256").update(template).digest("hex").slice(0, 10);
  return `${deployment.metadata.name}-${hash}`;
}

/** The status of a Deployment whose pods are, or are not yet, ready (deployment controller, `calculateStatus`). */
function statusOf(deployment: KubeObject, ready: boolean, expired: boolean, now: number): JsonObject {
  const replicas = numberField(objectField(deployment, "spec"), "replicas") ?? 1;
  const name = replicaSetName(deployment);
  const available = ready || replicas === 0;
  const availability: Condition = available
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
  const progress: Condition = available
    ? {
        type: "Progressing",
        status: "True",
        reason: "NewReplicaSetAvailable",
        message: `ReplicaSet "${name}" has successfully progressed.`,
      }
    : expired
      ? {
          type: "Progressing",
          status: "False",
          reason: "ProgressDeadlineExceeded",
          message: `ReplicaSet "${name}" has timed out progressing.`,
        }
      : {
          type: "Progressing",
          status: "True",
          reason: "ReplicaSetUpdated",
          message: `ReplicaSet "${name}" is progressing.`,
        };
  const counts =
    replicas === 0
      ? {}
      : available
        ? {
            replicas,
            updatedReplicas: replicas,
            readyReplicas: replicas,
            availableReplicas: replicas,
          }
        : { replicas, updatedReplicas: replicas, unavailableReplicas: replicas };
  const previous = objectField(deployment, "status")?.["conditions"];
  return {
    observedGeneration: deployment.metadata.generation ?? 1,
    ...counts,
    conditions: withTimes([availability, progress], previous, now, "lastUpdateTime"),
  };
}

function write(context: ControllerContext, type: ResourceType, deployment: KubeObject, ready: boolean, expired: boolean): void {
  modify(context.api, type, deployment, "status", (copy) => {
    copy["status"] = statusOf(copy, ready, expired, context.api.now());
    const name = replicaSetName(copy);
    const { annotations = {} } = copy.metadata;
    const isNew = !progressMessage(deployment).includes(`"${name}"`);
    const revision = Number(annotations[REVISION] ?? "0") + (isNew ? 1 : 0);
    copy.metadata.annotations = { ...annotations, [REVISION]: String(Math.max(1, revision)) };
  });
}

function progressMessage(deployment: KubeObject): string {
  return JSON.stringify(objectField(deployment, "status")?.["conditions"] ?? []).replaceAll(String.raw`\"`, '"');
}

/** A Deployment that changed: first it progresses, then its pods are ready, unless they never are. */
export function reconcileDeployment(context: ControllerContext, type: ResourceType, deployment: KubeObject): void {
  const spec = objectField(deployment, "spec");
  const observed = numberField(objectField(deployment, "status"), "observedGeneration");
  if (observed === deployment.metadata.generation || spec?.["paused"] === true) return;
  write(context, type, deployment, false, false);
  const { uid = "", generation = 1 } = deployment.metadata;
  const later = (delayMs: number, what: string, ready: boolean, expired: boolean): void => {
    context.clockwork.after(delayMs, `${what}/${uid}/${generation}`, () => {
      const { namespace, name = "" } = deployment.metadata;
      const key = namespace === undefined ? name : `${namespace}/${name}`;
      const current = context.api.store.get(type.collection, key);
      if (current?.metadata.generation !== generation || current.metadata.uid !== uid) return;
      write(context, type, current, ready, expired);
    });
  };
  const behaviour = templateBehaviour(spec);
  if (!behaviour.neverReady) {
    later(behaviour.readyAfterMs ?? context.delays.workloadReadyMs, "ready", true, false);
    return;
  }
  const deadline = numberField(spec, "progressDeadlineSeconds") ?? 600;
  // A timer cannot wait longer than 2^31-1 ms; a deadline beyond that is none.
  if (deadline < 2_000_000) later(deadline * 1000, "deadline", false, true);
}
