/** What the agent does with its own rights, whatever its catalog holds. Pure. */
import { DIGEST_KEY_NAME } from "../cluster/mod.ts";
import { POLICY_NAME } from "../cluster-policy/mod.ts";
import { LEASE_NAME } from "../leadership/mod.ts";
import { GROUP, serviceDefinitionCrd, serviceInstanceCrd, serviceInstancePolicy } from "../resources/mod.ts";
import type { PolicyRule } from "./rules.ts";

/** A Role or ClusterRole that an agent needs. */
export interface AgentRules {
  /** In the whole cluster. */
  readonly cluster: readonly PolicyRule[];
  /** In its own namespace. */
  readonly own: readonly PolicyRule[];
}

export interface AgentRoleOptions {
  /** Some service takes Secrets, or is deployed from a chart, whose releases are kept in Secrets. */
  readonly secrets: boolean;
  /** Instances name accounts, in whose name the agent acts. */
  readonly accounts: boolean;
  /** The cluster belongs to a fleet. */
  readonly fleet: boolean;
}

export function agentRules({ secrets, accounts, fleet }: AgentRoleOptions): AgentRules {
  const definitions = [serviceInstanceCrd, serviceDefinitionCrd].map(({ metadata }) => metadata.name);
  const policies = ["validatingadmissionpolicies", "validatingadmissionpolicybindings"];
  return {
    cluster: [
      // What instances are, and what is said of them.
      rule(GROUP, ["serviceinstances"], ["get", "list", "watch", "patch"]),
      rule(GROUP, ["serviceinstances/status"], ["patch"]),
      rule(GROUP, ["servicedefinitions"], ["list", "create", "patch", "delete"]),
      rule("events.k8s.io", ["events"], ["create", "patch"]),
      // Kept for operations, beside the instances.
      rule("", ["configmaps"], ["get", "list", "create", "patch", "delete"]),
      // Its own definitions.
      rule("apiextensions.k8s.io", ["customresourcedefinitions"], ["create"]),
      rule("apiextensions.k8s.io", ["customresourcedefinitions"], ["get", "patch"], definitions),
      rule("admissionregistration.k8s.io", policies, ["create"]),
      rule("admissionregistration.k8s.io", policies, ["patch"], [serviceInstancePolicy.metadata.name]),
      // The cluster: its identity and facts, and namespaces that are going away.
      rule("", ["namespaces"], ["get"]),
      rule("", ["nodes"], ["list"]),
      rule("batch", ["jobs"], ["list", "watch"]),
      ...(secrets ? [rule("", ["secrets"], ["get", "list", "watch"])] : []),
      // Instances that the hub makes and removes.
      ...(fleet ? [rule(GROUP, ["serviceinstances"], ["create", "delete"])] : []),
      // Namespaces of new instances and of their objects; where accounts are, they are there before.
      ...(accounts ? [] : [rule("", ["namespaces"], ["create", "patch"])]),
      ...(accounts ? [rule("", ["serviceaccounts"], ["get", "impersonate"])] : []),
    ],
    own: [
      rule("coordination.k8s.io", ["leases"], ["create"]),
      rule("coordination.k8s.io", ["leases"], ["get", "update"], [LEASE_NAME]),
      rule("", ["secrets"], ["create"]),
      rule("", ["secrets"], ["get"], [DIGEST_KEY_NAME]),
      ...(fleet ? [rule("", ["configmaps"], ["watch"], [POLICY_NAME])] : []),
    ],
  };
}

function rule(group: string, resources: readonly string[], verbs: readonly string[], names: readonly string[] = []): PolicyRule {
  return { apiGroups: [group], resources, ...(names.length === 0 ? {} : { resourceNames: names }), verbs };
}
