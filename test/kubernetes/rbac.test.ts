import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ResourceAccess } from "@portolan/agent/kube";
import { describeRule, singleRulesOf, type PolicyRule, type SingleRule } from "@portolan/agent/rbac";
import { startNatsServer, type NatsServer } from "@portolan/simulator/nats-server";
import { runCommand } from "@portolan/simulator/program-cache";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";
import { agentProgram } from "../testbed/fleet/agent.ts";
import { escalations, groupOf, POLICIES, surroundings, writeEstate } from "../testbed/fleet/estate.ts";
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
import { tokenIn } from "../testbed/kubernetes/token-in.ts";
import { startTollgate, type Tollgate } from "../testbed/kubernetes/tollgate.ts";

const CLI = join(REPOSITORY, "packages/cli/src/main.ts");
const NAMESPACE = "accounts";
const AGENT = AGENT_ACCOUNT;
const KEEPER = { namespace: NAMESPACE, name: "keeper", service: "ledger" };
/** In its namespace a service is deployed from a chart. */
const PILOT = { namespace: "charts", name: "pilot", service: "beacon" };
/** In their namespaces a service has all that operators bring: deployed from a chart in the one, from manifests in the other. */
const STEWARD = { namespace: "manors", name: "steward", service: "manor" };
const CROFTER = { namespace: "crofts", name: "crofter", service: "croft" };
const ACCOUNTS = [KEEPER, PILOT, STEWARD, CROFTER];
type Account = typeof AGENT;
type ServiceAccount = typeof KEEPER;
/** The agent looks after services in the name of these accounts, or with its own rights. */
interface Mode {
  readonly title: string;
  readonly accounts: readonly ServiceAccount[];
}
const MODES: readonly Mode[] = [
  { title: "for the agent and for accounts, in whose name it acts", accounts: ACCOUNTS },
  { title: "for an agent that acts in its own name", accounts: [] },
];
const BEACON = {
  name: "beacon",
  config: { type: "object", properties: { hookFails: { type: "boolean", default: false } } },
  secrets: [{ name: "greeting", keys: ["word"] }],
};

describeHelm("roles that are made from the catalog", (helm) => {
  describe.each(MODES)("$title", (mode) => {
    proveRoles(mode, helm);
  });
});

function proveRoles({ accounts }: Mode, helm: () => string): void {
  const isOwn = accounts.length === 0;
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
    for (const { namespace } of [AGENT, ...ACCOUNTS]) await kubectl(["create", "namespace", namespace]);
    await apply(POLICIES);
    roles = await rolesOf(isOwn ? ["--own-rights"] : []);
    for (const { service, name, namespace } of accounts)
      roles = [...roles, ...(await rolesOf([service, `--account=${name}`, `--namespace=${namespace}`]))];
    await apply({ apiVersion: "v1", kind: "List", items: roles });
    gate = await startTollgate(controlPlane, await tokenIn(await controlPlane.serviceAccountKubeconfig(AGENT)));
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
    await writeEstate(folder, STEWARD.service, { helm: helm(), dir });
    await writeEstate(folder, CROFTER.service);
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
  const inNameOf = ({ name }: Account) => (isOwn ? {} : { serviceAccountName: name });
  const rolesOf = async (args: readonly string[]): Promise<readonly RoleObject[]> => await generatedRoles(catalog, [...chartArgs, ...args]);
  const doctor = async () =>
    await runCommand(process.execPath, [
      CLI,
      "doctor",
      `--kubeconfig=${controlPlane.kubeconfigPath}`,
      ...(isOwn ? ["--own-rights", `--catalog=${catalog}`, ...chartArgs] : []),
    ]);
  const wish = async (version: string): Promise<void> => {
    await apply(ledger(NAMESPACE, { version, ...inNameOf(KEEPER) }));
    await instances.until(ledgerIn(NAMESPACE), `runs ${version}`, runs(version));
  };

  /** A service that is deployed from a chart, through everything that helm does. */
  const sailWithCharts = async (): Promise<void> => {
    const key = `${PILOT.namespace}/beacon`;
    const { namespace } = PILOT;
    await kubectl(["create", "secret", "generic", "greeting", `--namespace=${namespace}`, "--from-literal=word=ahoy"]);
    const secretRefs = [{ name: "greeting", secretName: "greeting" }];
    const steer = async (version: string, config: object, until: Parameters<InstanceWatch["until"]>[2]): Promise<void> => {
      await apply(instance(key, { version, config, secretRefs, ...inNameOf(PILOT) }));
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

  /** Up with a hook of every kind, down, up with a hook that fails, and away. */
  const tendEstate = async (account: ServiceAccount): Promise<void> => {
    const { namespace, service: estate } = account;
    const key = `${namespace}/${estate}`;
    const steer = async (version: string, config: object, until: Parameters<InstanceWatch["until"]>[2]): Promise<void> => {
      await apply(instance(key, { version, config, ...inNameOf(account) }));
      await instances.until(key, `is at ${version}`, until);
    };
    for (const object of surroundings(estate)) await apply(object);
    await steer("1.0.0", {}, runs("1.0.0"));
    await apply({ apiVersion: `${groupOf(estate)}/v1`, kind: "Barn", metadata: { name: "red", namespace } });
    await steer("2.0.0", {}, runs("2.0.0"));
    await steer("1.0.0", {}, runs("1.0.0"));
    await steer("2.0.0", { jobFails: true }, ({ status }) => status?.phase === "Failed");
    await kubectl(["delete", `serviceinstance/${estate}`, `--namespace=${namespace}`, "--timeout=60s"]);
  };

  /** What the hub can wish of an instance. */
  const obeyTheFleet = async (): Promise<void> => {
    const fleet = portolan(hub.url);
    await fleet.untilInSync(["rbac"]);
    const ask = async (...args: string[]): Promise<void> => {
      expect(await fleet.run([...args, "--watch", "--timeout=90s"])).toMatchObject({ code: 0 });
    };
    // Where it acts in its own name, one that it makes.
    const where = [`--namespace=${isOwn ? "founded" : KEEPER.namespace}`];
    const config = join(dir, "config.json");
    await writeFile(config, JSON.stringify({ note: "by the fleet" }));
    await ask("install", "ledger", "1.0.0", ...where, ...(isOwn ? [] : [`--service-account=${KEEPER.name}`]));
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
    await apply(ledger(NAMESPACE, { version: "3.0.0", ...inNameOf(KEEPER), config: { schemaFails: true } }));
    await instances.until(ledgerIn(NAMESPACE), "has failed", ({ status }) => status?.phase === "Failed");
    const sick = await doctor();
    expect(sick).toMatchObject({ code: 1, stdout: expect.stringMatching(/^instances +error +accounts\/ledger: /mu) });
    expect(sick.stdout).toMatch(/^agent +ok +\S+ acts$/mu);
    await kubectl(["delete", "serviceinstance/ledger", `--namespace=${NAMESPACE}`, "--timeout=60s"]);
    await sailWithCharts();
    await Promise.all([STEWARD, CROFTER].map(tendEstate));
    await obeyTheFleet();
    expect(await doctor()).toMatchObject({ code: 0 });
    const events = await kubectl(["get", "events.events.k8s.io", `--namespace=${NAMESPACE}`, "-o=name"]);
    expect(events.split("\n").length).toBeGreaterThan(3);
    // In good order, with the Lease given back.
    expect(await agent.stop()).toMatchObject({ code: 0 });
    expect(await doctor()).toMatchObject({ code: 1, stdout: expect.stringMatching(/^agent +error +no agent acts/mu) });
    const forbidden = gate.answered.filter(({ status }) => status === 403).map(({ method, path }) => `${method} ${path}`);
    // Whether there is a release: an account that may not see any goes on without.
    const looks = /^GET \/api\/v1\/namespaces\/(?:accounts|crofts)\/secrets\?.*owner%3Dhelm/u;
    expect([...new Set(forbidden.filter((request) => !looks.test(request)))]).toEqual([]);
  });

  describe("have nothing that is not needed", () => {
    it("without any of its verbs, names or rules something that was done is forbidden", async () => {
      const asked = attributesAsked();
      for (const account of isOwn ? [AGENT] : [STEWARD, CROFTER]) expect(await mayPassRightsOn(account)).toBe(true);
      const needless: string[] = [];
      const judge = async (account: Account): Promise<void> => {
        for (const role of roles.filter(({ rules, metadata }) => rules !== undefined && metadata.name.endsWith(account.name))) {
          for (const { left, rules } of reductions(role.rules ?? [])) {
            if (isForOlderHelm(account, left) || isShownByOthers(account, left) || isHeldAnyway(left)) continue;
            await apply({ ...role, rules });
            const what = `${role.kind} ${role.metadata.name}: ${describeRule(left.rule)}`;
            if (!(await isMissed(account, left, asked.get(userOf(account)) ?? []))) needless.push(what);
          }
          await apply(role);
        }
      };
      await Promise.all([AGENT, ...accounts].map(judge));
      expect(needless).toEqual([]);
    }, 600_000);
  });

  /** helm waits for objects by watches that begin with what there is; older ones list that first. */
  const isForOlderHelm = (account: Account, { access }: SingleRule): boolean =>
    (account === PILOT || account === STEWARD) &&
    access.verb === "list" &&
    "resource" in access &&
    !["pods", "secrets"].includes(access.resource);

  /**
   * What the estate from a chart is not led to: helm leaves the definitions of a chart's folder for them, which by its manifest cannot be
   * told from those among its templates; and of what helm does with its releases the beacon has more.
   */
  const isShownByOthers = (account: Account, { access }: SingleRule): boolean =>
    (account === STEWARD || isOwn) &&
    "resource" in access &&
    ((access.resource === "secrets" && !isOwn) || (access.verb === "delete" && access.name === `sheep.${groupOf(STEWARD.service)}`));

  /** To bind a role, where the agent holds all that it allows: it reads ConfigMaps everywhere. */
  const isHeldAnyway = ({ access }: SingleRule): boolean =>
    isOwn && access.verb === "bind" && "name" in access && access.name === "extension-apiserver-authentication-reader";

  const userOf = ({ namespace, name }: Account): string => `system:serviceaccount:${namespace}:${name}`;

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
        for (const { namespace, name } of accounts)
          note(userOf(AGENT), { verb: "impersonate", group: "", resource: "serviceaccounts", namespace, name });
      }
    }
    return new Map([...asked].map(([user, attributes]) => [user, [...attributes.values()]]));
  }

  /** Whether the API server forbids by now what was done with a right. */
  async function isMissed(account: Account, { access }: SingleRule, asked: readonly ResourceAccess[]): Promise<boolean> {
    const uses = "path" in access ? [] : asked.filter((each) => isUseOf(each, access));
    // Its authorizer hears of a changed role a moment later.
    for (let look = 0; look < 20; look++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      for (const attributes of uses) if (!(await isAllowed(account, attributes))) return true;
    }
    return !(await mayPassRightsOn(account));
  }

  /** Whether an account may make the roles and bindings of its estates, which asks for the rights themselves. Nothing is made. */
  async function mayPassRightsOn(account: Account): Promise<boolean> {
    const estates = [STEWARD, CROFTER].filter(({ name }) => name === account.name || (isOwn && account === AGENT));
    const answers = await Promise.all(estates.map(({ service, namespace }) => mayPassOn(account, service, namespace)));
    return answers.every(Boolean);
  }

  async function mayPassOn(account: Account, estate: string, target: string): Promise<boolean> {
    // By an apply, as it is done: a request to create has no name that a rule could name.
    const args = ["apply", "--server-side", "--dry-run=server", `--as=${userOf(account)}`, "-f", "-"];
    const place = ({ namespace = target, ...metadata }: { readonly namespace?: string }) => ({ namespace, ...metadata });
    const items = escalations(estate).map((object) => ({ ...object, metadata: place(object.metadata) }));
    const input = JSON.stringify({ apiVersion: "v1", kind: "List", items });
    const { code, stderr } = await controlPlane.kubectl(args, { input });
    if (
      code !== 0 &&
      !/attempting to grant RBAC permissions not currently held|must have cluster-admin privileges to use the aggregationRule/u.test(stderr)
    )
      throw new Error(stderr);
    return code === 0;
  }

  async function isAllowed(account: Account, attributes: ResourceAccess): Promise<boolean> {
    const groups = ["system:serviceaccounts", `system:serviceaccounts:${account.namespace}`, "system:authenticated"];
    const review = {
      apiVersion: "authorization.k8s.io/v1",
      kind: "SubjectAccessReview",
      spec: { user: userOf(account), groups, resourceAttributes: attributes },
    };
    const { body } = await adminClient(controlPlane).request("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", review);
    return z.object({ status: z.object({ allowed: z.boolean() }) }).parse(JSON.parse(body)).status.allowed;
  }
}

/** The rules without one verb of one resource, or one name. */
function reductions(rules: readonly PolicyRule[]): readonly { readonly left: SingleRule; readonly rules: readonly PolicyRule[] }[] {
  const single = rules.flatMap((rule) => singleRulesOf(rule));
  return single.map((left) => ({ left, rules: single.filter((each) => each !== left).map(({ rule }) => rule) }));
}

function isUseOf(asked: ResourceAccess, right: ResourceAccess): boolean {
  return (["verb", "group", "resource", "subresource"] as const).every((part) => asked[part] === right[part]);
}
