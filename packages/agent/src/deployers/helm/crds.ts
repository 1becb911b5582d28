/**
 * The CRDs of a chart, which are never taken back to an older form. Those of its crds folder helm makes once and never touches again: they
 * are applied before an upgrade, and never deleted.
 */
import { listAt, stringAt } from "../../fields/mod.ts";
import { refOf, type KubeObject } from "../../kube/mod.ts";
import { readiness } from "../../kstatus/mod.ts";
import { objectName, type ActionContext, type Outcome } from "../../operation/mod.ts";
import { AGENT_MANAGER, annotations, type Operation } from "../../resources/mod.ts";

/** Whether a chart's CRD is applied. Pure. */
export function mayApply(live: KubeObject | undefined, wanted: KubeObject, direction: string): boolean {
  if (live === undefined) return true;
  if (direction === "downgrade") return false;
  // It serves a version that the chart does not know: another chart has brought a newer one, on which objects may depend.
  const known = new Set(versionsOf(wanted));
  return versionsOf(live).every((version) => known.has(version));
}

/** Where the running step leads. */
export function directionOf({ plan, cursor }: Operation): string {
  return plan[cursor.step]?.direction ?? "configure";
}

/** The definition that is there, as an object to apply: what changes nothing. Pure. */
export function asItIs({ apiVersion, kind, metadata: { name, labels = {}, annotations = {} }, spec }: KubeObject): KubeObject {
  return { apiVersion, kind, metadata: { name, labels, annotations }, spec };
}

export function isDefinition({ kind }: KubeObject): boolean {
  return kind === "CustomResourceDefinition";
}

function versionsOf(crd: KubeObject): readonly string[] {
  return listAt(crd, "spec", "versions").map((version) => stringAt(version, "name") ?? "");
}

/** A CRD says for which version of the service it was applied, so that a look ahead knows one that will be left as it is. Pure. */
export function appliedFor(object: KubeObject, version: string): KubeObject {
  if (!isDefinition(object)) return object;
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, [annotations.version]: version } } };
}

/** Applies what may be applied. Says what it waits for, undefined when nothing is left to do. */
export async function applyCrds({ kube, operation }: ActionContext, crds: readonly KubeObject[]): Promise<Outcome | undefined> {
  const direction = directionOf(operation);
  for (const crd of crds) {
    const live = await kube.get(refOf(crd));
    const applied = mayApply(live, crd, direction) ? await kube.apply(crd, { fieldManager: AGENT_MANAGER, force: true }) : live;
    const state = readiness(applied);
    if (state.state !== "Current") return { state: "waiting", message: `${objectName(refOf(crd))}: ${state.message}` };
  }
  return undefined;
}
