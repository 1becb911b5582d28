/**
 * Ends an instance that is being deleted: uninstalls its service or leaves it behind, then lets go of the object. What cannot be uninstalled
 * holds the instance, and its condition says so; it never holds a namespace that is going away for longer than {@link namespacePatienceMs}.
 */
import { isBeingDeleted, KubeError, refOf, type KubeClient } from "../kube/mod.ts";
import { instanceKey, serviceInstanceCrd, targetNamespace, type ServiceInstance } from "../resources/mod.ts";
import { dropMetadata } from "../deployers/manifests/mod.ts";
import { HelmError } from "../deployers/helm/mod.ts";
import type { RemovalContext } from "../deployers/mod.ts";
import { retryToken } from "./failure.ts";
import { pauseAfter, type Failing } from "./failure-book.ts";
import { letGoAt } from "./removal-deadline.ts";
import { restSituation } from "./status.ts";
import { writeStatus, type Next, type Turn } from "./turn.ts";

/** Unless the agent is told otherwise. */
export const namespacePatienceMs = 10 * 60_000;
const waitingMs = 1_000;
const blockedMs = 10_000;

export async function remove(turn: Turn): Promise<Next> {
  const { instance, own } = turn;
  const orphaning = instance.spec.deletionPolicy === "Orphan" || (await isCrdLeaving(own));
  const obstacle = orphaning ? await orphan(turn) : await uninstall(turn);
  if (obstacle !== undefined) return await wait(turn, obstacle);
  await dropMetadata(own, instance);
  return { restMs: undefined };
}

/** Why the service is not gone yet. */
interface Obstacle {
  readonly code: "Uninstalling" | "UninstallFailed" | "OrphanFailed";
  readonly message: string;
  /** Until it is tried again. */
  readonly restMs: number;
}

async function orphan(turn: Turn): Promise<Obstacle | undefined> {
  try {
    await turn.deployers.orphan(contextOf(turn));
    return undefined;
  } catch (error) {
    return { code: "OrphanFailed", message: refusal(turn, error), restMs: blockedMs };
  }
}

async function uninstall(turn: Turn): Promise<Obstacle | undefined> {
  const { failures, instance, deployers, now } = turn;
  const key = instanceKey(instance);
  const failed = failures.of(key, causeOf(turn));
  if (failed !== undefined && pauseAfter(failed, now()) > 0) return failedObstacle(failed, now());
  try {
    const left = await deployers.uninstall(contextOf(turn));
    if (left === 0) return undefined;
    // While it is tried again, people read what it came to before.
    if (failed !== undefined) return { ...failedObstacle(failed, now()), restMs: waitingMs };
    return { code: "Uninstalling", message: `${left} objects are still being deleted`, restMs: waitingMs };
  } catch (error) {
    if (!(error instanceof HelmError)) return { code: "UninstallFailed", message: refusal(turn, error), restMs: blockedMs };
    turn.logger.warn({ err: error }, "the service could not be uninstalled, and is tried again");
    return failedObstacle(failures.failed(key, causeOf(turn), { code: error.code, message: error.message }, now()), now());
  }
}

/** helm runs the chart's hooks each time: less and less often, but as long as the instance is to go. */
function failedObstacle(failed: Failing, now: number): Obstacle {
  return { code: "UninstallFailed", message: failed.problem.message, restMs: pauseAfter(failed, now) };
}

/** What is known of the deployment is no reason to wait with this; another try may be asked for. */
function causeOf({ instance }: Turn): string {
  return JSON.stringify(["uninstall", instance.metadata.generation, retryToken(instance)]);
}

function contextOf({ instance, kube, own, applySetId }: Turn): RemovalContext {
  return { kube, own, instance, applySetId, targetNamespace: targetNamespace(instance) };
}

/** A refusal is what a person has to hear of; without an answer there is nobody to write the status to. */
function refusal({ logger }: Turn, error: unknown): string {
  if (!(error instanceof KubeError) || error.status === 0) throw error;
  logger.warn({ err: error }, "the service could not be uninstalled or let go of, and is tried again");
  return error.message;
}

async function wait(turn: Turn, obstacle: Obstacle): Promise<Next> {
  const at = await deadline(turn);
  if (at !== undefined && turn.now() >= at) return await letGo(turn, obstacle);
  const { namespace } = turn.instance.metadata;
  const cure =
    at === undefined
      ? obstacle.code === "OrphanFailed"
        ? "it is tried again"
        : "spec.deletionPolicy: Orphan would leave what is there"
      : `the namespace ${namespace} is going away and is not held after ${new Date(at).toISOString()}`;
  const reason = { code: obstacle.code, message: `${obstacle.message}; ${cure}` };
  await writeStatus(turn, { ...restSituation("Removing", reason, false, []), reconciling: true });
  return { restMs: at === undefined ? obstacle.restMs : Math.min(obstacle.restMs, Math.max(0, at - turn.now())) };
}

/** The namespace cannot go before the instance does, and people wait for it. */
async function letGo(turn: Turn, { message }: Obstacle): Promise<Next> {
  const { instance, own, events, logger } = turn;
  const said = `ServiceInstance ${instance.metadata.namespace}/${instance.metadata.name} was let go of before its service was gone: ${message}`;
  logger.error({ obstacle: message }, "an instance was let go of, because its namespace is going away");
  await dropMetadata(own, instance);
  events.noteOnNamespace(instance.metadata.namespace, "Warning", "UninstallAbandoned", said);
  return { restMs: undefined };
}

async function deadline({ own, instance, namespacePatienceMs: patienceMs }: Turn): Promise<number | undefined> {
  const namespace = await own.get({ apiVersion: "v1", kind: "Namespace", name: instance.metadata.namespace }, { metadataOnly: true });
  const deletedAt = namespace?.metadata.deletionTimestamp;
  const times = {
    instanceDeletedAt: deletionTime(instance),
    ...(deletedAt === undefined ? {} : { namespaceDeletedAt: Date.parse(deletedAt) }),
  };
  return letGoAt(times, patienceMs);
}

function deletionTime({ metadata }: ServiceInstance): number {
  return metadata.deletionTimestamp === undefined ? 0 : Date.parse(metadata.deletionTimestamp);
}

/** Whoever deletes the CRD takes Portolan away, not the services of the cluster. */
async function isCrdLeaving(kube: KubeClient): Promise<boolean> {
  const crd = await kube.get(refOf(serviceInstanceCrd), { metadataOnly: true });
  return crd === undefined || isBeingDeleted(crd);
}
