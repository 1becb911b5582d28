import type { ManifestTemplate } from "@portolan/shared/catalog";
import { renderManifests } from "../deployers/render.ts";
import { AGENT_MANAGER, labels } from "../resources/mod.ts";
import { locate, objectName, type ActionContext, type Outcome } from "../operation/mod.ts";
import type { KubeObject } from "../kube/mod.ts";

/** Applies objects that are not part of the service: they stay when the step is over. Applied again, they are the same. */
export async function runApply(context: ActionContext, templates: readonly ManifestTemplate[]): Promise<Outcome> {
  const applied: string[] = [];
  for (const object of renderManifests(templates, context.scope)) {
    const ref = await locate(context, { ...object, ...object.metadata });
    const { apiVersion, kind, metadata, ...rest } = object;
    const labelled: KubeObject = {
      ...rest,
      apiVersion,
      kind,
      metadata: {
        ...metadata,
        ...(ref.namespace === undefined ? {} : { namespace: ref.namespace }),
        labels: { ...metadata.labels, [labels.instance]: context.applySetId },
      },
    };
    await context.kube.apply(labelled, { fieldManager: AGENT_MANAGER, force: true });
    applied.push(objectName(ref));
  }
  return { state: "done", object: applied.join(", ") };
}
