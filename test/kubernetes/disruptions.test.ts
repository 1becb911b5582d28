import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Cluster } from "../testbed/fleet/cluster.ts";
import { eventually } from "../testbed/fleet/eventually.ts";
import { showLogsOfFailures } from "../testbed/fleet/failure-logs.ts";
import { startFleet, type Fleet } from "../testbed/fleet/fleet.ts";
import { actionsOf, installLedger, isAt, ledgerIn, runs, TO_1, TO_2, TO_3, type LedgerConfig } from "../testbed/fleet/ledger.ts";
import { LEDGER_CATALOG } from "../testbed/fleet/repository.ts";
import { describeKubernetes } from "../testbed/kubernetes/describe-kubernetes.ts";

const CLUSTERS = ["amsterdam", "bergen"] as const;
type ClusterName = (typeof CLUSTERS)[number];

describeKubernetes("a fleet whose middle is lost in the middle of an upgrade", () => {
  let fleet: Fleet<ClusterName>;

  beforeAll(async () => {
    fleet = await startFleet({ clusters: { amsterdam: LEDGER_CATALOG, bergen: LEDGER_CATALOG } });
  });

  afterAll(() => fleet.stop());

  showLogsOfFailures(() => fleet.programs());

  const clusters = (): readonly Cluster[] => CLUSTERS.map((name) => fleet.cluster(name));
  const everywhere = async (namespace: string, expectation: string, holds: Parameters<Cluster["instances"]["until"]>[2]): Promise<void> => {
    await Promise.all(clusters().map(({ instances }) => instances.until(ledgerIn(namespace), expectation, holds)));
  };
  const installEverywhere = async (namespace: string, config: LedgerConfig): Promise<void> => {
    await Promise.all(clusters().map((cluster) => installLedger(cluster, namespace, { version: "1.0.0", config })));
  };
  const start = async (namespace: string, version: string): Promise<string> => {
    await eventually(
      `every instance in ${namespace} can reach ${version}`,
      () => fleet.portolan.plans(["ledger", version, `--namespace=${namespace}`]),
      (plans) => plans.length === CLUSTERS.length && plans.every(({ reachable }) => reachable),
    );
    return (await fleet.portolan.start(["ledger", version, `--namespace=${namespace}`])).id;
  };
  /** Starts an upgrade of two steps everywhere, and waits until every cluster makes its backup. */
  const startSlowUpgrade = async (namespace: string): Promise<string> => {
    await installEverywhere(namespace, { backupTakes: "4s" });
    const id = await start(namespace, "3.0.0");
    await everywhere(namespace, "makes its backup", isAt("2.0.0", "before/backup"));
    return id;
  };
  const expectSuccess = async (id: string): Promise<void> => {
    expect(await fleet.portolan.watch(id)).toMatchObject({
      code: 0,
      upgrade: { state: "Succeeded", targets: CLUSTERS.map((cluster) => ({ cluster, state: "Succeeded" })) },
    });
  };
  /** Every cluster went through all that belongs to the upgrade once, and the next command reaches each of them. */
  const expectAllInOrder = async (namespace: string): Promise<void> => {
    for (const { instances } of clusters()) {
      expect(actionsOf(instances.states(ledgerIn(namespace)))).toStrictEqual([...TO_1, ...TO_2, ...TO_3]);
    }
    await expectSuccess(await start(namespace, "2.0.0"));
    await everywhere(namespace, "runs 2.0.0", runs("2.0.0"));
  };

  it("ends it when NATS was killed and came back", async () => {
    const namespace = "broker-killed";
    const id = await startSlowUpgrade(namespace);
    await fleet.nats.kill("SIGKILL");
    // Clusters need no broker for what they have begun.
    await everywhere(namespace, "has begun the second step", ({ status }) => status?.version === "2.0.0");
    await fleet.nats.restart();
    await expectSuccess(id);
    await expectAllInOrder(namespace);
  });

  it("ends it when NATS came back without anything that it had stored", async () => {
    const namespace = "store-wiped";
    const id = await startSlowUpgrade(namespace);
    await fleet.nats.kill("SIGKILL");
    await fleet.nats.restart({ wipeStore: true });
    await expectSuccess(id);
    await expectAllInOrder(namespace);
  });

  it("ends it when the hub was killed and came back", async () => {
    const namespace = "hub-killed";
    const id = await startSlowUpgrade(namespace);
    await fleet.hub.kill();
    await everywhere(namespace, "has begun the second step", ({ status }) => status?.version === "2.0.0");
    await fleet.hub.start();
    await expectSuccess(id);
    await expectAllInOrder(namespace);
  });

  it("ends it without the hub when all was lost, and is then known again from what the clusters report", async () => {
    const namespace = "all-lost";
    const id = await startSlowUpgrade(namespace);
    await fleet.hub.kill();
    await fleet.nats.kill("SIGKILL");
    await fleet.nats.restart({ wipeStore: true });
    await fleet.hub.start();
    expect(await fleet.portolan.run(["status", id])).toMatchObject({ code: 1, stderr: expect.stringContaining(id) });
    await everywhere(namespace, "runs 3.0.0", runs("3.0.0"));
    await fleet.portolan.untilInSync(CLUSTERS);
    const known = await eventually(
      "the hub has seen the end",
      () => fleet.portolan.instances([`--namespace=${namespace}`]),
      (instances) => instances.every(({ version, ready }) => version === "3.0.0" && ready),
    );
    expect(known.map(({ cluster }) => cluster)).toStrictEqual(CLUSTERS);
    expect((await fleet.portolan.clusters()).flatMap(({ intents }) => intents)).toStrictEqual([]);
    await expectAllInOrder(namespace);
  });

  describe("or one of whose clusters is built anew under its old name", () => {
    it("keeps nothing of the old one, and does to the new one nothing that was meant for the old", async () => {
      const [gone, both] = ["old-alone", "old-and-new"];
      const bergen = fleet.cluster("bergen");
      await installLedger(bergen, gone, { version: "1.0.0" });
      const id = await startSlowUpgrade(both);
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
      expect(await fleet.portolan.watch(id)).toMatchObject({
        code: 1,
        upgrade: {
          state: "Failed",
          targets: [
            { cluster: "amsterdam", state: "Succeeded" },
            { cluster: "bergen", state: "Failed", reasons: [{ code: "ClusterReplaced" }] },
          ],
        },
      });
      await fleet.portolan.untilInSync(CLUSTERS);
      expect(rebuilt.instances.states(ledgerIn(both)).at(-1)).toSatisfy(runs("1.0.0"));
      await expectSuccess(await start(both, "2.0.0"));
    });
  });
});
