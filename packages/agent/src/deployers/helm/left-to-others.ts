/**
 * What of a chart's objects is left as it is in the cluster: what belongs to other controllers by now, such as an autoscaler's replicas, and
 * CRDs that would be taken back to an older form. helm applies the objects without that, because it would take it back, and fail or win.
 */
import { concededFields, ignoredPointers, settle, type ApplyTerms } from "../../drift/mod.ts";
import { isNoKindMatch, refOf, type KubeClient, type KubeObject } from "../../kube/mod.ts";
import { placed, type ActionContext } from "../../operation/mod.ts";
import { appliedFor, asItIs, directionOf, isDefinition, mayApply } from "./crds.ts";
import { documentsOf } from "./manifest.ts";

/** Whether something of these objects may have to be left: only then helm's objects have to be rewritten. */
export async function isAnythingLeft(kube: KubeClient, members: readonly KubeObject[], terms: ApplyTerms): Promise<boolean> {
  for (const member of members) {
    if (isDefinition(member) || ignoredPointers(member, terms.ignore).length > 0) return true;
    const live = await find(kube, member);
    if (live !== undefined && concededFields(live, terms.fieldManager).length > 0) return true;
  }
  return false;
}

/** What a rewriting looks at. */
type Context = Pick<ActionContext, "kube" | "targetNamespace" | "operation">;

interface Rewriting {
  readonly terms: ApplyTerms;
  /** Of the service. */
  readonly version: string;
}

/** The manifest that helm shall apply instead of the one that it has rendered. What nothing is left of stays as it is written. */
export async function withoutWhatIsLeft(context: Context, manifest: string, rewriting: Rewriting): Promise<string> {
  const documents: string[] = [];
  for (const { text, object } of documentsOf(manifest))
    documents.push(object === undefined ? text : await rewritten(context, text, object, rewriting));
  return documents.join("\n---\n");
}

async function rewritten(context: Context, text: string, object: KubeObject, { terms, version }: Rewriting): Promise<string> {
  // Hooks are made anew each time; nobody else has a part in them.
  if (object.metadata.annotations?.["helm.sh/hook"] !== undefined) return text;
  const live = await find(context.kube, await placed(context, object));
  if (live === undefined) return text;
  // Left out, it would be deleted.
  if (isDefinition(object) && !mayApply(live, appliedFor(object, version), directionOf(context.operation)))
    return JSON.stringify(asItIs(live, object));
  const settled = settle(object, live, terms.fieldManager, terms.ignore);
  // JSON is YAML.
  return settled === object ? text : JSON.stringify(settled);
}

async function find(kube: KubeClient, member: KubeObject): Promise<KubeObject | undefined> {
  try {
    return await kube.get(refOf(member));
  } catch (error) {
    if (isNoKindMatch(error)) return undefined;
    throw error;
  }
}
