import type { KindRef } from "./object.ts";

/** How the API server serves a kind. */
export interface ResourceInfo extends KindRef {
  /** As in paths: `deployments`. */
  readonly plural: string;
  readonly namespaced: boolean;
  /** `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, … */
  readonly verbs: readonly string[];
  /** `status`, `scale`, … */
  readonly subresources: readonly string[];
}
