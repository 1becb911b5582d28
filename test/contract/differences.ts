import type { KubernetesRelease } from "../testbed/kubernetes/modules.ts";

/** Where an older kube-apiserver answers a case otherwise than the newest one, whose answers the embedded API gives. */
export interface ReleaseDifference {
  readonly release: Exclude<KubernetesRelease, "v1.37">;
  /** The name of the case. Its answers of this release are kept in `golden/<release>/`. */
  readonly contract: string;
  /** What differs, and since when. */
  readonly reason: string;
}

/** A case that is not listed here is answered alike by every release. A new difference is never accepted by regenerating alone. */
export const releaseDifferences: readonly ReleaseDifference[] = [];
