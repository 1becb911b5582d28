import type { KubeTransport } from "@portolan/agent/kube";
import { afterEach, beforeEach, expect, it } from "vitest";
import { catalog, configMap, installer, service, upgrader } from "./catalog.ts";
import { condition, eventually, instanceRef, TestCluster } from "./harness.ts";

const RBAC = "rbac.authorization.k8s.io";
const ACCOUNT = "system:serviceaccount:default:keeper";

const small = service("small", {
  installers: [
    installer("1.0.0", [configMap("app", { of: "1" })]),
    installer("2.0.0", [configMap("app", { of: "2" }), configMap("more", {})]),
  ],
  upgraders: [upgrader("to-2", "1.0.0", "2.0.0")],
});

interface Asked {
  readonly what: string;
  readonly as: string | undefined;
}

let cluster: TestCluster;
let asked: Asked[];

beforeEach(async () => {
  cluster = new TestCluster();
  asked = [];
  const transport: KubeTransport = async (request) => {
    const { method, path, headers } = request;
    asked.push({ what: `${method} ${path.split("?")[0]}`, as: headers["impersonate-user"] });
    return await cluster.embedded.transport(request);
  };
  await cluster.startAgent({ catalog: catalog(small), transport });
});

afterEach(async () => {
  await cluster.close();
});

const makeAccount = async (): Promise<void> => {
  await cluster.kube.create({ apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "keeper", namespace: "default" } });
};

/** Lets the account look after ConfigMaps of these names. No role can name what is created. */
const grant = async (...names: readonly string[]): Promise<void> => {
  const metadata = { name: "keeper", namespace: "default" };
  const rules = [
    { apiGroups: [""], resources: ["configmaps"], verbs: ["create"] },
    { apiGroups: [""], resources: ["configmaps"], resourceNames: names, verbs: ["get", "patch", "delete"] },
  ];
  const subjects = [{ kind: "ServiceAccount", name: "keeper", namespace: "default" }];
  const roleRef = { apiGroup: RBAC, kind: "Role", name: "keeper" };
  await cluster.kube.apply({ apiVersion: `${RBAC}/v1`, kind: "Role", metadata, rules }, { fieldManager: "admin" });
  await cluster.kube.apply({ apiVersion: `${RBAC}/v1`, kind: "RoleBinding", metadata, subjects, roleRef }, { fieldManager: "admin" });
};

const untilSaid = async (reason: string): Promise<string> => {
  const instance = await cluster.untilReason("one", reason);
  expect(instance.status).not.toHaveProperty("operation");
  return condition(instance, "Ready")?.message ?? "";
};

const retry = async (token: string): Promise<void> => await cluster.annotate("one", { "portolan.dev/retry": token });

it("a service is looked after with the rights of its account alone, from its installation to its removal", async () => {
  await cluster.create("one", { service: "small", version: "1.0.0", serviceAccountName: "keeper" });
  expect(await untilSaid("ServiceAccountNotFound")).toContain("there is no ServiceAccount default/keeper");
  await makeAccount();
  await retry("account");
  expect(await untilSaid("MissingPermissions")).toContain(`the account ${ACCOUNT} may not create configmaps in default`);
  expect(await cluster.get("v1", "ConfigMap", "app")).toBeUndefined();

  await grant("app");
  await retry("role");
  await cluster.untilReady("one", "1.0.0");

  await cluster.kube.patch(
    { apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "app" },
    { type: "merge", patch: { data: { of: "another hand" } } },
    { fieldManager: "kubectl-edit" },
  );
  await eventually(isAsApplied, "drift is corrected");

  await cluster.edit("one", { version: "2.0.0" });
  expect(await untilSaid("MissingPermissions")).toContain(`the account ${ACCOUNT} may not get configmaps more in default`);
  await grant("app", "more");
  await retry("more");
  await cluster.untilReady("one", "2.0.0");

  await grant("more");
  await cluster.kube.delete(instanceRef("one"));
  const held = await cluster.untilReason("one", "UninstallFailed");
  expect(condition(held, "Ready")?.message).toContain(ACCOUNT);
  await grant("app", "more");
  await retry("uninstall");
  await cluster.untilGone(instanceRef("one"));
  expect(await cluster.get("v1", "ConfigMap", "app")).toBeUndefined();

  const members = asked.filter(({ what }) => /\/configmaps\/(app|more)$/u.test(what));
  expect(members.filter(({ what }) => what.startsWith("DELETE")).length).toBeGreaterThan(0);
  expect(members.filter(({ as }) => as !== ACCOUNT)).toEqual([]);
  // The instance and what is kept for it are the agent's own affair.
  const own = asked.filter(({ what }) => /serviceinstances|configmaps\/portolan-|\/events/u.test(what));
  expect(own.filter(({ as }) => as !== undefined)).toEqual([]);
});

it("a service is let go of with the rights of its account, and its instance says when they do not do", async () => {
  await makeAccount();
  await grant("app");
  await cluster.create("one", { service: "small", version: "1.0.0", serviceAccountName: "keeper", deletionPolicy: "Orphan" });
  await cluster.untilReady("one", "1.0.0");
  await grant("nothing");
  await cluster.kube.delete(instanceRef("one"));
  const held = await cluster.untilReason("one", "OrphanFailed");
  expect(condition(held, "Ready")?.message).toContain(ACCOUNT);
  await grant("app");
  await retry("orphan");
  await cluster.untilGone(instanceRef("one"));
  expect((await cluster.get("v1", "ConfigMap", "app"))?.metadata.labels).toBeUndefined();
});

it("an account that is taken away its rights is told of by name, and what it looks after stays", async () => {
  await makeAccount();
  await grant("app");
  await cluster.create("one", { service: "small", version: "1.0.0", serviceAccountName: "keeper" });
  await cluster.untilReady("one", "1.0.0");
  await grant("nothing");
  await retry("look");
  const refused = await cluster.untilReason("one", "Forbidden");
  expect(condition(refused, "Ready")?.message).toContain(ACCOUNT);
  expect(refused.status).toMatchObject({ version: "1.0.0" });
  // Another account, here the agent's own, is used at once.
  await cluster.edit("one", { serviceAccountName: null });
  await cluster.untilReady("one", "1.0.0");
});

it.each(["", "Keeper", "a/b", "system:serviceaccount:kube-system:x"])(
  "the API server refuses %j as the name of an account",
  async (name) => {
    await expect(cluster.create("one", { service: "small", serviceAccountName: name })).rejects.toThrow(/serviceAccountName/u);
  },
);

async function isAsApplied(): Promise<boolean> {
  const found = await cluster.get("v1", "ConfigMap", "app");
  return JSON.stringify(found?.["data"]) === JSON.stringify({ of: "1" });
}
