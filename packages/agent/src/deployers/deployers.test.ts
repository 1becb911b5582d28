import type { Installer } from "@portolan/shared/catalog";
import { describe, expect, it } from "vitest";
import { contextOf } from "../operation/context.fixture.ts";
import { ScriptedServer } from "../kube/testing/mod.ts";
import type { Deployer } from "./deployer.ts";
import { Deployers, UnsupportedDeployerError } from "./deployers.ts";

function installer(deployer: Installer["deployer"]): Installer {
  return { version: "1.0.0", requires: [], defaults: {}, values: {}, health: [], deployer };
}

const ofManifests = installer({ type: "manifests", objects: [] });
const ofHelm = installer({ type: "helm", chart: "oci://x", chartVersion: "1.0.0", digest: "sha256:x" });

/** A deployer that remembers what it was asked for, and has so many objects left. */
function deployer(left: number, asked: string[] = []): Deployer {
  return {
    render: async () => ({ objects: [], hooks: [] }),
    deploy: async () => ({ state: "done", object: "" }),
    observe: async () => ({ members: [], notReady: [], failed: [], drifted: [] }),
    correct: async () => {},
    handOver: async (_, kept) => {
      asked.push(`hand over ${left}, ${(await kept()).length} kept`);
      return { state: "done", object: "" };
    },
    traces: async () => [`${left}.0.0`, "9.0.0"],
    uninstall: async () => left,
    orphan: async () => void asked.push(`orphan ${left}`),
  };
}

describe("the deployers of an agent", () => {
  const manifests = deployer(2);

  it("are found by the type that a version names; one that the agent lacks is refused by name", () => {
    const deployers = new Deployers({ manifests });
    expect(deployers.supports(ofManifests)).toBe(true);
    expect(deployers.for(ofManifests)).toBe(manifests);
    expect(deployers.supports(ofHelm)).toBe(false);
    expect(() => deployers.for(ofHelm)).toThrow(UnsupportedDeployerError);
    expect(() => deployers.for(ofHelm)).toThrow("version 1.0.0 is deployed with helm");
  });

  it("take over from each other only where a version is deployed in another way than the one before", async () => {
    const asked: string[] = [];
    const deployers = new Deployers({ manifests: deployer(2, asked), helm: deployer(3, asked) });
    const context = contextOf(new ScriptedServer().transport);
    expect(await deployers.deploy(context, ofHelm, undefined)).toMatchObject({ state: "done" });
    expect(await deployers.deploy(context, ofHelm, ofHelm)).toMatchObject({ state: "done" });
    expect(asked).toEqual([]);
    expect(await deployers.deploy(context, ofHelm, ofManifests)).toMatchObject({ state: "done" });
    expect(await deployers.deploy(context, ofManifests, ofHelm)).toMatchObject({ state: "done" });
    expect(asked).toEqual(["hand over 2, 0 kept", "hand over 3, 0 kept"]);
    const waiting = { ...deployer(2, asked), deploy: async () => await Promise.resolve({ state: "waiting" as const, message: "helm" }) };
    expect(await new Deployers({ helm: waiting, manifests: deployer(3, asked) }).deploy(context, ofHelm, ofManifests)).toMatchObject({
      state: "waiting",
    });
    expect(asked).toHaveLength(2);
  });

  it("are all asked when an instance goes: the definitions may be gone, and it may have changed its deployer", async () => {
    const asked: string[] = [];
    const deployers = new Deployers({ manifests: deployer(2, asked), helm: deployer(3, asked) });
    const context = contextOf(new ScriptedServer().transport);
    expect(await deployers.uninstall(context)).toBe(5);
    await deployers.orphan(context);
    expect(asked).toEqual(["orphan 2", "orphan 3"]);
  });
});
