import { stringAt } from "../fields/mod.ts";
import { KubeError, type KubeClient } from "../kube/mod.ts";
import { parseClusterPolicy, PolicyError, type ClusterPolicy } from "./parse.ts";

/** Name of the ConfigMap, in the agent's own namespace. */
export const POLICY_NAME = "portolan-policy";

const policyKey = "policy.yaml";

/** The cluster's policy, or a problem when it cannot be used, in which case nothing is allowed. */
export type ClusterPolicyReading = ClusterPolicy | "none" | { readonly problem: string };

/** Reads the policy anew: it is asked for only when a wish of the hub is judged, and then it must be the one of now. */
export async function readClusterPolicy(kube: KubeClient, namespace: string): Promise<ClusterPolicyReading> {
  const where = `ConfigMap ${namespace}/${POLICY_NAME}`;
  try {
    const found = await kube.get({ apiVersion: "v1", kind: "ConfigMap", namespace, name: POLICY_NAME });
    if (found === undefined) return "none";
    const text = stringAt(found, "data", policyKey);
    return text === undefined ? { problem: `${where}: expected the key ${policyKey}, found none` } : parseClusterPolicy(text);
  } catch (error) {
    if (error instanceof PolicyError) return { problem: `${where}: ${error.message}` };
    if (error instanceof KubeError && error.status === 403) return { problem: `${where} may not be read: ${error.message}` };
    throw error;
  }
}
