import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { anUpgrade, aTarget, LAST_STEP, STEP } from "./answers.ts";
import { json, portolan, start, type Running } from "./portolan.ts";
import { ok, problem, ScriptedStream, startScriptedHub, type ScriptedHub } from "./scripted-hub.ts";

let hub: ScriptedHub;
let stream: ScriptedStream;
const running: Running[] = [];
beforeEach(async () => {
  hub = await startScriptedHub();
  stream = new ScriptedStream();
  hub.on("GET /v1/watch", stream.answer);
  hub.on("POST /v1/upgrades", ok(anUpgrade("Running", [aTarget("bergen", "Pending")]), 201));
  hub.on("GET /v1/upgrades/up-1", ok(anUpgrade("Running", [aTarget("bergen", "Pending")])));
});
afterEach(async () => {
  for (const { process } of running.splice(0)) {
    process.kill("SIGKILL");
  }
  await hub[Symbol.asyncDispose]();
});

const operation = (step: number) => ({
  id: "o",
  kind: "Upgrade",
  steps: [STEP, LAST_STEP],
  step,
  attempt: 1,
  startedAt: "2026-01-01T00:00:00.000Z",
});
const atStep = (step: number) => anUpgrade("Running", [aTarget("bergen", "Running", { operation: operation(step) })]);
const succeeded = anUpgrade("Succeeded", [aTarget("bergen", "Succeeded", { version: "2.0.0" })]);

const ask = (...args: string[]) => portolan(["--server", hub.url, ...args]);

function watching(...args: string[]): Running {
  const process = start(["--server", hub.url, ...args]);
  running.push(process);
  return process;
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await sleep(10);
  }
}

describe("portolan upgrade --watch", () => {
  it("prints a line for every change, and ends with 0 when the upgrade has succeeded", async () => {
    const result = ask("upgrade", "dns", "2.0.0", "--watch");
    await stream.watchers(1);
    expect(hub.asked.at(-1)?.query).toEqual({ kinds: "upgrades", service: "dns" });
    stream.send("upgrade", anUpgrade("Running", [aTarget("genoa", "Running")], { id: "up-0" }));
    stream.send("bookmark", {}, 10);
    stream.send("upgrade", atStep(0), 11);
    stream.send("upgrade", atStep(1), 12);
    stream.send("upgrade", succeeded, 13);
    expect(await result).toEqual({
      code: 0,
      stdout: [
        "up-1 Running",
        "bergen/tools/dns Pending 1.0.0",
        "bergen/tools/dns Running step 1/2 1.0.0 → 1.1.0",
        "bergen/tools/dns Running step 2/2 1.1.0 → 2.0.0",
        "bergen/tools/dns Succeeded 1.0.0 → 2.0.0",
        "up-1 Succeeded",
        "",
      ].join("\n"),
      stderr: "",
    });
  });

  it.each(["Failed", "Aborted"])("ends with 1 when it has %s", async (state) => {
    const result = ask("upgrade", "dns", "2.0.0", "--watch");
    await stream.watchers(1);
    stream.send(
      "upgrade",
      anUpgrade(state, [aTarget("bergen", "Failed", { reasons: [{ code: "HookFailed", message: "backup failed" }] })]),
      1,
    );
    const { code, stdout } = await result;
    expect(code).toBe(1);
    expect(stdout).toContain("bergen/tools/dns Failed 1.0.0 (HookFailed: backup failed)\n");
  });

  it("resumes after the last event that it saw when the connection is cut in the middle of one", async () => {
    const result = ask("upgrade", "dns", "2.0.0", "--watch");
    await stream.watchers(1);
    stream.send("bookmark", {}, 41);
    stream.send("upgrade", atStep(0), 42);
    stream.cut();
    await stream.watchers(2);
    expect(hub.asked.at(-1)?.headers["last-event-id"]).toBe("42");
    stream.send("upgrade", atStep(1), 43);
    stream.send("upgrade", succeeded, 44);
    const { code, stdout } = await result;
    expect(code).toBe(0);
    expect(stdout).toContain(
      "step 1/2 1.0.0 → 1.1.0\nthe connection to the hub was lost; trying again\nthe hub is there again\nbergen/tools/dns Running step 2/2",
    );
  });

  it("tries again while the hub restarts", async () => {
    const result = ask("upgrade", "dns", "2.0.0", "--watch");
    await stream.watchers(1);
    hub.on("GET /v1/watch", problem(503, "Unavailable", "starting"));
    stream.cut();
    await until(() => hub.asked.filter(({ path }) => path === "/v1/watch").length >= 3);
    hub.on("GET /v1/watch", stream.answer);
    await stream.watchers(2);
    stream.send("upgrade", succeeded, 1);
    expect((await result).code).toBe(0);
  });

  it("does not try again when the hub does not allow it", async () => {
    hub.on("GET /v1/watch", problem(403, "Forbidden", "not yours"));
    expect(await ask("upgrade", "dns", "2.0.0", "--watch")).toMatchObject({ code: 4, stderr: "error: not yours (Forbidden)\n" });
  });

  it("waits for a hub that has begun anew to know the upgrade", async () => {
    const result = ask("upgrade", "dns", "2.0.0", "--watch");
    await stream.watchers(1);
    hub.on("GET /v1/upgrades/up-1", problem(404, "UnknownUpgrade", "there is no upgrade up-1"));
    hub.on("GET /readyz", ok({ ready: false, waitingFor: ["upgrades"] }, 503));
    stream.send("reset", {});
    stream.send("bookmark", {}, 1);
    await until(() => hub.asked.some(({ path }) => path === "/readyz"));
    stream.send("upgrade", succeeded, 2);
    expect((await result).code).toBe(0);
  });

  it("ends when a hub that has begun anew does not know the upgrade", async () => {
    const result = ask("upgrade", "dns", "2.0.0", "--watch");
    await stream.watchers(1);
    hub.on("GET /v1/upgrades/up-1", problem(404, "UnknownUpgrade", "there is no upgrade up-1"));
    hub.on("GET /readyz", ok({ ready: true, waitingFor: [] }));
    stream.send("reset", {});
    stream.send("bookmark", {}, 1);
    const { code, stderr } = await result;
    expect(code).toBe(1);
    expect(stderr).toContain("error: the hub does not know upgrade up-1 any more (UpgradeForgotten)");
  });

  it("ends when the upgrade is deleted", async () => {
    const result = ask("upgrade", "dns", "2.0.0", "--watch");
    await stream.watchers(1);
    stream.send("upgrade", { id: "up-1", deleted: true }, 1);
    expect(await result).toMatchObject({ code: 1, stderr: expect.stringContaining("(UpgradeForgotten)") });
  });

  it("asks for the targets of an upgrade that is told without them", async () => {
    const result = ask("upgrade", "dns", "2.0.0", "--watch");
    await stream.watchers(1);
    hub.on("GET /v1/upgrades/up-1", ok(succeeded));
    stream.send("upgrade", { ...succeeded, targets: undefined, targetsOmitted: true }, 1);
    const { code, stdout } = await result;
    expect(code).toBe(0);
    expect(stdout).toContain("bergen/tools/dns Succeeded 1.0.0 → 2.0.0");
  });

  it("prints one document when asked for one, and its progress beside it", async () => {
    const result = ask("upgrade", "dns", "2.0.0", "--watch", "-o", "json");
    await stream.watchers(1);
    stream.send("upgrade", succeeded, 1);
    const ended = await result;
    expect(json(ended)).toEqual(succeeded);
    expect(ended.stderr).toContain("bergen/tools/dns Succeeded 1.0.0 → 2.0.0\n");
  });

  it("stops at its time limit with 3, and says that the upgrade goes on", async () => {
    const { code, stderr } = await ask("upgrade", "dns", "2.0.0", "--timeout", "0.2s");
    expect(code).toBe(3);
    expect(stderr).toBe(
      "error: the upgrade up-1 has not ended within 0.2 s; it goes on (WatchTimeout)\nwatch it again: portolan status up-1 --watch; stop it: portolan abort up-1\n",
    );
  });

  it("stops by Ctrl-C, without aborting the upgrade, and says how to go on or abort", async () => {
    const command = watching("upgrade", "dns", "2.0.0", "--watch");
    await stream.watchers(1);
    stream.send("upgrade", atStep(0), 1);
    await until(() => command.stdout().includes("step 1/2"));
    command.process.kill("SIGINT");
    const { code, stderr } = await command.ended;
    expect(code).toBe(130);
    expect(stderr).toContain("stopped watching; the upgrade up-1 goes on");
    expect(stderr).toContain("portolan abort up-1");
    expect(hub.asked.some(({ path }) => path.endsWith("/abort"))).toBe(false);
  });
});

describe("portolan status", () => {
  it("shows how far each target is", async () => {
    hub.on("GET /v1/upgrades/up-1", ok(atStep(1)));
    const { code, stdout } = await ask("status", "up-1");
    expect(code).toBe(0);
    expect(stdout.split("\n").slice(3, 5)).toEqual([
      "CLUSTER  NAMESPACE  NAME  STATE    STEP  WAY            DETAIL",
      "bergen   tools      dns   Running  2/2   1.1.0 → 2.0.0  -",
    ]);
  });

  it("watches, and needs no stream for an upgrade that has ended", async () => {
    hub.on("GET /v1/upgrades/up-1", ok(succeeded));
    expect((await ask("status", "up-1", "--watch")).code).toBe(0);
    expect(hub.asked.map(({ path }) => path)).toEqual(["/v1/upgrades/up-1"]);
  });
});

describe("portolan abort", () => {
  it("asks the upgrade to stop, and watches until everything has", async () => {
    hub.on("POST /v1/upgrades/up-1/abort", ok(anUpgrade("Aborting", [aTarget("bergen", "Running", { operation: operation(0) })])));
    const result = ask("abort", "up-1", "--watch");
    await stream.watchers(1);
    stream.send("upgrade", anUpgrade("Aborted", [aTarget("bergen", "Held", { version: "1.1.0" })]), 1);
    const { code, stdout } = await result;
    expect(code).toBe(0);
    expect(stdout).toContain("bergen/tools/dns Held 1.0.0 → 1.1.0\nup-1 Aborted\n");
  });

  it("says when there was nothing to stop", async () => {
    hub.on("POST /v1/upgrades/up-1/abort", ok(succeeded));
    expect(await ask("abort", "up-1", "-o", "name")).toEqual({
      code: 0,
      stdout: "up-1\n",
      stderr: "the upgrade had ended already: Succeeded\n",
    });
  });
});
