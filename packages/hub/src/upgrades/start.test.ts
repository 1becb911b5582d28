import { beforeEach, describe, expect, it } from "vitest";
import { parseLabelSelector } from "../selectors/mod.ts";
import { FleetFixture, SETTINGS, upgradeFixture } from "./fleet.fixture.ts";
import { startUpgrade, type UpgradeRequest } from "./start.ts";
import type { Upgrade } from "./model.ts";

describe("startUpgrade", () => {
  let fleet: FleetFixture;
  beforeEach(() => {
    fleet = new FleetFixture().add("a").add("b").add("c");
  });

  function start(request: Partial<UpgradeRequest> = {}, upgrades: readonly Upgrade[] = []) {
    return startUpgrade(
      { service: "cert-manager", version: "2.0.0", selector: {}, settings: SETTINGS, ...request },
      {
        fleet,
        labelsOf: (cluster): Record<string, string> => (cluster === "b" ? { tier: "gold" } : {}),
        upgrades,
        knows: (_service, version) => version !== "9.0.0",
        id: "up-2",
        nowMs: 7,
      },
    );
  }
  const targets = (request?: Partial<UpgradeRequest>): unknown => {
    const outcome = start(request);
    return "upgrade" in outcome ? outcome.upgrade.targets.map(({ cluster }) => cluster) : outcome.problem.code;
  };

  it("takes every instance of the service, with the cluster that is meant", () => {
    fleet.add("d", { service: "external-dns" });
    expect(start({ reason: "CVE" })).toMatchObject({
      upgrade: {
        id: "up-2",
        createdAtMs: 7,
        reason: "CVE",
        targets: [{ cluster: "a", from: "1.0.0", incarnation: '["uid-a",""]', decision: { type: "Undecided" } }, {}, {}],
      },
    });
  });

  it.each<[string, Partial<UpgradeRequest>, unknown]>([
    ["clusters by name", { selector: { clusters: ["c", "a"] } }, ["a", "c"]],
    ["clusters by label", { selector: { labels: parseLabelSelector("tier") } }, ["b"]],
    ["namespaces", { selector: { namespaces: ["default"] } }, ["a", "b", "c"]],
    ["nothing", { selector: { namespaces: ["other"] } }, "EmptySelection"],
    ["a cluster that is not there", { selector: { clusters: ["a", "x"] } }, "UnknownCluster"],
    ["a service that nobody has", { service: "nothing" }, "UnknownService"],
    ["a version that nobody knows", { version: "9.0.0" }, "UnknownVersion"],
  ])("chooses %s", (_case, request, expected) => {
    expect(targets(request)).toEqual(expected);
  });

  it("refuses targets that cannot get there, or leaves them to be skipped", () => {
    fleet.set("b", {}, []).set("c", {}, "unknown");
    expect(start()).toMatchObject({
      problem: {
        code: "Unreachable",
        instances: [
          { cluster: "b", reasons: [{ code: "UnknownVersion" }] },
          { cluster: "c", reasons: [{ code: "AvailabilityUnknown" }] },
        ],
      },
    });
    expect(targets({ settings: { ...SETTINGS, unreachable: "Skip" } })).toEqual(["a", "b", "c"]);
  });

  it("refuses risks that were not accepted, each by its id", () => {
    const view = fleet.instance("a/default/main");
    const plan = view?.availability?.document.available[0];
    Object.assign(plan ?? {}, { risks: [{ id: "downtime", message: "it will be down", applies: "Unknown" }] });
    expect(start()).toMatchObject({
      problem: { code: "RisksNotAccepted", instances: [{ cluster: "a", reasons: [{ code: "downtime", message: "it will be down" }] }] },
    });
    expect(targets({ settings: { ...SETTINGS, acceptRisks: ["downtime"] } })).toEqual(["a", "b", "c"]);
  });

  it("refuses an instance that belongs to another open upgrade, with its id", () => {
    const open = upgradeFixture(["b"]);
    expect(start({}, [open])).toMatchObject({ problem: { code: "InstanceBusy", upgrade: "up-1", instances: [{ cluster: "b" }] } });
    expect(start({}, [{ ...open, finished: { result: "Failed", atMs: 1 } }])).toHaveProperty("upgrade");
  });
});
