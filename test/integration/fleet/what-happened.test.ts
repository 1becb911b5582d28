import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import { catalog, webService } from "../agent/catalog.ts";
import { eventually } from "../hub/harness.ts";
import { portolan, start, type Ended, type Running } from "../cli/portolan.ts";
import { WholeFleet } from "./harness.ts";

/** The command line, the hub and an agent, all real. */
describe("what happened", () => {
  let fleet: WholeFleet;

  beforeEach(async () => {
    fleet = await WholeFleet.start();
    await fleet.join("north", { catalog: catalog(webService) });
    await eventually(
      () => fleet.hub.get("/v1/clusters"),
      ({ body }) => body.items.length === 1,
    );
    const { code, stderr } = await ask("install", "web", "1.0.0", "--name", "first", "--watch");
    if (code !== 0) throw new Error(`the service could not be installed: ${stderr}`);
  });
  afterEach(() => fleet.stop());

  const server = (...args: string[]): readonly string[] => ["--server", fleet.hub.hub.url, ...args];
  const ask = (...args: string[]): Promise<Ended> => portolan(server(...args));
  const follow = (...args: string[]): Running => {
    const running = start(server("events", "--follow", ...args));
    onTestFinished(() => void running.process.kill());
    return running;
  };
  const types = (text: string): readonly string[] => [...text.matchAll(/ (Operation\w+|Step\w+|Hook\w+)/gu)].map(([, type]) => type ?? "");

  it("is followed from before it began, each thing once and in its order", async () => {
    const all = follow();
    await eventually(
      () => all.stdout(),
      (text) => text.includes("OperationSucceeded"),
    );
    expect(await ask("upgrade", "web", "1.1.0", "--name", "second", "--watch")).toMatchObject({ code: 0 });
    await eventually(
      () => types(all.stdout()).filter((type) => type === "OperationSucceeded").length,
      (count) => count === 2,
    );
    const { body } = await fleet.hub.get("/v1/events");
    expect(types(all.stdout())).toEqual(body.items.map(({ type }: { readonly type: string }) => type).toReversed());
    expect(await ask("events", "--follow", "--rollout", "third")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("UnknownRollout"),
    });
    const later = follow("-o", "json", "--rollout", "second");
    await eventually(
      () => later.stdout(),
      (text) => text.includes("OperationSucceeded"),
    );
    const lines = later
      .stdout()
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    expect(lines.every(({ step }) => step === undefined || step.to === "1.1.0")).toBe(true);
    all.process.kill("SIGINT");
    expect((await all.ended).stderr).toBe("");
  });

  it("is shown with the thing itself, and with what can be done next", async () => {
    await ask("cluster", "label", "north", "env=test");
    const cluster = (await ask("describe", "cluster", "north")).stdout;
    expect(cluster).toMatch(/^Name: +north\nState: +Online, seen \d+s ago\nLabels: +env=test\nKubernetes: +v1\./u);
    expect(cluster).toMatch(/Instances:\n {2}NAMESPACE .*\n {2}default +web +web +1\.0\.0 +1\.0\.0 +True +Ready/u);
    expect(cluster).toMatch(/Events:\n {2}AGE +INSTANCE +TYPE .*\n {2}\d+s +default\/web +OperationSucceeded/u);
    expect((await ask("cluster", "describe", "north")).stdout).toContain("Name:        north");

    const instance = (await ask("describe", "instance", "north/default/web")).stdout;
    expect(instance).toMatch(/Instance: +north\/default\/web\nService: +web\nVersion: +1\.0\.0\n/u);
    expect(instance).toMatch(/Versions within reach:\n {2}VERSION +STEPS\n(?: {2}.*\n)* {2}2\.0\.0 +2/u);

    const rollout = (await ask("describe", "rollout", "first")).stdout;
    expect(rollout).toMatch(/Name: +first\nPhase: +Succeeded\nWish: +install web 1\.0\.0\n/u);
    expect(rollout).toMatch(/History:\n(?:.*\n)* {2}\d+s +\S+ +RolloutStarted/u);
    expect(rollout).toMatch(/Next:\n {2}bring its targets back: portolan rollout undo first\n$/u);
    expect(await ask("describe", "cluster", "nort")).toMatchObject({ code: 1, stderr: expect.stringContaining("clusters: north") });
    expect(await ask("describe", "instance", "north/web")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("CLUSTER/NAMESPACE/NAME"),
    });
  });

  it("is told of a rollout from its beginning, also when it was forgotten", async () => {
    const actions = async () =>
      (await ask("rollout", "history", "first")).stdout
        .trimEnd()
        .split("\n")
        .map((line) => line.split(/ +/u)[2]);
    // The record is written a moment after.
    const told = await eventually(actions, (found) => found.includes("RolloutEnded"));
    expect(told).toEqual([
      "ACTION",
      "RolloutApplied",
      "RolloutChecked",
      "RolloutStarted",
      "WaveStarted",
      "TargetSent",
      "TargetEnded",
      "WavePassed",
      "RolloutEnded",
    ]);
    expect((await ask("rollout", "history")).stdout).toMatch(/first +install +web +1\.0\.0 +Succeeded/u);
    await ask("rollout", "delete", "first", "--reason", "nobody asks for it any more");
    await eventually(actions, (found) => found.at(-1) === "RolloutDeleted");
    expect((await ask("rollout", "history", "first")).stdout).toContain("nobody asks for it any more");
    expect((await ask("get", "events", "--rollout", "first")).stderr).toContain("there is no rollout first");
  });
});
