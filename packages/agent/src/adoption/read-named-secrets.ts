import { binaryKeys, secretData } from "../fields/mod.ts";
import type { KubeClient } from "../kube/mod.ts";
import type { ReleaseInCluster } from "./find-releases.ts";
import type { NamedSecret } from "./kept-secrets.ts";

/**
 * The Secrets of a release's namespace that people have named for what its service takes. `{release}` in a name stands for the release's.
 *
 * @throws KubeError
 */
export async function readNamedSecrets(
  kube: KubeClient,
  { namespace, name: release }: Pick<ReleaseInCluster, "namespace" | "name">,
  named: readonly (readonly [name: string, secretName: string])[],
): Promise<readonly NamedSecret[]> {
  const read: NamedSecret[] = [];
  for (const [name, pattern] of named) {
    const secretName = pattern.replaceAll("{release}", release);
    const secret = await kube.get({ apiVersion: "v1", kind: "Secret", namespace, name: secretName });
    read.push({ name, secretName, ...(secret === undefined ? {} : { data: secretData(secret), binaryKeys: binaryKeys(secret) }) });
  }
  return read;
}
