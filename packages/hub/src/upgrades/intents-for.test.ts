import { describe, expect, it } from "vitest";
import { sentFixture, SETTINGS, upgradeFixture } from "./fleet.fixture.ts";
import { intentsFor } from "./intents-for.ts";
import type { TargetDecision } from "./model.ts";

describe("intentsFor", () => {
  it("gives what was sent to the cluster, and nothing of others", () => {
    const upgrade = upgradeFixture(
      ["a-b", "a", "b"],
      { reason: "CVE", settings: { ...SETTINGS, notAfterSeconds: 60, acceptRisks: ["x"] } },
      [sentFixture(0), sentFixture(1), { type: "Undecided" }],
    );
    expect(intentsFor([upgrade], "a")).toEqual([
      {
        id: "up-1.1",
        namespace: "default",
        name: "main",
        mode: "Apply",
        service: "cert-manager",
        version: "2.0.0",
        planHash: "1.0.0-2.0.0",
        notAfterUnixMs: 60_000,
        rollout: "up-1",
        reason: "CVE",
        acceptRisks: ["x"],
      },
    ]);
    expect(intentsFor([upgrade], "a-b")).toMatchObject([{ id: "up-1.0" }]);
    expect(intentsFor([upgrade], "b")).toEqual([]);
    expect(intentsFor([upgrade], "c")).toEqual([]);
  });

  it("asks to hold what was told to stop", () => {
    const hold = { atMs: 1, reason: "Aborted" } as const;
    const left: TargetDecision = {
      type: "Settled",
      result: "Failed",
      atMs: 1,
      reasons: [],
      openIntent: { id: "up-1.1", planHash: "p", sentAtMs: 0, hold },
    };
    const upgrade = upgradeFixture(["a", "b"], {}, [sentFixture(0, { hold }), left]);
    expect(intentsFor([upgrade], "a")).toMatchObject([{ mode: "Hold" }]);
    expect(intentsFor([upgrade], "b")).toMatchObject([{ mode: "Hold" }]);
  });

  it("lets a later upgrade's intent replace what an earlier one left open", () => {
    const hold = { atMs: 1, reason: "ProgressDeadlineExceeded" } as const;
    const left: TargetDecision = {
      type: "Settled",
      result: "Failed",
      atMs: 1,
      reasons: [],
      openIntent: { id: "up-1.0", planHash: "p", sentAtMs: 0, hold },
    };
    const early = upgradeFixture(["a"], {}, [left]);
    const late = upgradeFixture(["a"], { id: "up-2" }, [{ type: "Sent", intent: { id: "up-2.0", planHash: "q", sentAtMs: 5 } }]);
    for (const order of [
      [early, late],
      [late, early],
    ]) {
      expect(intentsFor(order, "a").map(({ id }) => id)).toEqual(["up-2.0"]);
    }
  });
});
