/** What must be allowed for a service in all its versions: to the account that its instance names, or to the agent. Pure. */
import { listAt, stringAt, valueAt } from "../fields/mod.ts";
import type { KubeObject } from "../kube/mod.ts";
import { broughtKinds, neededAccesses, type Need, type PlannedStep, type StepWork } from "../preflight/mod.ts";
import { withOfflineKinds } from "./offline-kinds.ts";
import { rulesBeyond, rulesOf, type Grant, type PolicyRule } from "./rules.ts";

/** A step of a service, and what is known of it without a cluster. */
export interface RoleStep {
  readonly step: PlannedStep;
  readonly work: StepWork;
}

/** Rules by where they hold. */
export interface RoleRules {
  /** In the whole cluster. */
  readonly cluster: readonly PolicyRule[];
  /** By namespace. */
  readonly namespaces: ReadonlyMap<string, readonly PolicyRule[]>;
  /** The kinds of the service's objects, in which the agent looks for what is a part of an instance. */
  readonly watched: readonly PolicyRule[];
}

const POD = { apiVersion: "v1", kind: "Pod" };

export function serviceRules(steps: readonly RoleStep[], targetNamespace: string): RoleRules {
  const needs = steps.flatMap(({ step, work }) => [...work.needs, ...logNeeds(step, work)]);
  const kinds = withOfflineKinds(needs, broughtKinds(steps.map(({ work }) => work)));
  const grants = new Map<string | undefined, Grant[]>();
  const accesses = steps.flatMap(({ work }) => work.accesses);
  for (const { access, names } of neededAccesses([{ needs, accesses }], kinds, targetNamespace)) {
    const { namespace, ...rest } = access;
    grants.set(namespace, [...(grants.get(namespace) ?? []), { access: rest, names }]);
  }
  const objects = steps.flatMap(({ work }) => [...work.objects, ...work.chartHooks]);
  const passed = passedOn(objects, targetNamespace);
  const rulesIn = (namespace: string | undefined): readonly PolicyRule[] => [
    ...rulesOf(grants.get(namespace) ?? []),
    ...distinct(passed.filter((each) => each.namespace === namespace).map(({ rule }) => rule)),
  ];
  const cluster = rulesIn(undefined);
  const namespaces = [...new Set([...grants.keys(), ...passed.map(({ namespace }) => namespace)])].filter((each) => each !== undefined);
  const members = steps.flatMap(({ work }) => work.objects).map(({ apiVersion, kind }) => ({ apiVersion, kind, verb: "list" }));
  const watched = neededAccesses(
    [{ needs: members.flatMap((need) => [need, { ...need, verb: "watch" }]), accesses: [] }],
    kinds,
    targetNamespace,
  );
  return {
    cluster,
    // What a service's own ClusterRole passes on may hold for its namespaces too.
    namespaces: new Map(namespaces.toSorted().map((namespace) => [namespace, rulesBeyond(rulesIn(namespace), cluster)])),
    watched: rulesOf(watched.map(({ access: { verb, group, resource }, names }) => ({ access: { verb, group, resource }, names }))),
  };
}

/** Of Jobs that have failed the log is looked at. It is not asked for before a plan, because a step goes on without it. */
function logNeeds({ upgrader }: PlannedStep, { chartHooks }: StepWork): readonly Need[] {
  const jobs = [...(upgrader?.before ?? []), ...(upgrader?.after ?? [])].filter(({ action }) => action === "job");
  if (jobs.length + chartHooks.length === 0) return [];
  return [
    { ...POD, verb: "list" },
    { ...POD, verb: "get", subresource: "log" },
  ];
}

/** Who makes a role, or binds one, must hold what it allows, or be allowed to bind it (RBAC's guard against escalation). */
function passedOn(
  objects: readonly KubeObject[],
  targetNamespace: string,
): readonly { readonly namespace: string | undefined; readonly rule: PolicyRule }[] {
  const own = new Set(
    objects.filter(({ kind }) => kind === "Role" || kind === "ClusterRole").map(({ kind, metadata }) => `${kind}/${metadata.name}`),
  );
  return objects.flatMap((object) => {
    const { kind, metadata } = object;
    const namespace = kind.startsWith("Cluster") ? undefined : (metadata.namespace ?? targetNamespace);
    switch (kind) {
      case "Role":
      case "ClusterRole": {
        const rules = listAt(object, "rules").map((rule) => ({ namespace, rule: ruleOf(rule) }));
        // It will hold what others write, of which nothing is known: the API server wants every right there is, or this one.
        return valueAt(object, "aggregationRule") === undefined
          ? rules
          : [...rules, { namespace, rule: onRole("escalate", "clusterroles", metadata.name) }];
      }
      case "RoleBinding":
      case "ClusterRoleBinding": {
        const [role, name] = [stringAt(object, "roleRef", "kind") ?? "", stringAt(object, "roleRef", "name") ?? ""];
        if (own.has(`${role}/${name}`)) return [];
        const resource = role === "Role" ? "roles" : "clusterroles";
        return [{ namespace, rule: onRole("bind", resource, name) }];
      }
      default:
        return [];
    }
  });
}

function onRole(verb: "bind" | "escalate", resource: "roles" | "clusterroles", name: string): PolicyRule {
  return { apiGroups: ["rbac.authorization.k8s.io"], resources: [resource], resourceNames: [name], verbs: [verb] };
}

function ruleOf(rule: unknown): PolicyRule {
  const texts = (name: string): readonly string[] => listAt(rule, name).filter((each) => typeof each === "string");
  const some = (name: string): object => (texts(name).length === 0 ? {} : { [name]: texts(name) });
  return { ...some("apiGroups"), ...some("resources"), ...some("resourceNames"), ...some("nonResourceURLs"), verbs: texts("verbs") };
}

function distinct(rules: readonly PolicyRule[]): readonly PolicyRule[] {
  return [...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values()];
}
