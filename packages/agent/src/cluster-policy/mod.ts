/**
 * What the cluster itself allows the hub to do here: a ConfigMap that its own administrators write, as a veto over the fleet. People and
 * GitOps controllers of the cluster are not bound by it: what they may do, RBAC says.
 */
export { parseClusterPolicy, PolicyError, type Action, type ClusterPolicy } from "./parse.ts";
export { vetoes, type Wish } from "./vetoes.ts";
export { ClusterPolicyWatch, POLICY_NAME, readPolicy, type ClusterPolicyReading } from "./watch.ts";
