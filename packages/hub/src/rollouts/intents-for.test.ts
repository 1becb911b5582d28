import { describe, expect, it } from "vitest";
import { rolloutFixture, sentFixture, specFixture, targetFixture } from "./fleet.fixture.ts";
import { intentsFor } from "./intents-for.ts";
import type { Rollout, TargetDecision } from "./model.ts";

const of = (...rollouts: readonly Rollout[]) => intentsFor(rollouts.map((rollout) => ({ rollout, indexes: [0] })));

describe("intentsFor", () => {
  it("gives what was sent to the cluster's targets, and nothing of others", () => {
    const spec = specFixture({ notAfterSeconds: 60, acceptRisks: ["x"], targets: [{ cluster: "a", acceptRisks: ["y"] }] });
    const rollout = rolloutFixture(["b", "a"], { reason: "CVE", spec }, [sentFixture(0), sentFixture(1)]);
    expect(intentsFor([{ rollout, indexes: [1] }])).toEqual([
      {
        id: "ro-1.1",
        namespace: "default",
        name: "main",
        mode: "Apply",
        service: "cert-manager",
        action: "Move",
        version: "2.0.0",
        planHash: "1.0.0-2.0.0",
        notAfterUnixMs: 60_000,
        rollout: "one",
        reason: "CVE",
        acceptRisks: ["x", "y"],
      },
    ]);
    expect(of(rolloutFixture(["a"]))).toEqual([]);
  });

  it.each([
    [
      { action: "install", version: "2.0.0", instance: { namespace: "default", name: "main", config: { a: 1 }, labels: { team: "x" } } },
      { action: "Install", version: "2.0.0", template: { config: { a: 1 }, labels: { team: "x" } } },
    ],
    [
      { action: "configure", version: undefined, instance: { namespace: "default", name: "main", overrides: { b: null } } },
      { action: "Configure", template: { overrides: { b: null } } },
    ],
    [
      { action: "remove", version: undefined, deletionPolicy: "Orphan" },
      { action: "Remove", deletionPolicy: "Orphan" },
    ],
    [{ action: "remove", version: undefined }, { action: "Remove" }],
  ])("says what is wished by %o", (changes, wish) => {
    const [intent] = of(rolloutFixture(["a"], { spec: specFixture(changes) }, [sentFixture(0)]));
    expect(intent).toMatchObject(wish);
    expect(Object.hasOwn(intent ?? {}, "template")).toBe("template" in wish);
  });

  it("asks what a target would do, until all have answered or it has started", () => {
    const { started: _started, ...draft } = rolloutFixture([], {
      targets: [targetFixture("a", undefined, { check: { type: "Asked", intentId: "ro-1.0.c1" } })],
    });
    const asking = { ...draft, check: { number: 1, askedAtMs: 0 } };
    expect(of(asking)).toMatchObject([{ id: "ro-1.0.c1", mode: "Check", version: "2.0.0" }]);
    expect(of({ ...asking, check: { ...asking.check, hash: "h" } })).toEqual([]);
    expect(of({ ...asking, started: { atMs: 1, by: "ada" } })).toEqual([]);
    // A question never replaces a command.
    expect(of(asking, rolloutFixture(["a"], { uid: "ro-2" }, [sentFixture(0)]))).toMatchObject([{ id: "ro-1.0", mode: "Apply" }]);
  });

  it("asks for the plan first when nobody knows it, and to hold what was told to stop", () => {
    expect(of(rolloutFixture(["a"], {}, [{ type: "Sent", intent: { id: "i", sentAtMs: 0 } }]))).toMatchObject([{ mode: "Check" }]);
    const hold = { atMs: 1, reason: "Aborted" } as const;
    const left: TargetDecision = {
      type: "Settled",
      result: "Failed",
      atMs: 1,
      reasons: [],
      openIntent: { id: "i", planHash: "p", sentAtMs: 0, hold },
    };
    expect(of(rolloutFixture(["a"], {}, [sentFixture(0, { hold })]))).toMatchObject([{ mode: "Hold" }]);
    expect(of(rolloutFixture(["a"], {}, [left]))).toMatchObject([{ mode: "Hold" }]);
  });

  it("lets a later rollout's intent replace what an earlier one left open", () => {
    const hold = { atMs: 1, reason: "ProgressDeadlineExceeded" } as const;
    const left: TargetDecision = {
      type: "Settled",
      result: "Failed",
      atMs: 1,
      reasons: [],
      openIntent: { id: "early", planHash: "p", sentAtMs: 0, hold },
    };
    const early = rolloutFixture(["a"], {}, [left]);
    const late = rolloutFixture(["a"], { name: "two" }, [{ type: "Sent", intent: { id: "late", planHash: "q", sentAtMs: 5 } }]);
    expect([of(early, late), of(late, early)].map((intents) => intents.map(({ id }) => id))).toEqual([["late"], ["late"]]);
  });
});
