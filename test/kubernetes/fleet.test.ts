import { tmpdir } from "node:os";
import { join } from "node:path";
import { cp, mkdtemp, rm, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { ledgerCatalogWith, STRAIGHT_TO_3, VERSION_4 } from "../testbed/fleet/catalogs.ts";
import { eventually } from "../testbed/fleet/eventually.ts";
import { showLogsOfFailures } from "../testbed/fleet/failure-logs.ts";
import { startFleet, type Fleet } from "../testbed/fleet/fleet.ts";
import {
  actionsOf,
  BACK_TO_2,
  installLedger,
  instance,
  isAt,
  ledger,
  ledgerIn,
  letJobRun,
  runs,
  TO_1,
  TO_2,
  TO_3,
  type LedgerConfig,
} from "../testbed/fleet/ledger.ts";
import type { Cluster } from "../testbed/fleet/cluster.ts";
import { LEDGER_CATALOG, REPOSITORY } from "../testbed/fleet/repository.ts";
import { describeKubernetes } from "../testbed/kubernetes/describe-kubernetes.ts";

const CLUSTERS = ["amsterdam", "bergen"] as const;

describeKubernetes("a fleet of two clusters", () => {
  let straightCatalog: string;
  let newerCatalog: string;
  /** All that the clusters will hear of. */
  let wholeCatalog: string;
  let fleet: Fleet<(typeof CLUSTERS)[number]>;
  let amsterdam: Cluster;
  let bergen: Cluster;

  beforeAll(async () => {
    straightCatalog = await ledgerCatalogWith(STRAIGHT_TO_3);
    newerCatalog = await ledgerCatalogWith(VERSION_4);
    wholeCatalog = await ledgerCatalogWith({ ...STRAIGHT_TO_3, ...VERSION_4 });
    for (const examples of ["catalog", "catalog-next"]) {
      await cp(join(REPOSITORY, "examples", examples), wholeCatalog, { recursive: true });
    }
    fleet = await startFleet({ clusters: { amsterdam: LEDGER_CATALOG, bergen: straightCatalog }, rights: { catalog: wholeCatalog } });
    amsterdam = fleet.cluster("amsterdam");
    bergen = fleet.cluster("bergen");
  });

  afterAll(async () => {
    await fleet.stop();
    await Promise.all([straightCatalog, newerCatalog, wholeCatalog].map((dir) => rm(dir, { recursive: true })));
  });

  showLogsOfFailures(() => fleet.programs());

  /** Waits until the hub knows a way to the version for so many instances of a namespace. */
  const untilReachable = (namespace: string, version: string, count: number, service = "ledger") =>
    eventually(
      `${count} instances in ${namespace} can reach ${version}`,
      () => fleet.portolan.plans([service, version, `--namespace=${namespace}`]),
      (plans) => plans.length === count && plans.every(({ reachable }) => reachable),
    );
  const installEverywhere = async (namespace: string, version: string, config: LedgerConfig = {}): Promise<void> => {
    await Promise.all([amsterdam, bergen].map((cluster) => installLedger(cluster, namespace, { version, config })));
  };
  const upgrade = async (namespace: string, version: string, service = "ledger", ...more: readonly string[]) => {
    const { name } = await fleet.portolan.start([service, version, `--namespace=${namespace}`, ...more]);
    return await fleet.portolan.watch(name);
  };

  const downgrade = async (namespace: string, version: string, service = "ledger", ...more: readonly string[]) => {
    const { name } = await fleet.portolan.startDown([service, version, `--namespace=${namespace}`, ...more]);
    return await fleet.portolan.watch(name);
  };
  const refusals = async (namespace: string, version = "2.0.0") => {
    const { code, rollout } = await fleet.portolan.check(["ledger", version, `--namespace=${namespace}`]);
    return { code, reasons: rollout.targets.flatMap(({ check }) => check?.reasons ?? []) };
  };

  it("goes wave by wave through a gate, as a document says, and is brought back by another rollout", async () => {
    const namespace = "waves";
    await installEverywhere(namespace, "1.0.0");
    await untilReachable(namespace, "2.0.0", 2);
    const dir = await mkdtemp(join(tmpdir(), "portolan-rollout-"));
    onTestFinished(() => rm(dir, { recursive: true }));
    const file = join(dir, "rollout.yaml");
    const waves = [
      {
        name: "canary",
        clusters: { selector: { clusters: ["bergen"] } },
        soakSeconds: 1,
        verify: "instance.version == '2.0.0' && cluster.online",
      },
      { name: "rest" },
    ];
    const spec = { action: "upgrade", service: "ledger", version: "2.0.0", selector: { namespaces: [namespace] }, waves };
    await writeFile(file, JSON.stringify({ apiVersion: "portolan.dev/v1alpha1", kind: "Rollout", metadata: { name: namespace }, spec }));
    const { code, stdout } = await fleet.portolan.run(["apply", "-f", file, "--start", "--timeout=90s"]);
    expect([code, stdout.trimEnd().split("\n").at(-1)]).toEqual([0, "waves Succeeded"]);
    const at = (cluster: Cluster): string =>
      cluster.instances
        .states(ledgerIn(namespace))
        .find(({ spec: wish }) => wish.version === "2.0.0")
        ?.metadata.managedFields?.find(({ manager }) => manager === "portolan-hub")?.time ?? "";
    expect(Date.parse(at(amsterdam)) - Date.parse(at(bergen))).toBeGreaterThanOrEqual(1_000);
    const undo = await fleet.portolan.run(["rollout", "undo", namespace]);
    expect(undo).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^start it: portolan rollout start \S+-undo --hash [0-9a-f]+\n$/u),
    });
    expect(await fleet.portolan.run(["rollout", "start", `${namespace}-undo`, "--yes", "--timeout=90s"])).toMatchObject({ code: 0 });
    await Promise.all([amsterdam, bergen].map((cluster) => cluster.instances.until(ledgerIn(namespace), "runs 1.0.0", runs("1.0.0"))));
  });

  it("installs a service where it is told to, configures it, and takes it away again, each by one command", async () => {
    const namespace = "by-hub";
    const dir = await mkdtemp(join(tmpdir(), "portolan-config-"));
    onTestFinished(() => rm(dir, { recursive: true }));
    const config = async (name: string, content: LedgerConfig): Promise<string> => {
      await writeFile(join(dir, name), JSON.stringify(content));
      return `--config=${join(dir, name)}`;
    };
    const where = [`--namespace=${namespace}`, "--instance=ledger"];
    const install = await fleet.portolan.run([
      "install",
      "ledger",
      "1.0.0",
      ...where,
      await config("one", { note: "one" }),
      "--watch",
      "--timeout=90s",
    ]);
    expect(install).toMatchObject({ code: 0 });
    const note = async (cluster: Cluster): Promise<string> =>
      await cluster.kubectl(["get", "configmap/ledger", `--namespace=${namespace}`, "--ignore-not-found", "-o=jsonpath={.data.note}"]);
    expect(await Promise.all([amsterdam, bergen].map(note))).toEqual(["one", "one"]);
    const checked = await fleet.portolan.run([
      "configure",
      "ledger",
      ...where,
      await config("two", { note: "two" }),
      "--dry-run",
      "--output=json",
    ]);
    expect(JSON.parse(checked.stdout)).toMatchObject({
      targets: CLUSTERS.map((cluster) => ({ cluster, check: { type: "Checked", changes: { created: 0, changed: 1, deleted: 0 } } })),
    });
    expect(await Promise.all([amsterdam, bergen].map(note))).toEqual(["one", "one"]);
    const configure = [
      "configure",
      "ledger",
      ...where,
      await config("two", { note: "two" }),
      "--clusters=bergen",
      "--watch",
      "--timeout=90s",
    ];
    expect(await fleet.portolan.run(configure)).toMatchObject({ code: 0 });
    expect(await Promise.all([amsterdam, bergen].map(note))).toEqual(["one", "two"]);
    const remove = ["remove", "ledger", `--namespace=${namespace}`, "--all-clusters", "--watch", "--timeout=90s"];
    expect(await fleet.portolan.run(remove)).toMatchObject({ code: 0 });
    expect(await Promise.all([amsterdam, bergen].map(note))).toEqual(["", ""]);
    expect(await fleet.portolan.instances([`--namespace=${namespace}`])).toEqual([]);
  });

  it("moves every cluster by its own agent's plan, and one of them back", async () => {
    const namespace = "own-plans";
    await installEverywhere(namespace, "1.0.0");
    const plans = await untilReachable(namespace, "3.0.0", 2);
    expect(plans.map(({ cluster, steps }) => [cluster, ...steps.map(({ to }) => to)])).toStrictEqual([
      ["amsterdam", "2.0.0", "3.0.0"],
      ["bergen", "3.0.0"],
    ]);
    expect(new Set(plans.map(({ planHash }) => planHash)).size).toBe(2);

    expect(await upgrade(namespace, "3.0.0")).toMatchObject({
      code: 0,
      rollout: { phase: "Succeeded", targets: CLUSTERS.map((cluster) => ({ cluster, state: "Succeeded", version: "3.0.0" })) },
    });
    expect(actionsOf(amsterdam.instances.states(ledgerIn(namespace)))).toStrictEqual([...TO_1, ...TO_2, ...TO_3]);
    expect(actionsOf(bergen.instances.states(ledgerIn(namespace)))).toStrictEqual([...TO_1, "3.0.0 before/backup", ...TO_3]);

    await untilReachable(namespace, "2.0.0", 2);
    expect(await downgrade(namespace, "2.0.0", "ledger", "--clusters=amsterdam")).toMatchObject({
      code: 0,
      rollout: { phase: "Succeeded", targets: [{ cluster: "amsterdam", version: "2.0.0" }] },
    });
    expect(actionsOf(amsterdam.instances.states(ledgerIn(namespace)))).toStrictEqual([...TO_1, ...TO_2, ...TO_3, ...BACK_TO_2]);
    const installed = await fleet.portolan.instances([`--namespace=${namespace}`]);
    expect(installed.map(({ cluster, version, ready }) => ({ cluster, version, ready }))).toStrictEqual([
      { cluster: "amsterdam", version: "2.0.0", ready: true },
      { cluster: "bergen", version: "3.0.0", ready: true },
    ]);
  });

  it("learns a version from a published catalog, and forgets it again, but not what it runs", async () => {
    const namespace = "published";
    await installEverywhere(namespace, "3.0.0");
    await fleet.portolan.publish(newerCatalog, "newer");
    const offers4 = ({ status }: { readonly status?: { readonly availableVersions?: readonly { readonly version: string }[] } }) =>
      status?.availableVersions?.some(({ version }) => version === "4.0.0") === true;
    for (const cluster of [amsterdam, bergen]) {
      await cluster.instances.until(ledgerIn(namespace), "offers 4.0.0", offers4);
    }
    await untilReachable(namespace, "4.0.0", 2);
    expect(await upgrade(namespace, "4.0.0", "ledger", "--clusters=bergen")).toMatchObject({ code: 0, rollout: { phase: "Succeeded" } });

    await fleet.portolan.withdraw("newer");
    await amsterdam.instances.until(ledgerIn(namespace), "does not offer 4.0.0 any more", (instance) => !offers4(instance));
    const runsOn = await bergen.instances.until(
      ledgerIn(namespace),
      "offers no way from 4.0.0",
      ({ status }) => status?.availableVersions?.length === 0,
    );
    expect(runsOn).toSatisfy(runs("4.0.0"));
  });

  it("goes over no risk that nobody has accepted by its id", async () => {
    const namespace = "risks";
    const risks = "risks: [{ id: ledger-closed, message: nobody can write while it moves }]\n";
    const risky = await ledgerCatalogWith({ ...VERSION_4, "upgraders/to-4.yaml": `${VERSION_4["upgraders/to-4.yaml"]}${risks}` });
    onTestFinished(() => rm(risky, { recursive: true }));
    await installEverywhere(namespace, "3.0.0");
    await fleet.portolan.publish(risky, "risky");
    await untilReachable(namespace, "4.0.0", 2);
    expect(await refusals(namespace, "4.0.0")).toMatchObject({
      code: 1,
      reasons: CLUSTERS.map(() => ({ code: "RisksNotAccepted", message: expect.stringContaining("ledger-closed") })),
    });
    // By the rollout for both, or by who looks after one instance.
    const accepted = JSON.stringify({ spec: { upgradePolicy: { acceptRisks: ["ledger-closed"] } } });
    await bergen.kubectl(["patch", "serviceinstance/ledger", `--namespace=${namespace}`, "--type=merge", `--patch=${accepted}`]);
    expect(await upgrade(namespace, "4.0.0", "ledger", "--clusters=bergen")).toMatchObject({ code: 0, rollout: { phase: "Succeeded" } });
    expect(await upgrade(namespace, "4.0.0", "ledger", "--clusters=amsterdam", "--accept-risk=ledger-closed")).toMatchObject({
      code: 0,
      rollout: { phase: "Succeeded" },
    });
    await fleet.portolan.withdraw("risky");
  });

  it("is not disturbed by a catalog of other services, published while it moves", async () => {
    const namespace = "unrelated";
    await installEverywhere(namespace, "1.0.0", { backupWaits: true });
    const agreed = await untilReachable(namespace, "3.0.0", 2);
    // One at a time: the second is sent when the catalog is there already.
    const { name } = await fleet.portolan.start(["ledger", "3.0.0", `--namespace=${namespace}`, "--max-concurrent=1"]);
    await amsterdam.instances.until(ledgerIn(namespace), "makes its backup", isAt("2.0.0", "before/backup"));
    await fleet.portolan.publish(join(REPOSITORY, "examples/catalog"), "examples");
    for (const { kubectl } of [amsterdam, bergen]) {
      await eventually(
        "the published services are known",
        () => kubectl(["get", "servicedefinitions", "-o=name"]),
        (names) => names.includes("certificates") && names.includes("identity"),
      );
    }
    const waiting = await fleet.portolan.plans(["ledger", "3.0.0", `--namespace=${namespace}`, "--clusters=bergen"]);
    expect(waiting).toStrictEqual(agreed.filter(({ cluster }) => cluster === "bergen"));
    for (const cluster of [amsterdam, bergen]) {
      await letJobRun(cluster, namespace);
    }
    expect(await fleet.portolan.watch(name)).toMatchObject({
      code: 0,
      rollout: { phase: "Succeeded", targets: CLUSTERS.map((cluster) => ({ cluster, state: "Succeeded" })) },
    });
    await fleet.portolan.withdraw("examples");
  });

  it("takes the example services up all the way, and down again", async () => {
    const namespace = "examples";
    const [certificates, identity] = [`${namespace}/certificates`, `${namespace}/identity`];
    await fleet.portolan.publish(join(REPOSITORY, "examples/catalog"), "examples");
    await bergen.kubectl(["create", "namespace", namespace]);
    await bergen.kubectl(["create", "secret", "generic", "database", `--namespace=${namespace}`, "--from-literal=password=correct-horse"]);
    await bergen.kubectl(["apply", "-f", "-"], instance(certificates, { version: "0.12.0" }));
    await bergen.kubectl(
      ["apply", "-f", "-"],
      instance(identity, {
        version: "1.0.0",
        config: { hostname: "login.example.org" },
        secretRefs: [{ name: "database", secretName: "database" }],
      }),
    );
    await bergen.instances.until(certificates, "runs 0.12.0", runs("0.12.0"));
    await bergen.instances.until(identity, "runs 1.0.0", runs("1.0.0"));

    await fleet.portolan.publish(join(REPOSITORY, "examples/catalog-next"), "examples-next");
    await untilReachable(namespace, "0.15.0", 1, "certificates");
    expect(await upgrade(namespace, "0.15.0", "certificates")).toMatchObject({ code: 0, rollout: { phase: "Succeeded" } });
    expect(actionsOf(bergen.instances.states(certificates)).filter((action) => !/ (?:deploy|ready)$/u.test(action))).toStrictEqual([
      "0.14.0 before/delete-controller",
      "0.14.0 before/delete-webhook",
      "0.15.0 after/controller-available",
    ]);

    await untilReachable(namespace, "2.0.0", 1, "identity");
    expect(await upgrade(namespace, "2.0.0", "identity")).toMatchObject({ code: 0, rollout: { phase: "Succeeded" } });
    await untilReachable(namespace, "1.1.0", 1, "identity");
    expect(await downgrade(namespace, "1.1.0", "identity")).toMatchObject({ code: 0, rollout: { phase: "Succeeded" } });
    expect(actionsOf(bergen.instances.states(identity)).filter((action) => !/ (?:deploy|ready)$/u.test(action))).toStrictEqual([
      "2.0.0 before/backup",
      "2.0.0 after/schema",
      "1.1.0 before/stop",
      "1.1.0 before/restore",
    ]);
    // Stopped for the restore, and started again.
    expect(await bergen.kubectl(["get", "deployment/identity", `--namespace=${namespace}`, "-o=jsonpath={.status.readyReplicas}"])).toBe(
      "2",
    );
  });

  describe("when an upgrade of two steps is aborted during the first", () => {
    const startAndStopInFirstStep = async (namespace: string): Promise<string> => {
      await installLedger(amsterdam, namespace, { version: "1.0.0", config: { backupWaits: true } });
      await untilReachable(namespace, "3.0.0", 1);
      const { name } = await fleet.portolan.start(["ledger", "3.0.0", `--namespace=${namespace}`]);
      await amsterdam.instances.until(ledgerIn(namespace), "makes its backup", isAt("2.0.0", "before/backup"));
      return name;
    };
    const untilHeld = (namespace: string) =>
      amsterdam.instances.until(ledgerIn(namespace), "is to stop at 2.0.0", ({ spec }) => spec.version === "2.0.0");
    const outcomeOf = async (namespace: string, name: string) => {
      const watched = await fleet.portolan.watch(name);
      const last = await amsterdam.instances.until(ledgerIn(namespace), "runs 2.0.0", runs("2.0.0"));
      return {
        ...watched,
        actions: actionsOf(amsterdam.instances.states(ledgerIn(namespace))),
        results: last.status?.history?.map(({ result }) => result),
      };
    };
    const stoppedAfterTheFirst = {
      code: 1,
      rollout: { phase: "Aborted", targets: [{ state: "Held", version: "2.0.0", reasons: [{ code: "Held" }] }] },
      actions: [...TO_1, ...TO_2],
      results: ["Held", "Succeeded"],
    };

    it("the second never starts, also after the agent was killed and started again", async () => {
      const namespace = "aborted";
      const name = await startAndStopInFirstStep(namespace);
      await fleet.portolan.abort(name);
      await untilHeld(namespace);
      await amsterdam.agent.kill();
      await amsterdam.agent.start();
      await letJobRun(amsterdam, namespace);
      expect(await outcomeOf(namespace, name)).toMatchObject(stoppedAfterTheFirst);

      await amsterdam.agent.kill();
      await amsterdam.agent.start();
      await fleet.portolan.untilInSync(CLUSTERS);
      expect(await outcomeOf(namespace, name)).toMatchObject(stoppedAfterTheFirst);
    });

    it("the second never starts, also when the agent was away while it was aborted", async () => {
      const namespace = "aborted-unheard";
      const name = await startAndStopInFirstStep(namespace);
      await amsterdam.agent.kill();
      await fleet.portolan.abort(name);
      await amsterdam.agent.start();
      await untilHeld(namespace);
      await letJobRun(amsterdam, namespace);
      expect(await outcomeOf(namespace, name)).toMatchObject(stoppedAfterTheFirst);
    });
  });

  describe("and the owners of an instance's version", () => {
    const applyAs = async (namespace: string, args: readonly string[], spec: { readonly fleet?: "Ignore" } = {}): Promise<void> => {
      await amsterdam.kubectl(["create", "namespace", namespace]);
      await amsterdam.kubectl(["apply", "-f", "-", ...args], ledger(namespace, { version: "1.0.0", ...spec }));
      await amsterdam.instances.until(ledgerIn(namespace), "runs 1.0.0", runs("1.0.0"));
      await untilReachable(namespace, "2.0.0", 1);
    };
    const eventsOf = (namespace: string): Promise<string> =>
      amsterdam.kubectl(["get", "events", `--namespace=${namespace}`, "-o=jsonpath={range .items[*]}{.reason}: {.message}{'\\n'}{end}"]);

    it("takes over what a person has applied or edited, and says from whom", async () => {
      const namespace = "owner-person";
      await applyAs(namespace, []);
      expect(await upgrade(namespace, "2.0.0")).toMatchObject({ code: 0, rollout: { phase: "Succeeded" } });
      await eventually(
        "an Event names the former owner",
        () => eventsOf(namespace),
        (events) => /TakenOver: .*kubectl-client-side-apply/u.test(events),
      );

      await amsterdam.kubectl(["edit", "serviceinstance/ledger", `--namespace=${namespace}`], undefined, {
        KUBE_EDITOR: "sed -i '/^spec:/,/^status:/ s/^  version: .*/  version: 3.0.0/'",
      });
      const edited = await amsterdam.instances.until(ledgerIn(namespace), "runs 3.0.0", runs("3.0.0"));
      expect(edited.status?.history?.[0]).toMatchObject({ from: "2.0.0", to: "3.0.0", by: "kubectl-edit", result: "Succeeded" });

      await untilReachable(namespace, "2.0.0", 1);
      expect(await downgrade(namespace, "2.0.0")).toMatchObject({ code: 0, rollout: { phase: "Succeeded" } });
      await eventually(
        "an Event names the former owner",
        () => eventsOf(namespace),
        (events) => /TakenOver: .*kubectl-edit/u.test(events),
      );
    });

    it.each([
      { owner: "Flux", args: ["--server-side", "--field-manager=kustomize-controller"], manager: "kustomize-controller" },
      { owner: "Argo CD", args: ["--field-manager=argocd-controller"], manager: "argocd-controller" },
      { owner: "kubectl apply --server-side", args: ["--server-side"], manager: "kubectl" },
    ])("leaves alone what belongs to $owner, and names the owner", async ({ args, manager }) => {
      const namespace = `owner-${manager}`;
      await applyAs(namespace, args);
      expect(await refusals(namespace)).toMatchObject({
        code: 1,
        reasons: [{ code: "OwnedByOther", message: expect.stringContaining(manager) }],
      });
      expect(amsterdam.instances.states(ledgerIn(namespace)).at(-1)).toSatisfy(runs("1.0.0"));
    });

    it("leaves alone what the cluster's own policy does not allow, and lets people do as they like", async () => {
      const namespace = "owner-policy";
      const policy = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "portolan-policy", namespace: "portolan-system" } };
      await applyAs(namespace, []);
      onTestFinished(async () => void (await amsterdam.kubectl(["delete", "configmap/portolan-policy", "--namespace=portolan-system"])));
      const allow = { services: ["ledger"], namespaces: [namespace], actions: ["upgrade"] };
      for (const forbidden of [{ services: [] }, { namespaces: ["elsewhere"] }, { actions: ["downgrade"] }]) {
        const text = JSON.stringify({ allow: { ...allow, ...forbidden } });
        await amsterdam.kubectl(["apply", "-f", "-"], { ...policy, data: { "policy.yaml": text } });
        expect(await refusals(namespace)).toMatchObject({ code: 1, reasons: [{ code: "ForbiddenByPolicy" }] });
      }
      const spec = JSON.stringify({ spec: { version: "2.0.0" } });
      await amsterdam.kubectl(["patch", "serviceinstance/ledger", `--namespace=${namespace}`, "--type=merge", `--patch=${spec}`]);
      await amsterdam.instances.until(ledgerIn(namespace), "runs 2.0.0", runs("2.0.0"));
      await amsterdam.kubectl(["apply", "-f", "-"], { ...policy, data: { "policy.yaml": JSON.stringify({ allow }) } });
      await untilReachable(namespace, "3.0.0", 1);
      expect(await upgrade(namespace, "3.0.0")).toMatchObject({ code: 0, rollout: { phase: "Succeeded" } });
    });

    it("leaves alone what ignores the fleet", async () => {
      const namespace = "owner-ignores";
      await applyAs(namespace, [], { fleet: "Ignore" });
      expect(await refusals(namespace)).toMatchObject({ code: 1, reasons: [{ code: "FleetIgnored" }] });
      expect(amsterdam.instances.states(ledgerIn(namespace)).at(-1)).toSatisfy(runs("1.0.0"));
    });
  });
});
