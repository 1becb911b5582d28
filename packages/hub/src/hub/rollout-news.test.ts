import { describe, expect, it } from "vitest";
import { rolloutFixture, sentFixture } from "../rollouts/fleet.fixture.ts";
import { withJournal, type Rollout } from "../rollouts/mod.ts";
import { rolloutNews } from "./rollout-news.ts";

const ADA = { actor: { name: "ada", roles: [] }, reason: "because" };
const interruption = { atMs: 5, reason: { code: "FailureBudgetExceeded", message: "1 target has failed" } };
const running = rolloutFixture(["a"], {}, [sentFixture(0)]);
const journalled = (before: Rollout | undefined, after: Rollout, asked?: typeof ADA): Rollout =>
  withJournal(before, after, asked === undefined ? undefined : { actor: asked.actor.name, reason: asked.reason }, 7);
const told = (before: Rollout | undefined, after: Rollout, asked?: typeof ADA) => {
  const { records, events } = rolloutNews(before, journalled(before, after, asked), asked);
  return [...records.map(({ action }) => action), ...events.map(({ type }) => type)];
};

describe("rolloutNews", () => {
  it.each<[string, Rollout | undefined, Rollout, readonly string[]]>([
    ["a new one", undefined, rolloutFixture(["a"], { waves: [{}] }), ["RolloutApplied", "RolloutStarted", "rollout.started"]],
    ["nothing new", running, { ...running }, []],
    ["a pause", running, { ...running, paused: interruption }, ["RolloutPaused", "rollout.paused"]],
    ["going on", { ...running, paused: interruption }, running, ["RolloutResumed"]],
    [
      "an approval that is asked for",
      { ...running, waves: [{}] },
      { ...running, waves: [{ approvalAskedAtMs: 3 }] },
      ["WaveApprovalAsked", "rollout.waiting_for_approval"],
    ],
    [
      "an approval",
      { ...running, waves: [{ approvalAskedAtMs: 3 }] },
      { ...running, waves: [{ approvalAskedAtMs: 3, approved: { atMs: 4, by: "ada" } }] },
      ["WaveApproved"],
    ],
    ["an abort", running, { ...running, aborted: interruption }, ["RolloutAborted"]],
    ["a way back", running, { ...running, rollingBack: interruption }, ["RolloutRollingBack"]],
    ["the end", running, { ...running, finished: { result: "Failed", atMs: 9 } }, ["RolloutEnded", "rollout.failed"]],
    ["a good end", running, { ...running, finished: { result: "Succeeded", atMs: 9 } }, ["RolloutEnded", "rollout.done"]],
    ["what is sent", rolloutFixture(["a"]), running, ["TargetSent"]],
    [
      "what has ended before anybody could tell that it was sent",
      rolloutFixture(["a"]),
      rolloutFixture(["a"], {}, [{ type: "Settled", result: "Failed", atMs: 9, sentAtMs: 8, reasons: [] }]),
      ["TargetSent", "TargetEnded"],
    ],
    ["what ends", running, rolloutFixture(["a"], {}, [{ type: "Settled", result: "Succeeded", atMs: 9, reasons: [] }]), ["TargetEnded"]],
  ])("tells of %s", (_case, before, after, expected) => {
    expect(told(before, after)).toEqual(expected);
  });

  it("says who and why, and what it was before and after", () => {
    expect(rolloutNews(running, journalled(running, { ...running, paused: { ...interruption, by: "ada" } }, ADA), ADA).records).toEqual([
      {
        id: "ro-1.RolloutPaused.5",
        atMs: 7,
        actor: "ada",
        reason: "1 target has failed",
        rollout: "one",
        service: "cert-manager",
        action: "RolloutPaused",
        before: "Running",
      },
    ]);
    const replacing: Rollout = { ...running, uid: "ro-2", createdAtMs: 8, spec: { ...running.spec, version: "3.0.0" } };
    expect(rolloutNews(running, journalled(running, replacing, ADA), ADA).records[0]).toMatchObject({
      id: "ro-2.RolloutApplied.8",
      actor: "ada",
      reason: "because",
      before: { action: "upgrade", version: "2.0.0", targets: 1 },
      after: { action: "upgrade", version: "3.0.0", targets: 1 },
    });
    const ended = rolloutFixture(["a"], {}, [
      { type: "Settled", result: "Failed", atMs: 9, reasons: [{ code: "JobFailed", message: "no disk" }] },
    ]);
    expect(rolloutNews(running, ended, undefined).records).toEqual([
      {
        id: "ro-1.TargetEnded.0.1.Failed",
        atMs: 9,
        actor: "system:hub",
        rollout: "one",
        service: "cert-manager",
        cluster: "a",
        namespace: "default",
        name: "main",
        action: "TargetEnded",
        before: "1.0.0",
        after: { version: "2.0.0", result: "Failed" },
        reason: "JobFailed: no disk",
      },
    ]);
  });

  it("says of a target that the hub has decided about it, unless somebody has asked for that", () => {
    const skipped = rolloutFixture(["a", "b"], {}, [
      { type: "Settled", result: "Skipped", atMs: 9, reasons: [], by: "ada" },
      { type: "Settled", result: "Failed", atMs: 9, reasons: [] },
    ]);
    // As another hub reads it, which knows of nobody who has asked for anything.
    const read = journalled(
      undefined,
      { ...skipped, paused: { ...interruption, by: "bob" } },
      { ...ADA, actor: { name: "bob", roles: [] } },
    );
    const actors = rolloutNews(undefined, read, undefined).records.flatMap(({ action, actor }) =>
      action === "TargetEnded" ? [actor] : [],
    );
    expect(actors).toEqual(["ada", "system:hub"]);
  });

  it("says who has asked for what the rollout itself does not show", () => {
    const said = { action: "TargetsRetried", after: { count: 1, targets: ["a/default/main"] } };
    const after = withJournal(running, { ...running }, { actor: "ada", reason: "the disk is larger" }, 7, said);
    expect(rolloutNews(running, after, ADA).records).toEqual([
      {
        ...said,
        id: "ro-1.TargetsRetried.7",
        atMs: 7,
        actor: "ada",
        reason: "the disk is larger",
        rollout: "one",
        service: "cert-manager",
      },
    ]);
  });

  it("has the same ids when another hub tells the same", () => {
    const paused = journalled(running, { ...running, paused: interruption });
    expect(rolloutNews(running, paused, undefined)).toEqual(rolloutNews(running, paused, undefined));
    expect(rolloutNews(running, { ...running, paused: { ...interruption, atMs: 6 } }, undefined).events[0]?.id).not.toBe(
      rolloutNews(running, paused, undefined).events[0]?.id,
    );
  });
});
