import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cluster } from "../testbed/fleet/cluster.ts";
import { eventually } from "../testbed/fleet/eventually.ts";
import { showLogsOfFailures } from "../testbed/fleet/failure-logs.ts";
import { startFleet, type Fleet } from "../testbed/fleet/fleet.ts";
import { actionsOf, installLedger, isAt, ledgerIn, letJobRun, runs, TO_1, TO_2, TO_3 } from "../testbed/fleet/ledger.ts";
import { LEDGER_CATALOG } from "../testbed/fleet/repository.ts";
import { describeKubernetes } from "../testbed/kubernetes/describe-kubernetes.ts";

const CLUSTERS = ["amsterdam", "bergen"] as const;
type ClusterName = (typeof CLUSTERS)[number];

const ONE_AT_A_TIME = "--max-concurrent=1";
const ALL_ACTIONS = [...TO_1, ...TO_2, ...TO_3];
const SUCCEEDED = {
  code: 0,
  rollout: { phase: "Succeeded", targets: CLUSTERS.map((cluster) => ({ cluster, state: "Succeeded" })) },
};

describeKubernetes("a fleet whose middle is lost in the middle of an upgrade", () => {
  let fleet: Fleet<ClusterName>;

  beforeAll(async () => {
    fleet = await startFleet({ clusters: { amsterdam: LEDGER_CATALOG, bergen: LEDGER_CATALOG } });
  });

  afterAll(() => fleet.stop());

  showLogsOfFailures(() => fleet.programs());

  const clusters = (): readonly Cluster[] => CLUSTERS.map((name) => fleet.cluster(name));
  const everywhere = async (namespace: string, names: readonly ClusterName[], version: string): Promise<void> => {
    await Promise.all(names.map((name) => fleet.cluster(name).instances.until(ledgerIn(namespace), `runs ${version}`, runs(version))));
  };
  const untilReachable = (namespace: string, version: string) =>
    eventually(
      `every instance in ${namespace} can reach ${version}`,
      () => fleet.portolan.plans(["ledger", version, `--namespace=${namespace}`]),
      (plans) => plans.length === CLUSTERS.length && plans.every(({ reachable }) => reachable),
    );
  const start = async (namespace: string, version: string, ...more: readonly string[]): Promise<string> => {
    await untilReachable(namespace, version);
    return (await fleet.portolan.start(["ledger", version, `--namespace=${namespace}`, ...more])).name;
  };
  /** One step back, to see that the fleet can still be moved. */
  const moveBack = async (namespace: string) => {
    await untilReachable(namespace, "2.0.0");
    return await fleet.portolan.watch((await fleet.portolan.startDown(["ledger", "2.0.0", `--namespace=${namespace}`])).name);
  };
  const install = async (namespace: string): Promise<void> => {
    await Promise.all(clusters().map((cluster) => installLedger(cluster, namespace, { version: "1.0.0", config: { backupWaits: true } })));
  };
  /** Starts a rollout of two steps; amsterdam is in the middle of the first, and so is bergen, unless one goes at a time. */
  const startUpgrade = async (namespace: string, ...more: readonly string[]): Promise<string> => {
    await install(namespace);
    const name = await start(namespace, "3.0.0", ...more);
    const begun = more.includes(ONE_AT_A_TIME) ? clusters().slice(0, 1) : clusters();
    await Promise.all(
      begun.map(({ instances }) => instances.until(ledgerIn(namespace), "makes its backup", isAt("2.0.0", "before/backup"))),
    );
    return name;
  };
  const goOn = async (namespace: string): Promise<void> => {
    await Promise.all(clusters().map((cluster) => letJobRun(cluster, namespace)));
  };
  const actions = (namespace: string) => clusters().map(({ instances }) => actionsOf(instances.states(ledgerIn(namespace))));

  it("goes on with it when NATS was killed and came back", async () => {
    const namespace = "broker-killed";
    const name = await startUpgrade(namespace, ONE_AT_A_TIME);
    const watching = await fleet.portolan.watching(name);
    await fleet.nats.kill("SIGKILL");
    // A cluster needs no broker for what it has begun.
    await letJobRun(fleet.cluster("amsterdam"), namespace);
    await everywhere(namespace, ["amsterdam"], "3.0.0");
    await fleet.nats.restart();
    await letJobRun(fleet.cluster("bergen"), namespace);
    expect(await watching.ended).toMatchObject(SUCCEEDED);
    expect(actions(namespace)).toStrictEqual([ALL_ACTIONS, ALL_ACTIONS]);
    expect(await moveBack(namespace)).toMatchObject(SUCCEEDED);
  });

  it("goes on with it when NATS came back without anything that it had stored", async () => {
    const namespace = "store-wiped";
    const name = await startUpgrade(namespace);
    await fleet.nats.kill("SIGKILL");
    await fleet.nats.restart({ wipeStore: true });
    await goOn(namespace);
    expect(await fleet.portolan.watch(name)).toMatchObject(SUCCEEDED);
    expect(actions(namespace)).toStrictEqual([ALL_ACTIONS, ALL_ACTIONS]);
    expect(await moveBack(namespace)).toMatchObject(SUCCEEDED);
  });

  it("goes on with it when an agent was killed and came back", async () => {
    const namespace = "agent-killed";
    const name = await startUpgrade(namespace);
    const [amsterdam, bergen] = [fleet.cluster("amsterdam"), fleet.cluster("bergen")];
    await amsterdam.agent.kill();
    await letJobRun(bergen, namespace);
    await everywhere(namespace, ["bergen"], "3.0.0");
    await amsterdam.agent.start();
    await letJobRun(amsterdam, namespace);
    expect(await fleet.portolan.watch(name)).toMatchObject(SUCCEEDED);
    expect(actions(namespace)).toStrictEqual([ALL_ACTIONS, ALL_ACTIONS]);
    expect(await moveBack(namespace)).toMatchObject(SUCCEEDED);
  });

  it("goes on with it when the hub was killed and came back", async () => {
    const namespace = "hub-killed";
    const name = await startUpgrade(namespace, ONE_AT_A_TIME);
    const watching = await fleet.portolan.watching(name);
    await fleet.hub.kill();
    await letJobRun(fleet.cluster("amsterdam"), namespace);
    await everywhere(namespace, ["amsterdam"], "3.0.0");
    await fleet.hub.start();
    await letJobRun(fleet.cluster("bergen"), namespace);
    expect(await watching.ended).toMatchObject(SUCCEEDED);
    expect(actions(namespace)).toStrictEqual([ALL_ACTIONS, ALL_ACTIONS]);
    expect(await moveBack(namespace)).toMatchObject(SUCCEEDED);
  });

  it("ends it without the hub when all was lost, and is known again from what the clusters report", async () => {
    const namespace = "all-lost";
    const name = await startUpgrade(namespace);
    await fleet.hub.kill();
    await fleet.nats.kill("SIGKILL");
    await fleet.nats.restart({ wipeStore: true });
    await fleet.hub.start();
    expect(await fleet.portolan.run(["rollout", "status", name])).toMatchObject({ code: 1, stderr: expect.stringContaining(name) });
    await goOn(namespace);
    await everywhere(namespace, CLUSTERS, "3.0.0");
    await fleet.portolan.untilInSync(CLUSTERS);
    const known = await eventually(
      "the hub has seen the end",
      () => fleet.portolan.instances([`--namespace=${namespace}`]),
      (instances) => instances.every(({ version, ready }) => version === "3.0.0" && ready),
    );
    expect(known.map(({ cluster }) => cluster)).toStrictEqual(CLUSTERS);
    expect((await fleet.portolan.clusters()).flatMap(({ intents }) => intents)).toStrictEqual([]);
    expect(actions(namespace)).toStrictEqual([ALL_ACTIONS, ALL_ACTIONS]);
    expect(await moveBack(namespace)).toMatchObject(SUCCEEDED);
  });

  describe("or one of whose clusters is built anew under its old name", () => {
    it("keeps nothing of the old one, and does to the new one nothing that was meant for the old", async () => {
      const [gone, both] = ["old-alone", "old-and-new"];
      const bergen = fleet.cluster("bergen");
      await installLedger(bergen, gone, { version: "1.0.0" });
      const name = await startUpgrade(both);
      const [, before] = await fleet.portolan.clusters();

      await fleet.rebuild("bergen");
      const rebuilt = fleet.cluster("bergen");
      await fleet.portolan.untilInSync(CLUSTERS);
      const [, after] = await fleet.portolan.clusters();
      expect(after?.incarnation.clusterUid).not.toBe(before?.incarnation.clusterUid);
      expect(await fleet.portolan.instances(["--cluster=bergen"])).toStrictEqual([]);
      const named = (await fleet.portolan.versions("ledger")).flatMap(({ installed, reachable }) => [...installed, ...reachable]);
      expect(named.filter(({ cluster }) => cluster === "bergen")).toStrictEqual([]);

      await installLedger(rebuilt, both, { version: "1.0.0" });
      await letJobRun(fleet.cluster("amsterdam"), both);
      expect(await fleet.portolan.watch(name)).toMatchObject({
        code: 1,
        rollout: {
          phase: "Paused",
          targets: [
            { cluster: "amsterdam", state: "Succeeded" },
            { cluster: "bergen", state: "Failed", reasons: [{ code: "ClusterReplaced" }] },
          ],
        },
      });
      await fleet.portolan.abort(name);
      await fleet.portolan.untilInSync(CLUSTERS);
      expect(rebuilt.instances.states(ledgerIn(both)).at(-1)).toSatisfy(runs("1.0.0"));
      // Up in one of them, and down in the other.
      const [up, down] = [
        await fleet.portolan.start(["ledger", "2.0.0", `--namespace=${both}`, "--clusters=bergen"]),
        await fleet.portolan.startDown(["ledger", "2.0.0", `--namespace=${both}`, "--clusters=amsterdam"]),
      ];
      expect([await fleet.portolan.watch(up.name), await fleet.portolan.watch(down.name)]).toMatchObject([{ code: 0 }, { code: 0 }]);
    });
  });
});
