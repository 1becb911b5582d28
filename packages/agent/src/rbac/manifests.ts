/** Roles and their bindings as objects to apply. Pure. */
import { mergedRules, type PolicyRule } from "./rules.ts";

export interface RoleObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly PolicyRule[];
  readonly roleRef?: { readonly apiGroup: string; readonly kind: string; readonly name: string };
  readonly subjects?: readonly object[];
}

export interface Account {
  readonly namespace: string;
  readonly name: string;
}

const GROUP = "rbac.authorization.k8s.io";
const API_VERSION = `${GROUP}/v1`;

export function accountObject({ namespace, name }: Account): RoleObject {
  return { apiVersion: "v1", kind: "ServiceAccount", metadata: { namespace, name } };
}

/** A ClusterRole of this name, and its binding to an account; nothing without rules. */
export function clusterRole(name: string, rules: readonly PolicyRule[], account: Account): readonly RoleObject[] {
  if (rules.length === 0) return [];
  return [
    { apiVersion: API_VERSION, kind: "ClusterRole", metadata: { name }, rules: mergedRules(rules) },
    bound("ClusterRole", { name }, account),
  ];
}

/** A Role of this name, and its binding to an account; nothing without rules. */
export function role(name: string, namespace: string, rules: readonly PolicyRule[], account: Account): readonly RoleObject[] {
  if (rules.length === 0) return [];
  return [
    { apiVersion: API_VERSION, kind: "Role", metadata: { namespace, name }, rules: mergedRules(rules) },
    bound("Role", { namespace, name }, account),
  ];
}

function bound(kind: "ClusterRole" | "Role", metadata: RoleObject["metadata"], account: Account): RoleObject {
  return {
    apiVersion: API_VERSION,
    kind: `${kind}Binding`,
    metadata,
    roleRef: { apiGroup: GROUP, kind, name: metadata.name },
    subjects: [{ kind: "ServiceAccount", ...account }],
  };
}
