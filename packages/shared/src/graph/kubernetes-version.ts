import { versionInRange } from "../catalog/mod.ts";
import type { Version, VersionRange } from "../catalog/mod.ts";

/**
 * `vMAJOR.MINOR[.PATCH]`, then perhaps one of the prereleases that Kubernetes itself makes (alpha, beta and rc with a number), then
 * whatever a vendor adds: `-gke.104`, `-eks-508b6b3`, `+k3s1`, `-rc1+rke2r1`, `.45+0a1b2c` of a development build.
 */
const KUBERNETES_VERSION = /^\s*v?(\d{1,9})\.(\d{1,9})\+?(?:\.(\d{1,9}))?(?:-(alpha|beta|rc)\.?(\d{1,9}))?/;

/**
 * The version of Kubernetes itself, without what a vendor adds to it: `v1.34.2-gke.104` is 1.34.2, `v1.35.0-beta.1` stays a prerelease.
 * Undefined when it is none.
 */
export function kubernetesVersion(gitVersion: string): Version | undefined {
  const match = KUBERNETES_VERSION.exec(gitVersion);
  if (match === null) return undefined;
  const [, major, minor, patch = "0", stage, number] = match;
  const release = [major, minor, patch].map(Number).join(".");
  return stage === undefined ? release : `${release}-${stage}.${Number(number)}`;
}

/** Whether a cluster's Kubernetes is in a range. A version that cannot be read is in none. */
export function runsKubernetes(gitVersion: string, range: VersionRange): boolean {
  const version = kubernetesVersion(gitVersion);
  return version !== undefined && versionInRange(version, range);
}
