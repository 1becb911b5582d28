import type { Action, ClusterPolicy } from "./parse.ts";
import type { ClusterPolicyReading } from "./watch.ts";

/** What the hub wishes for one instance, as far as a policy can forbid it. */
export interface Wish {
  readonly service: string;
  /** Of the instance, and of the service's objects. */
  readonly namespaces: readonly string[];
  readonly action: Action;
  readonly disruptive: boolean;
  readonly irreversible: boolean;
}

/** Why it is forbidden: a stable code and one sentence. */
export interface Veto {
  readonly code: "PolicyInvalid" | "ForbiddenByPolicy";
  readonly message: string;
}

type Rule = (policy: ClusterPolicy, wish: Wish) => string | undefined;

const rules: readonly Rule[] = [serviceAllowed, namespacesAllowed, actionAllowed, disruptionAllowed, irreversibilityAllowed];

/** Why the cluster's policy forbids a wish of the hub; undefined when it allows it. A policy that was not read allows nothing. */
export function vetoes(policy: ClusterPolicyReading | undefined, wish: Wish): Veto | undefined {
  if (policy === "none") return undefined;
  if (policy === undefined || "problem" in policy) {
    const problem = policy?.problem ?? "it was not read";
    return { code: "PolicyInvalid", message: `the cluster's policy cannot be used, so nothing is allowed: ${problem}` };
  }
  for (const rule of rules) {
    const broken = rule(policy, wish);
    if (broken !== undefined) return { code: "ForbiddenByPolicy", message: `the cluster's policy does not allow ${broken}` };
  }
  return undefined;
}

function serviceAllowed({ services }: ClusterPolicy, { service }: Wish): string | undefined {
  return services?.includes(service) === false ? `the service ${service}` : undefined;
}

function namespacesAllowed({ namespaces: allowed }: ClusterPolicy, { namespaces }: Wish): string | undefined {
  const other = allowed === undefined ? undefined : namespaces.find((namespace) => !allowed.includes(namespace));
  return other === undefined ? undefined : `the namespace ${other}`;
}

function actionAllowed({ actions }: ClusterPolicy, { action }: Wish): string | undefined {
  return actions?.includes(action) === false ? `the action ${action}` : undefined;
}

function disruptionAllowed(policy: ClusterPolicy, { disruptive }: Wish): string | undefined {
  return disruptive && !policy.disruptive ? "plans that interrupt a service" : undefined;
}

function irreversibilityAllowed(policy: ClusterPolicy, { irreversible }: Wish): string | undefined {
  return irreversible && !policy.irreversible ? "plans that cannot be undone" : undefined;
}
