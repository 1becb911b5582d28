import type { Intent } from "@portolan/shared/wire";
import { KubeError } from "../kube/mod.ts";
import { explainRefusal } from "../preflight/mod.ts";
import type { Refusal } from "./state.ts";

/** These may pass by themselves: who is asked again later may say yes. */
const passing: ReadonlySet<number> = new Set([401, 408, 409, 429]);

/**
 * Why the API server does not take what an intent would write.
 *
 * @throws the error itself when it says nothing about the intent
 */
export function refusalOf(error: unknown, { namespace, name }: Pick<Intent, "namespace" | "name">): Refusal {
  if (!(error instanceof KubeError) || error.status < 400 || error.status >= 500 || passing.has(error.status)) throw error;
  return explainRefusal(`ServiceInstance ${namespace}/${name}`, error);
}
