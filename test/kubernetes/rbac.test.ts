import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ResourceAccess } from "@portolan/agent/kube";
import { describeRule, singleRulesOf, type PolicyRule } from "@portolan/agent/rbac";
import { startNatsServer, type NatsServer } from "@portolan/simulator/nats-server";
import { runCommand } from "@portolan/simulator/program-cache";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { agentProgram } from "../testbed/fleet/agent.ts";
import { eventually } from "../testbed/fleet/eventually.ts";
import { showLogsOfFailures } from "../testbed/fleet/failure-logs.ts";
import { AGENT_ACCOUNT, generatedRoles, type RoleObject } from "../testbed/fleet/generated-roles.ts";
import { hubProgram, type HubProgram } from "../testbed/fleet/hub.ts";
import { watchInstances, type InstanceWatch } from "../testbed/fleet/instance-watch.ts";
import { instance, ledger, ledgerIn, runs } from "../testbed/fleet/ledger.ts";
import { portolan } from "../testbed/fleet/portolan.ts";
import type { Program } from "../testbed/fleet/program.ts";
import { LEDGER_CATALOG, REPOSITORY } from "../testbed/fleet/repository.ts";
import { packageChart, writeService } from "../testbed/helm/charts.ts";
import { describeHelm } from "../testbed/helm/describe-helm.ts";
import { adminClient } from "../testbed/kubernetes/admin-client.ts";
import { startControlPlane, type ControlPlane } from "../testbed/kubernetes/control-plane.ts";
import { findKubernetes } from "../testbed/kubernetes/find.ts";
import { resourceAttributes } from "../testbed/kubernetes/resource-attributes.ts";
import { startTollgate, type Tollgate } from "../testbed/kubernetes/tollgate.ts";

const CLI = join(REPOSITORY, "packages/cli/src/main.ts");
const NAMESPACE = "accounts";
const AGENT = AGENT_ACCOUNT;
const KEEPER = { namespace: NAMESPACE, name: "keeper" };
/** In its namespace a service is deployed from a chart. */
const PILOT = { namespace: "charts", name: "pilot" };
const BEACON = {
  name: "beacon",
  config: { type: "object", properties: { hookFails: { type: "boolean", default: false } } },
  secrets: [{ name: "greeting", keys: ["word"] }],
};

describeHelm("roles that are made from the catalog", (helm) => {
  let dir: string;
  let controlPlane: ControlPlane;
  let gate: Tollgate;
  let agent: Program;
  let instances: InstanceWatch;
  let roles: readonly RoleObject[];
  let nats: NatsServer;
  let hub: HubProgram;
  let catalog: string;
  let chartArgs: readonly string[];

  beforeAll(async () => {
    dir = await mkdtemp(join(tmpdir(), "portolan-rbac-"));
    [catalog, chartArgs] = await catalogWithCharts();
    nats = await startNatsServer();
    hub = await hubProgram({ natsUrl: nats.url, dir });
    await hub.start();
    controlPlane = await startControlPlane({ name: "rbac" });
    for (const namespace of [NAMESPACE, PILOT.namespace, AGENT.namespace]) await kubectl(["create", "namespace", namespace]);
    roles = [
      ...(await rolesOf([])),
      ...(await rolesOf(["ledger", `--account=${KEEPER.name}`, `--namespace=${KEEPER.namespace}`])),
      ...(await rolesOf(["beacon", `--account=${PILOT.name}`, `--namespace=${PILOT.namespace}`])),
    ];
    await apply({ apiVersion: "v1", kind: "List", items: roles });
    const kubeconfig = z
      .object({ users: z.tuple([z.object({ user: z.object({ token: z.string() }) })]) })
      .parse(JSON.parse(await readFile(await controlPlane.serviceAccountKubeconfig(AGENT), "utf8")));
    gate = await startTollgate(controlPlane, kubeconfig.users[0].user.token);
    agent = await agentProgram({
      cluster: "rbac",
      kubeconfig: gate.kubeconfigPath,
      catalog,
      fleet: { natsUrl: nats.url, hubKey: hub.publicKey },
      dir,
      args: ["--leader-elect", `--chart-cache=${join(dir, "cache")}`, ...chartArgs],
    });
    const { found } = await findKubernetes();
    if (found === undefined) throw new Error("the control plane has no kubectl");
    await agent.start();
    instances = watchInstances(found.kubectl, controlPlane.kubeconfigPath);
  });

  afterAll(async () => {
    await instances.stop();
    await agent.kill();
    await gate.stop();
    await controlPlane.stop();
    await hub.kill();
    await nats.stop();
    await rm(dir, { recursive: true });
  });

  showLogsOfFailures(() => [hub, agent]);

  /** The catalog of the ledger, and a service that is deployed from a chart; with what tells a program where that is. */
  const catalogWithCharts = async (): Promise<[catalog: string, args: readonly string[]]> => {
    const folder = join(dir, "catalog");
    await Promise.all([cp(LEDGER_CATALOG, folder, { recursive: true }), mkdir(join(dir, "charts"))]);
    const versions = [];
    for (const version of ["1.0.0", "2.0.0"]) {
      const { digest } = await packageChart(helm(), { folder: "beacon", version, into: join(dir, "charts") });
      const deployer = { type: "helm", chart: "file-charts#beacon", chartVersion: version, digest, test: version === "2.0.0" };
      versions.push({ version, deployer, values: { hookFails: "${config.hookFails}", message: "${secrets.greeting.word}" } });
    }
    await writeService(folder, BEACON, versions);
    return [folder, [`--helm=${helm()}`, `--chart-folder=${dir}`, "--chart-mirror=file-charts=charts"]];
  };

  const kubectl = async (args: readonly string[], input?: object): Promise<string> => {
    const { code, stdout, stderr } = await controlPlane.kubectl(args, input === undefined ? {} : { input: JSON.stringify(input) });
    if (code !== 0) throw new Error(`kubectl ${args.join(" ")} ended with ${code}: ${stderr}`);
    return stdout;
  };
  const apply = async (object: object): Promise<void> => {
    await kubectl(["apply", "--server-side", "--force-conflicts", "-f", "-"], object);
  };
  const rolesOf = async (args: readonly string[]): Promise<readonly RoleObject[]> => await generatedRoles(catalog, [...chartArgs, ...args]);
  const doctor = async () => await runCommand(process.execPath, [CLI, "doctor", `--kubeconfig=${controlPlane.kubeconfigPath}`]);
  const wish = async (version: string): Promise<void> => {
    await apply(ledger(NAMESPACE, { version, serviceAccountName: KEEPER.name }));
    await instances.until(ledgerIn(NAMESPACE), `runs ${version}`, runs(version));
  };

  /** A service that is deployed from a chart, through everything that helm does. */
  const sailWithCharts = async (): Promise<void> => {
    const key = `${PILOT.namespace}/beacon`;
    const { namespace } = PILOT;
    await kubectl(["create", "secret", "generic", "greeting", `--namespace=${namespace}`, "--from-literal=word=ahoy"]);
    const secretRefs = [{ name: "greeting", secretName: "greeting" }];
    const steer = async (version: string, config: object, until: Parameters<InstanceWatch["until"]>[2]): Promise<void> => {
      await apply(instance(key, { version, config, secretRefs, serviceAccountName: PILOT.name }));
      await instances.until(key, `is at ${version}`, until);
    };
    await steer("1.0.0", {}, runs("1.0.0"));
    await steer("2.0.0", {}, runs("2.0.0"));
    await kubectl(["delete", "configmap/beacon", `--namespace=${namespace}`]);
    await eventually(
      "what was deleted is put back",
      () => kubectl(["get", "configmap/beacon", `--namespace=${namespace}`, "--ignore-not-found", "-o=name"]),
      (name) => name !== "",
    );
    await steer("1.0.0", {}, runs("1.0.0"));
    await steer("2.0.0", { hookFails: true }, ({ status }) => status?.phase === "Failed");
    const remove = async (): Promise<string> =>
      await kubectl(["delete", "serviceinstance/beacon", `--namespace=${namespace}`, "--timeout=60s"]);
    await remove();
    // Which a person has installed.
    const archive = join(dir, "charts/beacon-1.0.0.tgz");
    const byHand = [
      "install",
      "beacon",
      archive,
      `--namespace=${namespace}`,
      `--kubeconfig=${controlPlane.kubeconfigPath}`,
      "--set=message=ahoy",
    ];
    expect(await runCommand(helm(), byHand)).toMatchObject({ code: 0 });
    await steer("1.0.0", {}, runs("1.0.0"));
    await remove();
  };

  /** What the hub can wish of an instance. */
  const obeyTheFleet = async (): Promise<void> => {
    const fleet = portolan(hub.url);
    await fleet.untilInSync(["rbac"]);
    const ask = async (...args: string[]): Promise<void> => {
      expect(await fleet.run([...args, "--watch", "--timeout=90s"])).toMatchObject({ code: 0 });
    };
    const where = [`--namespace=${KEEPER.namespace}`];
    const config = join(dir, "config.json");
    await writeFile(config, JSON.stringify({ note: "by the fleet" }));
    await ask("install", "ledger", "1.0.0", ...where, `--service-account=${KEEPER.name}`);
    await ask("upgrade", "ledger", "2.0.0", ...where);
    await ask("configure", "ledger", ...where, `--config=${config}`);
    await ask("remove", "ledger", ...where, "--all-clusters");
  };

  it("are enough for everything that is done for a service", async () => {
    // One that no catalog in use has any more, which the next agent takes away.
    const known = z
      .looseObject({ metadata: z.object({ name: z.string() }) })
      .parse(JSON.parse(await kubectl(["get", "sd/ledger", "-o=json"])));
    await apply({ ...known, metadata: { name: "former" } });
    await agent.stop();
    await agent.start();
    await eventually(
      "it is taken away",
      () => kubectl(["get", "sd", "-o=name"]),
      (names) => !names.includes("former"),
    );
    await wish("1.0.0");
    await wish("3.0.0");
    await kubectl(["delete", "configmap/ledger", `--namespace=${NAMESPACE}`]);
    await eventually(
      "what was deleted is put back",
      () => kubectl(["get", "configmap/ledger", `--namespace=${NAMESPACE}`, "--ignore-not-found", "-o=name"]),
      (name) => name !== "",
    );
    await wish("1.0.0");
    // A failed Job, the end of whose log is looked for.
    await apply(ledger(NAMESPACE, { version: "3.0.0", serviceAccountName: KEEPER.name, config: { schemaFails: true } }));
    await instances.until(ledgerIn(NAMESPACE), "has failed", ({ status }) => status?.phase === "Failed");
    const sick = await doctor();
    expect(sick).toMatchObject({ code: 1, stdout: expect.stringMatching(/^instances +error +accounts\/ledger: /mu) });
    expect(sick.stdout).toMatch(/^agent +ok +\S+ acts$/mu);
    await kubectl(["delete", "serviceinstance/ledger", `--namespace=${NAMESPACE}`, "--timeout=60s"]);
    await sailWithCharts();
    await obeyTheFleet();
    expect(await doctor()).toMatchObject({ code: 0 });
    const events = await kubectl(["get", "events.events.k8s.io", `--namespace=${NAMESPACE}`, "-o=name"]);
    expect(events.split("\n").length).toBeGreaterThan(3);
    // In good order, with the Lease given back.
    expect(await agent.stop()).toMatchObject({ code: 0 });
    expect(await doctor()).toMatchObject({ code: 1, stdout: expect.stringMatching(/^agent +error +no agent acts/mu) });
    const forbidden = gate.answered.filter(({ status }) => status === 403).map(({ method, path }) => `${method} ${path}`);
    // Whether there is a release: an agent that may not see any goes on without.
    const looks = /^GET \/api\/v1\/namespaces\/accounts\/secrets\?.*owner%3Dhelm/u;
    expect([...new Set(forbidden.filter((request) => !looks.test(request)))]).toEqual([]);
  });

  describe("have nothing that is not needed", () => {
    it("without any of its verbs, names or rules something that was done is forbidden", async () => {
      const asked = attributesAsked();
      const needless: string[] = [];
      for (const role of roles.filter(({ rules }) => rules !== undefined)) {
        const account = [AGENT, KEEPER, PILOT].find(({ name }) => role.metadata.name.endsWith(name)) ?? AGENT;
        for (const { what, rules } of reductions(role.rules ?? [])) {
          await apply({ ...role, rules });
          if (isForOlderHelm(account, what)) continue;
          if (!(await isMissed(account, asked.get(userOf(account)) ?? []))) needless.push(`${role.kind} ${role.metadata.name}: ${what}`);
        }
        await apply(role);
      }
      expect(needless).toEqual([]);
    }, 600_000);
  });

  /** helm waits for objects by watches that begin with what there is; older ones list that first. */
  const isForOlderHelm = (account: typeof AGENT, what: string): boolean => account === PILOT && /^list (?!pods|secrets)/u.test(what);

  const userOf = ({ namespace, name }: typeof AGENT): string => `system:serviceaccount:${namespace}:${name}`;

  /** What was asked of the API server and allowed, by user. */
  function attributesAsked(): ReadonlyMap<string, readonly ResourceAccess[]> {
    const asked = new Map<string, Map<string, ResourceAccess>>();
    const note = (user: string, attributes: ResourceAccess): void => {
      const ofUser = asked.get(user) ?? new Map<string, ResourceAccess>();
      asked.set(user, ofUser.set(JSON.stringify(attributes), attributes));
    };
    for (const { method, path, status, impersonated } of gate.answered) {
      const attributes = resourceAttributes(method, path);
      if (attributes === undefined) continue;
      note(impersonated ?? userOf(AGENT), attributes);
      // An apply that makes something must be allowed to.
      if (method === "PATCH" && status === 201) note(impersonated ?? userOf(AGENT), { ...attributes, verb: "create" });
      if (impersonated !== undefined) {
        for (const account of [KEEPER, PILOT])
          note(userOf(AGENT), { verb: "impersonate", group: "", resource: "serviceaccounts", ...account });
      }
    }
    return new Map([...asked].map(([user, attributes]) => [user, [...attributes.values()]]));
  }

  /** Whether the API server forbids one of these by now. */
  async function isMissed(account: typeof AGENT, asked: readonly ResourceAccess[]): Promise<boolean> {
    // Its authorizer hears of a changed role a moment later.
    for (let look = 0; look < 20; look++) {
      for (const attributes of asked) if (!(await isAllowed(account, attributes))) return true;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return false;
  }

  async function isAllowed(account: typeof AGENT, attributes: ResourceAccess): Promise<boolean> {
    const groups = ["system:serviceaccounts", `system:serviceaccounts:${account.namespace}`, "system:authenticated"];
    const review = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      spec: { user: userOf(account), groups, resourceAttributes: attributes },
    };
    const { body } = await adminClient(controlPlane).request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review);
    return z.object({ status: z.object({ allowed: z.boolean() }) }).parse(JSON.parse(body)).status.allowed;
  }
});

/** The rules without one verb of one resource, or one name. */
function reductions(rules: readonly PolicyRule[]): readonly { readonly what: string; readonly rules: readonly PolicyRule[] }[] {
  const single = rules.flatMap((rule) => singleRulesOf(rule).map((each) => each.rule));
  return single.map((left) => ({ what: describeRule(left), rules: single.filter((each) => each !== left) }));
}
