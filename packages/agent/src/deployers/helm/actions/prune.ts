import type { KubeClient } from "../../../kube/mod.ts";
import { historyMax } from "../arguments.ts";
import type { HelmRelease } from "../manifest.ts";
import type { Revision } from "../release.ts";

/**
 * Makes room for one more revision, as `helm upgrade` does: `helm install` keeps them all, and one that fails again and again would fill the
 * namespace.
 *
 * @param history newest first
 */
export async function prune(kube: KubeClient, { namespace }: HelmRelease, history: readonly Revision[]): Promise<void> {
  for (const { secret } of history.slice(historyMax - 1)) await kube.delete({ apiVersion: "v1", kind: "Secret", namespace, name: secret });
}
