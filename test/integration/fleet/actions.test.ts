import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { catalog, webService } from "../agent/catalog.ts";
import { eventually } from "../hub/harness.ts";
import { portolan, type Ended } from "../cli/portolan.ts";
import type { TestCluster } from "../agent/harness.ts";
import { WholeFleet } from "./harness.ts";

/** The command line, the hub and the agents of two clusters, all real. */
describe("a service on the fleet", () => {
  let fleet: WholeFleet;
  let folder: string;
  let north: TestCluster;
  let south: TestCluster;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "portolan-"));
    fleet = await WholeFleet.start();
    north = await fleet.join("north", { catalog: catalog(webService) });
    south = await fleet.join("south", { catalog: catalog(webService) });
    await eventually(
      () => fleet.hub.get("/v1/clusters"),
      ({ body }) => body.items.length === 2,
    );
  });
  afterEach(async () => {
    await fleet.stop();
    await rm(folder, { recursive: true });
  });

  const ask = (...args: string[]): Promise<Ended> => portolan(["--server", fleet.hub.hub.url, ...args]);
  const file = async (content: object, name = "config"): Promise<string> => {
    const path = join(folder, `${name}.json`);
    await writeFile(path, JSON.stringify(content));
    return path;
  };
  const greeting = async (cluster: TestCluster) => (await cluster.get("v1", "ConfigMap", "web"))?.["data"];

  it("is installed, configured and removed, each by one command", async () => {
    const config = await file({ greeting: "moin" });
    const installed = await ask("install", "web", "1.0.0", "--config", config, "--label", "team=web", "--watch");
    expect(installed).toMatchObject({ code: 0 });
    expect([await greeting(north), await greeting(south)]).toMatchObject([{ greeting: "moin" }, { greeting: "moin" }]);

    expect((await north.instance("web"))?.metadata.labels).toMatchObject({ team: "web" });

    const planned = await ask("configure", "web", "--config", await file({ greeting: "servus" }), "--dry-run");
    expect(planned.stdout).toMatch(/north +default +web +1\.0\.0 .* \+0 ~1 -0 objects/u);
    expect(await greeting(north)).toMatchObject({ greeting: "moin" });

    const configured = await ask("configure", "web", "--config", await file({ greeting: "servus" }), "--clusters", "north", "--watch");
    expect(configured).toMatchObject({ code: 0 });
    expect([await greeting(north), await greeting(south)]).toMatchObject([{ greeting: "servus" }, { greeting: "moin" }]);

    expect(await ask("remove", "web")).toMatchObject({ code: 2, stderr: expect.stringContaining("--all-clusters") });
    expect(await ask("remove", "web", "--clusters", "south", "--orphan", "--watch")).toMatchObject({ code: 0 });
    expect([await south.instance("web"), await greeting(south)]).toMatchObject([undefined, { greeting: "moin" }]);
    expect(await ask("remove", "web", "--all-clusters", "--watch")).toMatchObject({ code: 0 });
    expect([await north.instance("web"), await greeting(north)]).toEqual([undefined, undefined]);
  });

  it("is given overrides and Secrets by name, and keeps what is not named again", async () => {
    const overrides = await file({ extra: "kept" }, "overrides");
    const installed = await ask("install", "web", "1.0.0", "--overrides", overrides, "--secret", "door=front-door", "--watch");
    expect(installed).toMatchObject({ code: 0 });
    const named = { overrides: { extra: "kept" }, secretRefs: [{ name: "door", secretName: "front-door" }] };
    expect((await south.instance("web"))?.spec).toMatchObject(named);
    const config = await file({ greeting: "servus" });
    expect(await ask("configure", "web", "--config", config, "--watch")).toMatchObject({ code: 0 });
    expect((await south.instance("web"))?.spec).toMatchObject({ ...named, config: { greeting: "servus" } });
  });

  it("is not installed where an agent could not, and the reason is told before anything is changed", async () => {
    const config = await file({ greeting: 7 });
    const refused = await ask("install", "web", "1.0.0", "--config", config, "--clusters", "north");
    expect(refused).toMatchObject({ code: 1 });
    expect(refused.stderr).toMatch(/north\/default\/web: ConfigInvalid: .*greeting/u);
    expect(await north.instance("web")).toBeUndefined();
    expect(await ask("configure", "web")).toMatchObject({ code: 2, stderr: expect.stringContaining("--config FILE") });
    expect(await ask("install", "web", "1.0.0", "--label", "team")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("name=value"),
    });
  });
});
