/** Which fields of which objects are not the agent's business, as the instance says. Pure. */
import type { KubeObject } from "../kube/mod.ts";
import type { DriftIgnoreRule } from "../resources/mod.ts";

/** The pointers of all rules that are about an object. */
export function ignoredPointers({ apiVersion, kind, metadata }: KubeObject, rules: readonly DriftIgnoreRule[]): readonly string[] {
  return rules
    .filter(
      (rule) =>
        agrees(rule.apiVersion, apiVersion) &&
        agrees(rule.kind, kind) &&
        agrees(rule.namespace, metadata.namespace) &&
        agrees(rule.name, metadata.name),
    )
    .flatMap(({ pointers }) => pointers);
}

/** What a rule does not say, it is not about. */
function agrees(wanted: string | undefined, found: string | undefined): boolean {
  return wanted === undefined || wanted === found;
}
