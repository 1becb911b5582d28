import type { KubeClient } from "../../../kube/mod.ts";
import { labels } from "../../../resources/mod.ts";
import type { HelmRelease } from "../manifest.ts";
import type { Revision } from "../release.ts";

/** Makes a release that people have installed the instance's own, without a new revision and without touching any of its objects. */
export async function adopt(kube: KubeClient, release: HelmRelease, revision: Revision, instance: string): Promise<void> {
  await writeOwner(kube, release, revision, instance);
}

/** Gives a release back to whoever uses helm. */
export async function release(kube: KubeClient, name: HelmRelease, revision: Revision): Promise<void> {
  await writeOwner(kube, name, revision, null);
}

async function writeOwner(kube: KubeClient, { namespace }: HelmRelease, { secret }: Revision, owner: string | null): Promise<void> {
  const ref = { apiVersion: "v1", kind: "Secret", namespace, name: secret };
  await kube.patch(ref, { type: "merge", patch: { metadata: { labels: { [labels.instance]: owner } } } });
}
