import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { catalog, webService } from "../agent/catalog.ts";
import { portolan } from "../cli/portolan.ts";
import { eventually } from "../hub/harness.ts";
import { ended, startRollout } from "../hub/rollouts.ts";
import { WholeFleet } from "./harness.ts";

/** The command line, the hub and the agent of a cluster, all real. */
describe("a cluster whose clock is wrong by minutes", () => {
  let fleet: WholeFleet;
  beforeEach(async () => {
    fleet = await WholeFleet.start();
  });
  afterEach(() => fleet.stop());

  it.each([
    [10, /its clock is (?:9m59s|10m) ahead of the fleet's/u],
    [-10, /its clock is (?:9m59s|10m) behind the fleet's/u],
  ])("takes and carries out what it is told, in time, and people are told (%i minutes)", async (minutes, told) => {
    const now = (): number => Date.now() + minutes * 60_000;
    const north = await fleet.join("north", { catalog: catalog(webService), now });
    await eventually(
      () => fleet.hub.get("/v1/clusters"),
      ({ body }) => body.items.length === 1,
    );
    const instance = { namespace: "default", name: "web", config: { greeting: "moin" } };
    const wish = { action: "install", service: "web", version: "1.0.0", instance, notAfterSeconds: 30 };
    const name = await startRollout(fleet.hub, wish);
    expect(await ended(fleet.hub, name, { timeoutMs: 20_000 })).toMatchObject({ phase: "Succeeded" });
    expect((await north.get("v1", "ConfigMap", "web"))?.["data"]).toMatchObject({ greeting: "moin" });
    const { body } = await fleet.hub.get("/v1/clusters/north");
    expect(body.intentDocument).not.toHaveProperty("refusal");
    for (const command of [
      ["cluster", "describe", "north"],
      ["get", "clusters", "-o", "wide"],
    ]) {
      expect((await portolan(["--server", fleet.hub.hub.url, ...command])).stdout).toMatch(told);
    }
  });
});
