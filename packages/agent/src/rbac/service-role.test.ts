import { scopeOf } from "@portolan/shared/expression";
import { describe, expect, it } from "vitest";
import { anInstaller, anUpgrader } from "../instance/state.fixture.ts";
import type { KubeObject } from "../kube/mod.ts";
import { stepWork, type PlannedStep } from "../preflight/mod.ts";
import { serviceRules, type PolicyRule, type RoleStep } from "./mod.ts";

function stepWith(objects: readonly KubeObject[], more: Partial<PlannedStep> = {}, hooks: readonly KubeObject[] = []): RoleStep {
  const step: PlannedStep = {
    to: "1.0.0",
    installer: anInstaller("1.0.0"),
    scope: scopeOf({ release: { name: "web" } }),
    values: {},
    ...more,
  };
  return { step, work: stepWork(step, { objects, hooks }) };
}

function object(apiVersion: string, kind: string, name: string, more: object = {}): KubeObject {
  return { apiVersion, kind, metadata: { name }, ...more };
}

const said = (rules: readonly PolicyRule[] | undefined): readonly string[] =>
  (rules ?? []).map(
    ({ apiGroups = [], resources = [], resourceNames = [], verbs }) =>
      `${verbs.join()} ${resources.join()}.${apiGroups.join()} ${resourceNames.join()}`,
  );

const RBAC = "rbac.authorization.k8s.io/v1";
const rule = { apiGroups: ["example.org"], resources: ["buoys"], verbs: ["get", "watch"] };

describe("what must be allowed for a service", () => {
  it("holds where its objects are, in the cluster for those that stand in no namespace", () => {
    const namespaced = { ...object("v1", "ConfigMap", "elsewhere"), metadata: { name: "elsewhere", namespace: "kube-system" } };
    const rules = serviceRules([stepWith([object("v1", "Service", "web"), object("v1", "Namespace", "web"), namespaced])], "apps");
    expect(said(rules.cluster)).toEqual(["create namespaces. ", "get,patch namespaces. web"]);
    expect([...rules.namespaces.keys()]).toEqual(["apps", "kube-system"]);
    expect(said(rules.namespaces.get("apps"))).toEqual(["create services. ", "delete,get,patch services. web"]);
    expect(said(rules.watched)).toEqual(["list,watch configmaps,namespaces,services. "]);
  });

  it("covers every version and every hook", () => {
    const job = { apiVersion: "batch/v1", kind: "Job", spec: { template: {} } };
    const upgrader = anUpgrader("to-2", "1.0.0", "2.0.0", {
      before: [
        { name: "backup", timeoutSeconds: 1, action: "job", job },
        { name: "store", timeoutSeconds: 1, action: "migrateStorage", crd: "buoys.example.org" },
      ],
    });
    const steps = [stepWith([object("v1", "Secret", "old")]), stepWith([object("v1", "Secret", "new")], { to: "2.0.0", upgrader })];
    const rules = serviceRules(steps, "apps");
    expect(said(rules.namespaces.get("apps"))).toEqual([
      "list pods. ",
      "get pods/log. ",
      "create secrets. ",
      "delete,get,patch secrets. new,old",
      "create,delete,get jobs.batch ",
    ]);
    expect(said(rules.cluster)).toContain("list,update buoys.example.org ");
  });

  it("has what its own roles pass on, and may bind those of others", () => {
    const roles = [
      object(RBAC, "ClusterRole", "web", { rules: [rule] }),
      object(RBAC, "ClusterRoleBinding", "web", { roleRef: { kind: "ClusterRole", name: "web" } }),
      object(RBAC, "RoleBinding", "auth", { roleRef: { kind: "Role", name: "extension-apiserver-authentication-reader" } }),
    ];
    const rules = serviceRules([stepWith(roles)], "apps");
    expect(rules.cluster).toContainEqual(rule);
    expect(said(rules.namespaces.get("apps"))).toContain("bind roles.rbac.authorization.k8s.io extension-apiserver-authentication-reader");
    expect(said(rules.cluster).filter((each) => each.startsWith("bind"))).toEqual([]);
  });

  it("may make a role that is put together of others', whatever they will hold", () => {
    const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { season: "last" } }] };
    const rules = serviceRules([stepWith([object(RBAC, "ClusterRole", "all", { aggregationRule, rules: [] })])], "apps");
    expect(said(rules.cluster)).toContain("escalate clusterroles.rbac.authorization.k8s.io all");
  });

  it("is not said again of a namespace when it holds in the cluster", () => {
    const reader = { rules: [{ apiGroups: [""], resources: ["services"], verbs: ["get", "patch"] }] };
    const rules = serviceRules([stepWith([object(RBAC, "ClusterRole", "web", reader), object("v1", "Service", "web")])], "apps");
    expect(said(rules.namespaces.get("apps"))).toEqual(["create services. ", "delete services. web"]);
  });

  it("lets helm keep its releases, run the chart's hooks, and wait until what it takes away is gone", () => {
    const installer = {
      ...anInstaller("1.0.0"),
      deployer: { type: "helm", chart: "oci://charts.example/web", chartVersion: "1.0.0" } as const,
    };
    const rules = serviceRules(
      [stepWith([object("apps/v1", "Deployment", "web")], { installer }, [object("batch/v1", "Job", "web-schema")])],
      "apps",
    );
    expect(said(rules.namespaces.get("apps"))).toEqual([
      "list pods. ",
      "get pods/log. ",
      "create,delete,get,list,patch,update secrets. ",
      "create,list,watch deployments.apps ",
      "delete,get,patch deployments.apps web",
      "create,list,watch jobs.batch ",
      "delete,patch jobs.batch web-schema",
    ]);
  });
});
