/** Server-side apply that takes back what other hands have changed, and leaves to others what is theirs. */
import { fieldConflicts, isConflict, refOf, type KubeClient, type KubeObject } from "../kube/mod.ts";
import type { DriftIgnoreRule } from "../resources/mod.ts";
import { ignoredPointers } from "./ignore-rules.ts";
import { settle } from "./settle.ts";

export interface ApplyTerms {
  readonly fieldManager: string;
  readonly ignore: readonly DriftIgnoreRule[];
}

/** An object that is written by others all the time may change between a look and a write. */
const mostLooks = 5;

/**
 * Applies an object. Only where others own what it says, or rules take something away, the object in the cluster is looked at first.
 *
 * @throws KubeError
 */
export async function applySettled(kube: KubeClient, rendered: KubeObject, terms: ApplyTerms): Promise<KubeObject> {
  const { fieldManager, ignore } = terms;
  if (ignoredPointers(rendered, ignore).length === 0) {
    try {
      return await kube.apply(rendered, { fieldManager, fieldValidation: "Strict" });
    } catch (error) {
      if (fieldConflicts(error).length === 0) throw error;
    }
  }
  for (let looks = 1; ; looks++) {
    try {
      return await applyOver(kube, rendered, await kube.get(refOf(rendered)), terms);
    } catch (error) {
      if (!isConflict(error) || looks === mostLooks) throw error;
    }
  }
}

async function applyOver(kube: KubeClient, rendered: KubeObject, live: KubeObject | undefined, terms: ApplyTerms): Promise<KubeObject> {
  const settled = live === undefined ? rendered : settle(rendered, live, terms.fieldManager, terms.ignore);
  // What was left out was so when it was looked at: over another state it could take something away.
  const resourceVersion = settled === rendered ? undefined : live?.metadata.resourceVersion;
  const object = resourceVersion === undefined ? settled : { ...settled, metadata: { ...settled.metadata, resourceVersion } };
  return await kube.apply(object, { fieldManager: terms.fieldManager, force: true, fieldValidation: "Strict" });
}
