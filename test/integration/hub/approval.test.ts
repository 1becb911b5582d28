import { setTimeout as sleep } from "node:timers/promises";
import { hostname, userInfo } from "node:os";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { portolan } from "../cli/portolan.ts";
import { offer, status } from "./fake-agent.ts";
import { eventually, Harness, type TestHub } from "./harness.ts";
import { obey } from "./obedient-agent.ts";
import { ended, startRollout } from "./rollouts.ts";

/** As the command calls itself. */
const ME = `${userInfo().username}@${hostname()}`;

describe("who may decide about a wave", () => {
  let harness: Harness;
  beforeEach(async () => {
    harness = await Harness.start();
  });
  afterEach(() => harness.stop());

  async function waiting(roles: { readonly [role: string]: readonly string[] }, approval: object): Promise<{ hub: TestHub; name: string }> {
    const hub = await harness.hub({ roles });
    for (const cluster of ["alpha", "beta"]) {
      const agent = await harness.agent(cluster, { onDocument: obey() });
      agent.report("main", status({ availabilityDigest: agent.offer("main", offer("1.0.0", ["1.1.0"])) }));
    }
    await eventually(
      () => hub.get("/v1/availability?service=cert-manager"),
      ({ body }) => body.items[0]?.counts.reachable === 2,
    );
    const waves = [
      { name: "canary", clusters: { count: 1 } },
      { name: "rest", approval },
    ];
    const name = await startRollout(hub, { waves });
    await ended(hub, name, { phases: ["AwaitingApproval"] });
    return { hub, name };
  }
  const ask = (hub: TestHub, ...args: string[]) => portolan(["--server", hub.hub.url, "rollout", ...args]);

  it("who has none of its roles is told so, and the command ends with 4", async () => {
    const { hub, name } = await waiting({ owner: ["ann@desk"], other: [ME] }, { roles: ["owner"] });
    for (const action of ["approve", "reject"]) {
      const refused = await ask(hub, action, name);
      expect(refused).toMatchObject({ code: 4, stdout: "" });
      expect(refused.stderr).toContain("(NotAllowed)");
      expect(refused.stderr).toContain("wave rest can be decided about by owner");
    }
    expect((await hub.get(`/v1/rollouts/${name}`)).body.phase).toBe("AwaitingApproval");
    expect(await ask(hub, "watch", name)).toMatchObject({ code: 5 });
    expect(await hub.post(`/v1/rollouts/${name}/approve`, {}, { "x-portolan-actor": "ann@desk" })).toMatchObject({ status: 200 });
    await ended(hub, name, { phases: ["Succeeded"] });
  });

  it("who names another wave than the one that waits approves nothing", async () => {
    const { hub, name } = await waiting({ owner: [ME] }, { roles: ["owner"] });
    const refused = await ask(hub, "approve", name, "--wave", "canary");
    expect([refused.code, refused.stderr]).toEqual([1, expect.stringContaining("is rest, not canary")]);
    expect(await hub.post(`/v1/rollouts/${name}/pause`, { wave: "rest" })).toMatchObject({ status: 400, body: { code: "InvalidRequest" } });
    expect(await ask(hub, "approve", name, "--wave", "rest")).toMatchObject({ code: 0 });
    await ended(hub, name, { phases: ["Succeeded"] });
  });

  it("an approval that comes too late is refused with a code of its own", async () => {
    const { hub, name } = await waiting({}, { expiresAfterSeconds: 0.2 });
    await sleep(300);
    const late = () => hub.post(`/v1/rollouts/${name}/approve`, {});
    expect(await late()).toMatchObject({ status: 409, body: { code: "ApprovalExpired" } });
    await ended(hub, name, { phases: ["Paused"] });
    expect(await late()).toMatchObject({ status: 409, body: { code: "ApprovalExpired" } });
  });
});
