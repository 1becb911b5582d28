/**
 * The CRDs of a chart, which are never taken back to an older form. Those of its crds folder helm makes once and never touches again: they
 * are applied before an upgrade, and never deleted.
 */
import { applySettled } from "../../drift/mod.ts";
import { listAt } from "../../fields/mod.ts";
import { refOf, type KubeObject } from "../../kube/mod.ts";
import { readiness } from "../../kstatus/mod.ts";
import { objectName, type ActionContext, type Outcome } from "../../operation/mod.ts";
import { annotations, type Operation } from "../../resources/mod.ts";
import { definedVersions, isNewerDefinition, termsFor } from "../manifests/mod.ts";
import { policyAnnotation } from "./manifest.ts";

/** Whether a chart's CRD is applied, which carries the version that it is for. Pure. */
export function mayApply(live: KubeObject | undefined, wanted: KubeObject, direction: string): boolean {
  return live === undefined || (direction !== "downgrade" && !isNewerDefinition(live, wanted));
}

/**
 * Versions in which objects may be stored and that the other definition does not have: the API server refuses it for as long as there are
 * any. Pure.
 */
export function storedVersionsWithout(live: KubeObject, wanted: KubeObject): readonly string[] {
  const known: readonly unknown[] = definedVersions(wanted);
  return listAt(live, "status", "storedVersions")
    .filter((version) => typeof version === "string" && !known.includes(version))
    .map(String);
}

/** Where the running step leads. */
export function directionOf({ plan, cursor }: Operation): string {
  return plan[cursor.step]?.direction ?? "configure";
}

/**
 * The definition that is there, as an object for helm to apply: what changes nothing. Whether it outlives its release says the chart, by the
 * one that is wanted. Pure.
 */
export function asItIs(live: KubeObject, wanted: KubeObject): KubeObject {
  const { apiVersion, kind, metadata, spec } = live;
  const { name, labels = {} } = metadata;
  const { [policyAnnotation]: _, ...annotations } = metadata.annotations ?? {};
  const policy = wanted.metadata.annotations?.[policyAnnotation];
  const said = policy === undefined ? annotations : { ...annotations, [policyAnnotation]: policy };
  return { apiVersion, kind, metadata: { name, labels, annotations: said }, spec };
}

export function isDefinition({ kind }: KubeObject): boolean {
  return kind === "CustomResourceDefinition";
}

/** A CRD says for which version of the service it was applied, so that a look ahead knows one that will be left as it is. Pure. */
export function appliedFor(object: KubeObject, version: string): KubeObject {
  if (!isDefinition(object)) return object;
  const { metadata } = object;
  return { ...object, metadata: { ...metadata, annotations: { ...metadata.annotations, [annotations.version]: version } } };
}

/** The CRDs of a chart, as its values have them. */
export interface ChartDefinitions {
  /** In crds folders: helm leaves them to others. */
  readonly inFolders: readonly KubeObject[];
  /** Among the templates: a part of the release, as any other object. */
  readonly inTemplates: readonly KubeObject[];
}

/**
 * Sorts a chart's CRDs: rendering tells which of those in folders the values have. Pure.
 *
 * @param inFolders names, of all charts that are in it
 * @param version of the service
 */
export function chartDefinitions(inFolders: ReadonlySet<string>, rendered: readonly KubeObject[], version: string): ChartDefinitions {
  const definitions = rendered.filter(isDefinition).map((definition) => appliedFor(definition, version));
  return {
    inFolders: definitions.filter(({ metadata }) => inFolders.has(metadata.name)),
    inTemplates: definitions.filter(({ metadata }) => !inFolders.has(metadata.name)),
  };
}

/** Applies what may be applied of the folders. Gives what it waits for or why the release cannot be; undefined when nothing is left to do. */
export async function applyCrds({ kube, instance, operation }: ActionContext, crds: ChartDefinitions): Promise<Outcome | undefined> {
  const direction = directionOf(operation);
  for (const crd of [...crds.inFolders, ...crds.inTemplates]) {
    const live = await kube.get(refOf(crd));
    const isApplied = mayApply(live, crd, direction);
    const stored = live === undefined || !isApplied ? [] : storedVersionsWithout(live, crd);
    if (stored.length > 0) return { state: "failed", reason: "StoredVersions", message: storedWords(crd, stored) };
    if (!crds.inFolders.includes(crd)) continue;
    const applied = isApplied ? await applySettled(kube, crd, termsFor(instance)) : live;
    const state = readiness(applied);
    if (state.state !== "Current") return { state: "waiting", message: `${objectName(refOf(crd))}: ${state.message}` };
  }
  return undefined;
}

function storedWords(crd: KubeObject, stored: readonly string[]): string {
  const versions = stored.join(", ");
  return `${objectName(refOf(crd))}: objects may still be stored as ${versions}, which this version of the chart does not have; they have to be rewritten first, by a \`migrateStorage\` hook or by hand, and ${versions} taken off its status.storedVersions`;
}
