import { HELM_MANAGER, isOfRelease, releaseNamedBy, type HelmRelease } from "../deployers/helm/mod.ts";
import { gitOpsManagers } from "../intents/mod.ts";
import type { KubeObject } from "../kube/mod.ts";
import { AGENT_MANAGER } from "../resources/mod.ts";

/**
 * Who would put an object back, besides the agent: who applies it; and who is known to do so although it writes by Update, as Helm 3 and
 * Argo CD's client-side applies do. Pure.
 *
 * @param own the instance's own release: what helm applied for it, helm applies again, and whoever installed it before wrote by Update
 */
export function appliersOf(object: KubeObject, own: HelmRelease): readonly string[] {
  const release = releaseNamedBy(object);
  const isOwn = isOfRelease(object, own);
  const writers = (object.metadata.managedFields ?? []).filter(({ subresource }) => subresource === undefined);
  const managers = writers
    .filter(({ operation, manager }) => operation === "Apply" || (!isOwn && gitOpsManagers.has(manager)))
    .map(({ manager }) => manager)
    // Of a release it is told whose.
    .filter((manager) => manager !== AGENT_MANAGER && (manager !== HELM_MANAGER || release === undefined));
  const others = isOwn || release === undefined ? [] : [`the Helm release ${release.namespace}/${release.name}`];
  return [...new Set([...others, ...managers])];
}
