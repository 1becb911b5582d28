import type { KubeObject } from "../objects/mod.ts";
import type { ResourceType } from "../kinds/mod.ts";
import type { Change } from "../store/mod.ts";
import { reconcileClaim } from "./claims.ts";
import { ignoringRefusals, type ControllerContext } from "./controller.ts";
import { afterInstanceRemoval, reconcileDefinition } from "./definitions.ts";
import { reconcileDeployment } from "./deployments.ts";
import { GarbageCollector } from "./garbage.ts";
import { reconcileJob } from "./jobs.ts";
import { afterRemovalIn, reconcileNamespace } from "./namespaces.ts";
import { reconcilePod } from "./pods.ts";
import { reconcileWorkload } from "./workloads.ts";

type Reconcile = (context: ControllerContext, type: ResourceType, object: KubeObject) => void;

/** Who looks after which kind, by the kind's collection. */
const RECONCILERS: Readonly<Record<string, { apiVersion: string; plural: string; reconcile: Reconcile }>> = {
  "/namespaces": { apiVersion: "v1", plural: "namespaces", reconcile: reconcileNamespace },
  "/pods": { apiVersion: "v1", plural: "pods", reconcile: reconcilePod },
  "/persistentvolumeclaims": {
    apiVersion: "v1",
    plural: "persistentvolumeclaims",
    reconcile: reconcileClaim,
  },
  "apps/deployments": {
    apiVersion: "apps/v1",
    plural: "deployments",
    reconcile: reconcileDeployment,
  },
  "apps/statefulsets": {
    apiVersion: "apps/v1",
    plural: "statefulsets",
    reconcile: reconcileWorkload,
  },
  "apps/daemonsets": { apiVersion: "apps/v1", plural: "daemonsets", reconcile: reconcileWorkload },
  "apps/replicasets": {
    apiVersion: "apps/v1",
    plural: "replicasets",
    reconcile: reconcileWorkload,
  },
  "batch/jobs": { apiVersion: "batch/v1", plural: "jobs", reconcile: reconcileJob },
  "apiextensions.k8s.io/customresourcedefinitions": {
    apiVersion: "apiextensions.k8s.io/v1",
    plural: "customresourcedefinitions",
    reconcile: reconcileDefinition,
  },
};

/**
 * Starts the little controllers: they work when something changes, a moment later, and never by
 * themselves. The result ends them.
 */
export function runControllers(context: ControllerContext): () => void {
  const garbage = new GarbageCollector(context);
  const { store, registry } = context.api;

  const wake = (change: Change): void => {
    const reconciler = RECONCILERS[change.collection];
    if (reconciler === undefined) return;
    const { uid = "" } = change.object.metadata;
    context.clockwork.after(0, `${change.collection}/${change.key}/${uid}`, () => {
      const current = store.get(change.collection, change.key);
      if (current === undefined) return;
      const type = registry.get(reconciler.apiVersion, reconciler.plural);
      ignoringRefusals(() => {
        reconciler.reconcile(context, type, current);
      });
    });
  };

  return store.onAnyChange((change) => {
    garbage.observe(change);
    if (change.type !== "DELETED") {
      wake(change);
      return;
    }
    const { namespace, uid = "" } = change.object.metadata;
    context.rolledOut.delete(uid);
    if (namespace !== undefined) afterRemovalIn(context, namespace);
    afterInstanceRemoval(context, change.collection);
  });
}
