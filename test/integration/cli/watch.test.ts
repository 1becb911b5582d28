import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { aRollout, aTarget, LAST_STEP, STEP } from "./answers.ts";
import { json, portolan, start, type Running } from "./portolan.ts";
import { ok, problem, ScriptedStream, startScriptedHub, type ScriptedHub } from "./scripted-hub.ts";

let hub: ScriptedHub;
let stream: ScriptedStream;
const running: Running[] = [];
beforeEach(async () => {
  hub = await startScriptedHub();
  stream = new ScriptedStream();
  hub.on("GET /v1/watch", stream.answer);
  is(pending);
});
/** What the hub says of the rollout when it is asked. */
function is(rollout: object): void {
  const { targets = [], ...summary }: { readonly targets?: readonly object[] } = rollout;
  hub.on("GET /v1/rollouts/one", ok(summary));
  hub.on("GET /v1/rollouts/one/targets", ok({ items: targets }));
}

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
const atStep = (step: number) => aRollout("Running", [aTarget("bergen", "Running", { operation: operation(step) })]);
const pending = aRollout("Running", [aTarget("bergen", "Pending")]);
const succeeded = aRollout("Succeeded", [aTarget("bergen", "Succeeded", { version: "2.0.0" })]);

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

describe("portolan rollout watch", () => {
  it("prints a line for every change, and ends with 0 when the upgrade has succeeded", async () => {
    const result = ask("rollout", "watch", "one");
    await stream.watchers(1);
    expect(hub.asked.at(-1)?.query).toEqual({ kinds: "rollouts", service: "dns" });
    stream.send("rollout", aRollout("Running", [aTarget("genoa", "Running")], { name: "another" }));
    stream.send("bookmark", {}, 10);
    stream.send("rollout", atStep(0), 11);
    stream.send("rollout", atStep(1), 12);
    stream.send("rollout", succeeded, 13);
    expect(await result).toEqual({
      code: 0,
      stdout: [
        "one Running",
        "bergen/tools/dns Pending 1.0.0",
        "bergen/tools/dns Running step 1/2 1.0.0 → 1.1.0",
        "bergen/tools/dns Running step 2/2 1.1.0 → 2.0.0",
        "bergen/tools/dns Succeeded 1.0.0 → 2.0.0",
        "one Succeeded",
        "",
      ].join("\n"),
      stderr: "",
    });
  });

  it.each(["Failed", "Aborted", "RolledBack"])("ends with 1 when it has %s", async (state) => {
    const result = ask("rollout", "watch", "one");
    await stream.watchers(1);
    stream.send(
      "rollout",
      aRollout(state, [aTarget("bergen", "Failed", { reasons: [{ code: "HookFailed", message: "backup failed" }] })]),
      1,
    );
    const { code, stdout } = await result;
    expect(code).toBe(1);
    expect(stdout).toContain("bergen/tools/dns Failed 1.0.0 (HookFailed: backup failed)\n");
  });

  it("resumes after the last event that it saw when the connection is cut in the middle of one", async () => {
    const result = ask("rollout", "watch", "one");
    await stream.watchers(1);
    stream.send("bookmark", {}, 41);
    stream.send("rollout", atStep(0), 42);
    stream.cut();
    await stream.watchers(2);
    expect(hub.asked.at(-1)?.headers["last-event-id"]).toBe("42");
    stream.send("rollout", atStep(1), 43);
    stream.send("rollout", succeeded, 44);
    const { code, stdout } = await result;
    expect(code).toBe(0);
    expect(stdout).toContain(
      "step 1/2 1.0.0 → 1.1.0\nthe connection to the hub was lost; trying again\nthe hub is there again\nbergen/tools/dns Running step 2/2",
    );
  });

  it("tries again while the hub restarts", async () => {
    const result = ask("rollout", "watch", "one");
    await stream.watchers(1);
    hub.on("GET /v1/watch", problem(503, "Unavailable", "starting"));
    stream.cut();
    await until(() => hub.asked.filter(({ path }) => path === "/v1/watch").length >= 3);
    hub.on("GET /v1/watch", stream.answer);
    await stream.watchers(2);
    stream.send("rollout", succeeded, 1);
    expect((await result).code).toBe(0);
  });

  it("does not try again when the hub does not allow it", async () => {
    hub.on("GET /v1/watch", problem(403, "Forbidden", "not yours"));
    expect(await ask("rollout", "watch", "one")).toMatchObject({ code: 4, stderr: "error: not yours (Forbidden)\n" });
  });

  it("waits for a hub that has begun anew to know the upgrade", async () => {
    const result = ask("rollout", "watch", "one");
    await stream.watchers(1);
    hub.on("GET /v1/rollouts/one", problem(404, "UnknownRollout", "there is no rollout one"));
    hub.on("GET /readyz", ok({ ready: false, waitingFor: ["rollouts"] }, 503));
    stream.send("reset", {});
    stream.send("bookmark", {}, 1);
    await until(() => hub.asked.some(({ path }) => path === "/readyz"));
    stream.send("rollout", succeeded, 2);
    expect((await result).code).toBe(0);
  });

  it("ends when a hub that has begun anew does not know the upgrade", async () => {
    const result = ask("rollout", "watch", "one");
    await stream.watchers(1);
    hub.on("GET /v1/rollouts/one", problem(404, "UnknownRollout", "there is no rollout one"));
    hub.on("GET /readyz", ok({ ready: true, waitingFor: [] }));
    stream.send("reset", {});
    stream.send("bookmark", {}, 1);
    const { code, stderr } = await result;
    expect(code).toBe(1);
    expect(stderr).toContain("error: the hub does not know the rollout one any more (RolloutForgotten)");
  });

  it("ends when the upgrade is deleted", async () => {
    const result = ask("rollout", "watch", "one");
    await stream.watchers(1);
    stream.send("rollout", { name: "one", deleted: true }, 1);
    expect(await result).toMatchObject({ code: 1, stderr: expect.stringContaining("(RolloutForgotten)") });
  });

  it("asks for the targets of an upgrade that is told without them", async () => {
    const result = ask("rollout", "watch", "one");
    await stream.watchers(1);
    is(succeeded);
    stream.send("rollout", { ...succeeded, targets: undefined, targetsOmitted: true }, 1);
    const { code, stdout } = await result;
    expect(code).toBe(0);
    expect(stdout).toContain("bergen/tools/dns Succeeded 1.0.0 → 2.0.0");
  });

  it("prints one document when asked for one, and its progress beside it", async () => {
    const result = ask("rollout", "watch", "one", "-o", "json");
    await stream.watchers(1);
    stream.send("rollout", succeeded, 1);
    const ended = await result;
    expect(json(ended)).toEqual(succeeded);
    expect(ended.stderr).toContain("bergen/tools/dns Succeeded 1.0.0 → 2.0.0\n");
  });

  it("stops at its time limit with 3, and says that the upgrade goes on", async () => {
    const { code, stderr } = await ask("rollout", "watch", "one", "--timeout", "0.2s");
    expect(code).toBe(3);
    expect(stderr).toBe(
      "error: the rollout one has not ended within 0.2 s; it goes on (WatchTimeout)\nwatch it again: portolan rollout watch one; stop it: portolan rollout abort one\n",
    );
  });

  it("stops by Ctrl-C, without aborting the upgrade, and says how to go on or abort", async () => {
    const command = watching("rollout", "watch", "one");
    await stream.watchers(1);
    stream.send("rollout", atStep(0), 1);
    await until(() => command.stdout().includes("step 1/2"));
    command.process.kill("SIGINT");
    const { code, stderr } = await command.ended;
    expect(code).toBe(130);
    expect(stderr).toContain("stopped watching; the rollout one goes on");
    expect(stderr).toContain("portolan rollout abort one");
    expect(hub.asked.some(({ path }) => path.endsWith("/abort"))).toBe(false);
  });
});

describe("portolan rollout watch, when somebody has to decide", () => {
  it("ends with 5 when it waits for approval, and says how to approve", async () => {
    const result = ask("rollout", "watch", "one");
    await stream.watchers(1);
    stream.send("rollout", aRollout("AwaitingApproval", [aTarget("bergen", "Pending")], { counts: { Pending: 1 } }), 1);
    expect(await result).toMatchObject({ code: 5, stderr: "it waits for approval: portolan rollout approve one\n" });
  });

  it("ends with 1 when it is paused, and says why and how to go on", async () => {
    const paused = { at: "2026-01-01T00:00:30.000Z", reason: { code: "FailureBudgetExceeded", message: "1 target has failed" } };
    const result = ask("rollout", "watch", "one");
    await stream.watchers(1);
    // What is in flight is waited for.
    stream.send(
      "rollout",
      aRollout("Paused", [aTarget("bergen", "Failed"), aTarget("genoa", "Running")], { paused, counts: { Failed: 1, Running: 1 } }),
      1,
    );
    stream.send(
      "rollout",
      aRollout("Paused", [aTarget("bergen", "Failed"), aTarget("genoa", "Succeeded")], { paused, counts: { Failed: 1, Succeeded: 1 } }),
      2,
    );
    const { code, stdout, stderr } = await result;
    expect([code, stderr]).toEqual([1, expect.stringContaining("it is paused: 1 target has failed\ngo on: portolan rollout resume one;")]);
    expect(stdout).toContain("one Paused (FailureBudgetExceeded: 1 target has failed)\n");
    expect(stdout).toContain("genoa/tools/dns Succeeded");
  });
});

describe("portolan rollout status", () => {
  it("shows how far each target is", async () => {
    is(atStep(1));
    const { code, stdout } = await ask("rollout", "status", "one");
    expect(code).toBe(0);
    expect(stdout.split("\n").slice(0, 5)).toEqual([
      expect.stringMatching(/^NAME +ACTION +SERVICE +VERSION +PHASE +WAVE +DONE +AGE$/u),
      expect.stringMatching(/^one +upgrade +dns +2\.0\.0 +Running +1 1\/1 +0\/1 /u),
      "",
      "WAVE  CLUSTER  NAMESPACE  NAME  STATE    STEP  WAY            DETAIL",
      "1     bergen   tools      dns   Running  2/2   1.1.0 → 2.0.0  -",
    ]);
  });

  it("watches, and needs no stream for a rollout that has ended", async () => {
    is(succeeded);
    expect((await ask("rollout", "status", "one", "--watch")).code).toBe(0);
    expect(hub.asked.map(({ path }) => path)).not.toContain("/v1/watch");
  });
});

describe("what is asked of a rollout", () => {
  it("is sent with its reason and who asks, and shown as it is then", async () => {
    hub.on("POST /v1/rollouts/one/abort", ok(aRollout("Aborting", [])));
    const result = ask("rollout", "abort", "one", "--watch", "--reason", "wrong week");
    await stream.watchers(1);
    stream.send("rollout", aRollout("Aborted", [aTarget("bergen", "Held", { version: "1.1.0" })]), 1);
    const { code, stdout } = await result;
    expect([code, stdout]).toEqual([1, expect.stringContaining("bergen/tools/dns Held 1.0.0 → 1.1.0\none Aborted\n")]);
    const asked = hub.asked.find(({ path }) => path.endsWith("/abort"));
    expect(asked?.body).toEqual({ reason: "wrong week" });
    expect(asked?.headers["x-portolan-actor"]).toMatch(/^.+@.+$/u);
  });

  it.each(["pause", "resume", "promote", "reject", "retry"])("is sent as %s, with its reason alone", async (action) => {
    hub.on(`POST /v1/rollouts/one/${action}`, ok(aRollout("Running", [])));
    expect((await ask("rollout", action, "one", "--reason", "it is time")).code).toBe(0);
    const asked = hub.asked.filter(({ body }) => body !== undefined).map(({ path, body }) => [path, body]);
    expect(asked).toEqual([[`/v1/rollouts/one/${action}`, { reason: "it is time" }]]);
  });

  it("names targets where it is for some of them", async () => {
    hub.on("POST /v1/rollouts/one/skip", ok(aRollout("Paused", [])));
    expect((await ask("rollout", "skip", "one", "bergen/tools/dns")).code).toBe(0);
    expect(hub.asked[0]?.body).toEqual({ targets: [{ cluster: "bergen", namespace: "tools", name: "dns" }] });
    hub.on("POST /v1/rollouts/one/retry", ok(aRollout("Paused", [])));
    expect((await ask("rollout", "retry", "one", "bergen/tools/dns")).code).toBe(0);
    expect(hub.asked.find(({ path }) => path.endsWith("/retry"))?.body).toEqual({
      targets: [{ cluster: "bergen", namespace: "tools", name: "dns" }],
    });
    expect((await ask("rollout", "skip", "one")).code).toBe(2);
    expect((await ask("rollout", "skip", "one", "bergen")).code).toBe(2);
  });

  it("is refused with the hub's words when it means nothing now", async () => {
    hub.on(
      "POST /v1/rollouts/one/approve",
      problem(409, "WrongPhase", "the rollout one is Running: approve is possible while it is AwaitingApproval"),
    );
    expect(await ask("rollout", "approve", "one")).toMatchObject({ code: 1, stderr: expect.stringContaining("(WrongPhase)") });
    hub.on("POST /v1/rollouts/one/approve", problem(403, "NotAllowed", "not yours"));
    expect((await ask("rollout", "approve", "one")).code).toBe(4);
  });
});
