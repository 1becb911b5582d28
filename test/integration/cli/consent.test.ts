import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { offer, status } from "../hub/fake-agent.ts";
import { eventually, Harness, type TestHub } from "../hub/harness.ts";
import { obey } from "../hub/obedient-agent.ts";
import { applyRollout, checked, ended } from "../hub/rollouts.ts";
import { start } from "./portolan.ts";
import { KEYS, startOnTerminal } from "./terminal.ts";

/** `portolan rollout start` shows the check, and asks whoever sits at the terminal. */
describe("a rollout start without a hash", () => {
  let harness: Harness;
  let hub: TestHub;
  let name: string;

  beforeAll(async () => {
    harness = await Harness.start();
    hub = await harness.hub();
    const agent = await harness.agent("alpha", { onDocument: obey({ workMs: 600_000 }) });
    agent.report("main", status({ availabilityDigest: agent.offer("main", offer("1.0.0", ["1.1.0"])) }));
    await eventually(
      () => hub.get("/v1/clusters/alpha/namespaces/default/instances/main"),
      ({ body }) => body.availability?.current === true,
    );
  });
  afterAll(() => harness.stop());
  beforeEach(async () => {
    // An instance belongs to one open rollout.
    for (const { name: other, phase: its } of (await hub.get("/v1/rollouts")).body.items) {
      if (its === "Running") {
        await hub.post(`/v1/rollouts/${other}/abort`, {});
        await ended(hub, other);
      }
    }
    name = (await applyRollout(hub)).body.name;
    await checked(hub, name);
  });

  const command = (...options: string[]): string[] => ["--server", hub.hub.url, "rollout", "start", name, ...options];
  const phase = async (): Promise<string> => (await hub.get(`/v1/rollouts/${name}`)).body.phase;
  const answered = async (keys: string) => {
    const running = startOnTerminal(command());
    await eventually(
      () => running.stdout(),
      (shown) => shown.includes("[y/N]"),
      20_000,
    );
    running.press(keys);
    return await running.ended;
  };

  it.each<[string, string]>([
    ["no", `n${KEYS.enter}`],
    ["nothing", KEYS.enter],
    ["something else", `yesterday${KEYS.enter}`],
    ["the end of the input", KEYS.endOfFile],
  ])("starts nothing when the answer is %s", async (_answer, keys) => {
    const { code, stdout } = await answered(keys);
    expect(code).toBe(1);
    expect(stdout).toMatch(/alpha +default +main +1\.0\.0 +1\.1\.0/u);
    expect(stdout).toContain(`start ${name} as it was checked? [y/N]`);
    expect(stdout).toMatch(/\(Declined\)\s*$/u);
    expect(await phase()).toBe("Checked");
  });

  it("starts nothing when it is interrupted, and ends as shells expect it", async () => {
    expect(await answered(KEYS.interrupt)).toMatchObject({ code: 130, stdout: expect.not.stringContaining("Declined") });
    expect(await phase()).toBe("Checked");
  });

  it.each(["", "y\n"])("asks nobody where there is no terminal, starts nothing, and says how (stdin: %j)", async (input) => {
    const { code, stdout, stderr } = await start(command(), { input }).ended;
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(/NotConfirmed[\s\S]*--hash [0-9a-f]{64}; or .*--yes/u);
    expect(stderr).not.toContain("[y/N]");
    expect(await phase()).toBe("Checked");
  });

  it.each(["y", "Yes"])("starts it when the answer is %s", async (answer) => {
    const { code, stdout } = await answered(`${answer}${KEYS.enter}`);
    expect(code).toBe(0);
    expect(stdout).toContain(`watch it: portolan rollout watch ${name}`);
    expect(await phase()).toBe("Running");
  });

  it("starts it without a terminal when the command line says so", async () => {
    expect(await start(command("--yes")).ended).toMatchObject({ code: 0 });
    expect(await phase()).toBe("Running");
  });
});
