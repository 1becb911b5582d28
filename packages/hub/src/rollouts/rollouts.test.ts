import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { specFixture } from "./fleet.fixture.ts";
import { headKey } from "./stored-rollout.ts";
import { ADA, RecordsFixture, WorldFixture } from "./world.fixture.ts";

const WAVES = { waves: [{ name: "canary", clusters: { count: 1 } }, { name: "rest" }] };

describe("Rollouts", () => {
  let world: WorldFixture;

  beforeEach(() => {
    vi.useFakeTimers({ now: 1_000, toFake: ["Date", "setTimeout", "clearTimeout"] });
    world = new WorldFixture();
    for (const cluster of ["a", "b", "c"]) {
      world.join(cluster);
    }
  });
  afterEach(() => {
    world.rollouts.stop();
    vi.useRealTimers();
  });

  const settle = (ms = 0) => vi.advanceTimersByTimeAsync(ms);
  /** Everybody moves as long as there is anything to do. */
  const run = async (): Promise<void> => {
    for (let moved = true; moved;) {
      await settle(20);
      moved = [...world.agents.keys()].map((cluster) => world.move(cluster)).includes(true);
    }
    await settle(20);
  };
  const phase = (name = "one"): string | undefined => world.rollouts.get(name)?.phase;
  const states = (name = "one"): readonly string[] =>
    world.rollouts.targets(name)?.map(({ cluster, state }) => `${cluster} ${state}`) ?? [];
  const apply = async (changes: object = WAVES, name = "one") => world.rollouts.apply(name, specFixture(changes), ADA);
  const start = async (name = "one") =>
    world.rollouts.command(name, { type: "start", hash: world.rollouts.get(name)?.rollout.check?.hash ?? "" }, ADA);
  const ask = async (type: "pause" | "resume" | "abort" | "approve" | "reject" | "promote" | "retry", name = "one") =>
    world.rollouts.command(name, { type }, ADA);

  it("asks every cluster first, and goes wave by wave when somebody starts it", async () => {
    expect(await apply()).toMatchObject({ created: true, progress: { phase: "Checking" } });
    expect(world.rollouts.intentsFor("b")).toMatchObject([{ mode: "Check", version: "2.0.0", rollout: "one" }]);
    await run();
    expect([phase(), world.rollouts.intentsFor("a")]).toEqual(["Checked", []]);
    expect(await start()).toMatchObject({ progress: { phase: "Running" } });
    await settle();
    expect(states()).toEqual(["a Sent", "b Pending", "c Pending"]);
    world.move("a");
    await settle();
    world.move("a");
    await settle();
    expect(states()).toEqual(["a Succeeded", "b Sent", "c Sent"]);
    await run();
    expect([phase(), states()]).toEqual(["Succeeded", ["a Succeeded", "b Succeeded", "c Succeeded"]]);
  });

  it("holds what was stored last, though it read that before it heard of its own write", async () => {
    await apply();
    await run();
    await start();
    await settle();
    const value = world.records.get(headKey("one")) ?? new Uint8Array();
    const other = new RecordsFixture(world.records);
    world.records.behind = () => {
      other.follow();
      void other.append([{ key: headKey("one"), value }]);
      world.records.follow();
    };
    await ask("pause");
    await settle();
    expect([world.records.get(headKey("one")) === value, phase()]).toEqual([true, "Running"]);
  });

  it("takes away by an undo what it has installed, and nothing that was there before or was moved since", async () => {
    for (const cluster of ["d", "e", "f"]) world.join(cluster, "nothing");
    const instance = { namespace: "default", name: "main" };
    await apply({ action: "install", instance, unreachable: "Skip" });
    await run();
    await start();
    await run();
    expect([phase(), states()]).toEqual([
      "Succeeded",
      ["a Skipped", "b Skipped", "c Skipped", "d Succeeded", "e Succeeded", "f Succeeded"],
    ]);
    await apply({ action: "configure", version: undefined, instance: { ...instance, config: {} }, selector: { clusters: ["e"] } }, "two");
    await run();
    await start("two");
    await run();
    await world.rollouts.undo("one", ADA);
    await run();
    await start("one-undo");
    await run();
    expect([...world.agents].map(([cluster, { version = "nothing" }]) => `${cluster} ${version}`)).toEqual([
      "a 1.0.0",
      "b 1.0.0",
      "c 1.0.0",
      "d nothing",
      "e 2.0.0",
      "f nothing",
    ]);
  });

  it("refuses a start by somebody who has not seen the newest check", async () => {
    await apply();
    await run();
    expect(await world.rollouts.command("one", { type: "start", hash: "0".repeat(64) }, ADA)).toMatchObject({
      problem: { code: "StaleCheck" },
    });
  });

  it("starts with whom was checked alone: a cluster that left since needs another check", async () => {
    for (const [cluster, labels] of ["a", "b", "c"].map((name) => [name, { env: "test" }] as const)) world.labels.set(cluster, labels);
    await apply({ selector: { labels: "env=test" } });
    await run();
    world.labels.set("b", { env: "prod" });
    world.rollouts.onLabels();
    expect(await start()).toMatchObject({ problem: { code: "StaleCheck", message: expect.stringContaining("b/default/main") } });
    await world.rollouts.command("one", { type: "check" }, ADA);
    await run();
    await start();
    await run();
    expect([phase(), states()]).toEqual(["Succeeded", ["a Succeeded", "c Succeeded"]]);
    expect(world.agents.get("b")?.version).toBe("1.0.0");
  });

  it("takes in what another rollout has let go", async () => {
    await apply({ selector: { clusters: ["a"] } }, "other");
    await run();
    await start("other");
    world.labels.set("b", { env: "test" });
    await apply({ version: "1.5.0", action: "upgrade", selector: { labels: "env=test" } });
    await settle(20);
    world.move("b");
    await settle(20);
    await start();
    await settle();
    // It wants to join, and belongs to the other one.
    world.labels.set("a", { env: "test" });
    world.rollouts.onLabels();
    await settle(20);
    expect(states()).toEqual(["b Sent"]);
    await ask("abort", "other");
    await settle();
    world.move("a");
    await settle(20);
    expect([phase("other"), states()]).toEqual(["Aborted", ["b Sent", "a Sent"]]);
  });

  it("follows versions as far as they make an instance a target, and never lets one go for that", async () => {
    world.join("d", "1.5.0");
    await apply({ selector: { fields: { version: "<1.2" } }, waves: [{ maxConcurrent: 1 }] });
    await run();
    await start();
    await settle();
    expect(states()).toEqual(["a Sent", "b Pending", "c Pending"]);
    // Somebody moves one out of the range by hand, and another one into it.
    world.moveByHand("c", "1.5.0");
    world.moveByHand("d", "1.1.0");
    await settle(20);
    expect(states()).toEqual(["a Sent", "b Pending", "c Pending", "d Pending"]);
  });

  it("starts with nobody left out in silence: targets that refuse keep it from starting, unless they may be skipped", async () => {
    const agent = world.agents.get("b");
    if (agent !== undefined) agent.fault = "refuses";
    await apply();
    await run();
    expect(await start()).toMatchObject({ problem: { code: "TargetsRefused", instances: [{ cluster: "b" }] } });
    await apply({ ...WAVES, unreachable: "Skip" });
    await run();
    await start();
    await run();
    expect([phase(), states()]).toEqual(["Succeeded", ["a Succeeded", "b Skipped", "c Succeeded"]]);
  });

  it("pauses beyond its failure budget, and goes on when somebody says so", async () => {
    await apply();
    await run();
    const agent = world.agents.get("a");
    if (agent !== undefined) agent.fault = "fails";
    await start();
    await run();
    expect([phase(), states()]).toEqual(["Paused", ["a Failed", "b Pending", "c Pending"]]);
    expect(world.rollouts.get("one")?.rollout.paused?.reason).toMatchObject({ code: "FailureBudgetExceeded" });
    if (agent !== undefined) agent.fault = "none";
    await ask("resume");
    await run();
    expect([phase(), states()]).toEqual(["Failed", ["a Failed", "b Succeeded", "c Succeeded"]]);
  });

  it("leaves out who is to be tried again and was relabelled out of the selector meanwhile", async () => {
    for (const name of ["a", "b"]) world.relabel(name, { env: "test" });
    await apply({ selector: { labels: "env=test" } });
    await run();
    for (const agent of world.agents.values()) agent.fault = "fails";
    await start();
    await run();
    expect([phase(), states()]).toEqual(["Paused", ["a Failed", "b Failed"]]);
    world.relabel("a", { env: "prod" });
    await settle();
    for (const agent of world.agents.values()) agent.fault = "none";
    await ask("retry");
    await ask("resume");
    await run();
    expect([phase(), states()]).toEqual(["Succeeded", ["a Skipped", "b Succeeded"]]);
    expect(world.rollouts.targets("one")?.[0]?.reasons).toMatchObject([{ code: "NotSelected" }]);
    expect(world.agents.get("a")?.version).toBe("1.0.0");
  });

  it("leaves out for good who was relabelled out of the selector before its turn", async () => {
    for (const name of ["a", "b"]) world.relabel(name, { env: "test" });
    await apply({ ...WAVES, selector: { labels: "env=test" } });
    await run();
    await start();
    await settle();
    expect(states()).toEqual(["a Sent", "b Pending"]);
    world.relabel("b", { env: "prod" });
    await settle();
    world.relabel("b", { env: "test" });
    await run();
    expect([phase(), states()]).toEqual(["Succeeded", ["a Succeeded", "b Skipped"]]);
    expect(world.agents.get("b")?.version).toBe("1.0.0");
  });

  it("leaves out who gave its place to the rollout's window, and was relabelled out of the selector meanwhile", async () => {
    for (const name of ["a", "b"]) world.relabel(name, { env: "test" });
    await apply({ selector: { labels: "env=test" }, progressDeadlineSeconds: 3_600, windows: [{ cron: "0 0 * * *", duration: "10m" }] });
    await run();
    await start();
    await settle();
    expect(states()).toEqual(["a Sent", "b Sent"]);
    world.relabel("a", { env: "prod" });
    await settle(10 * 60_000);
    await run();
    await settle(24 * 3_600_000 - 5 * 60_000);
    await run();
    expect([phase(), states()]).toEqual(["Succeeded", ["a Skipped", "b Succeeded"]]);
  });

  it("brings back what it changed when it is told to roll back", async () => {
    await apply({ ...WAVES, onFailure: "Rollback" });
    await run();
    const agent = world.agents.get("b");
    if (agent !== undefined) agent.fault = "fails";
    await start();
    await run();
    expect(phase()).toBe("RolledBack");
    // The one that has failed is at its old version, and is told to stay there.
    expect(states("one-undo")).toEqual(["a Succeeded", "b Succeeded", "c Succeeded"]);
    expect([...world.agents.values()].map(({ version, spec }) => `${version ?? ""} ${spec ?? ""}`)).toEqual(Array(3).fill("1.0.0 1.0.0"));
  });

  it("takes the name of nobody's rollout for the way back", async () => {
    const long = `${"x".repeat(55)}-one`;
    await apply({ version: "1.5.0", selector: { clusters: ["c"] } }, "one-undo");
    await apply({ ...WAVES, onFailure: "Rollback", selector: { clusters: ["a", "b"] } });
    await run();
    const agent = world.agents.get("b");
    if (agent !== undefined) agent.fault = "fails";
    await start();
    await run();
    expect([phase(), phase("one-undo-2"), phase("one-undo")]).toEqual(["RolledBack", "Succeeded", "Checked"]);
    expect(world.rollouts.get("one-undo")?.rollout.spec).toMatchObject({ version: "1.5.0" });
    // By hand: a long name is cut, and what another one has is left to it.
    for (const [name, cluster] of [
      [`${long}-1`, "a"],
      [`${long}-2`, "c"],
    ] as const) {
      await apply({ selector: { clusters: [cluster] } }, name);
      await run();
      await start(name);
      await run();
    }
    const undone = async (name: string): Promise<unknown> => {
      const outcome = await world.rollouts.undo(name, ADA);
      return "problem" in outcome ? outcome.problem.code : outcome.progress.rollout.name;
    };
    expect([await undone(`${long}-1`), await undone(`${long}-2`)]).toEqual([`${long.slice(0, 58)}-undo`, `${long.slice(0, 56)}-undo-2`]);
    // Made and never started, it is made anew; ended, it is kept.
    expect(await undone(`${long}-1`)).toBe(`${long.slice(0, 58)}-undo`);
    await run();
    await start(`${long.slice(0, 58)}-undo`);
    expect(await undone(`${long}-1`)).toBe("RolloutExists");
    await run();
    expect(await undone(`${long}-1`)).toBe("NotUndoable");
  });

  it("is undone by a rollout of its own, with the waves in reverse", async () => {
    await apply();
    await run();
    await start();
    await run();
    expect(await world.rollouts.undo("one", ADA)).toMatchObject({ progress: { phase: "Checking" } });
    await run();
    await start("one-undo");
    await settle();
    expect(states("one-undo")).toEqual(["a Pending", "b Sent", "c Sent"]);
    await run();
    expect([phase("one-undo"), [...world.agents.values()].map(({ version }) => version)]).toEqual([
      "Succeeded",
      ["1.0.0", "1.0.0", "1.0.0"],
    ]);
  });

  it("once undone brings up nobody who was offline, and cannot be undone while it brings somebody up", async () => {
    world.setOnline("b", false);
    await apply({ offline: "CatchUp", selector: { clusters: ["a", "b"] } });
    await run();
    await start();
    await run();
    expect([phase(), states()]).toEqual(["Succeeded", ["a Succeeded", "b Deferred"]]);
    world.setOnline("b", true);
    await settle(20);
    expect(states()).toEqual(["a Succeeded", "b Sent"]);
    expect(await world.rollouts.undo("one", ADA)).toMatchObject({ problem: { code: "WrongPhase" } });
    await ask("abort");
    await run();
    expect([phase(), states()]).toEqual(["Succeeded", ["a Succeeded", "b Held"]]);
    expect(await ask("abort")).toMatchObject({ problem: { code: "NothingToDo" } });
  });

  it("lets go of who is offline when somebody makes its undo", async () => {
    world.setOnline("b", false);
    await apply({ offline: "CatchUp", selector: { clusters: ["a", "b"] } });
    await run();
    await start();
    await run();
    await world.rollouts.undo("one", ADA);
    await settle();
    expect(states()).toEqual(["a Succeeded", "b Skipped"]);
    await run();
    world.setOnline("b", true);
    await start("one-undo");
    await run();
    expect([states(), states("one-undo")]).toEqual([["a Succeeded", "b Skipped"], ["a Succeeded"]]);
    expect([...world.agents.values()].map(({ version }) => version)).toEqual(["1.0.0", "1.0.0", "1.0.0"]);
  });

  it("lets no instance have two open rollouts", async () => {
    await apply();
    await run();
    await start();
    expect(await apply({ version: "1.5.0" }, "two")).toMatchObject({ problem: { code: "InstanceBusy", rollout: "one" } });
    await run();
    expect(await apply({ version: "1.5.0", action: "downgrade" }, "two")).toMatchObject({ created: true });
  });

  it("is the same after every other hub takes over", async () => {
    await apply();
    await run();
    await start();
    await settle();
    world.restart();
    await settle(20);
    expect(states()).toEqual(["a Sent", "b Pending", "c Pending"]);
    const before = world.records.appended;
    await settle(1_000);
    expect(world.records.appended).toBe(before);
    await run();
    expect(phase()).toBe("Succeeded");
  });

  it("goes on with a hub that has read its targets a moment after its head, though nobody says anything", async () => {
    await apply({ waves: [{ clusters: { count: 1 }, soakSeconds: 60 }, {}] });
    await run();
    await start();
    await run();
    expect(states()).toEqual(["a Succeeded", "b Pending", "c Pending"]);
    const rollouts = world.takeOver();
    const reading = world.records.read([headKey("one")]);
    expect(reading.next()).toMatchObject({ value: headKey("one") });
    await settle();
    expect([...reading].length).toBeGreaterThan(0);
    rollouts.drive(true);
    await rollouts.settled();
    await settle(60_000);
    expect(states()).toEqual(["a Succeeded", "b Sent", "c Sent"]);
  });

  it("changes nothing from what it knew before somebody else has written", async () => {
    await apply();
    await run();
    const stopped = { rollouts: world.rollouts, records: world.records };
    world.restart();
    await start();
    await run();
    expect(phase()).toBe("Succeeded");
    const { appended } = world.records;
    // It goes on from where it was stopped, and reads what has happened meanwhile only after its first write.
    const answer = stopped.rollouts.command("one", { type: "start", hash: stopped.rollouts.get("one")?.rollout.check?.hash ?? "" }, ADA);
    await settle(100);
    expect(await answer).toMatchObject({ problem: { code: "WrongPhase", message: expect.stringContaining("is Succeeded") } });
    expect(world.records.appended).toBe(appended);
  });
});
