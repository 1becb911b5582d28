import { describe, expect, it } from "vitest";
import { SETTINGS, sentFixture, upgradeFixture } from "./fleet.fixture.ts";
import type { TargetDecision, Upgrade } from "./model.ts";
import {
  allTargetsKeys,
  commandKey,
  decodeUpgrade,
  encodeCommand,
  encodeTargets,
  idOfKey,
  StoredUpgradeError,
  TARGETS_PER_RECORD,
  targetsKey,
} from "./stored-upgrade.ts";

function stored(upgrade: Upgrade): Map<string, Uint8Array> {
  return new Map([
    [commandKey(upgrade.id), encodeCommand(upgrade)],
    ...allTargetsKeys(upgrade.id, upgrade.targets.length).map(
      (key, record) => [key, encodeTargets(upgrade, record * TARGETS_PER_RECORD)] as const,
    ),
  ]);
}

describe("a stored upgrade", () => {
  const settled: TargetDecision = {
    type: "Settled",
    result: "Failed",
    atMs: 3,
    reasons: [{ code: "X", message: "y", url: "https://example.org" }],
    openIntent: { id: "up-1.1", planHash: "p", sentAtMs: 1, hold: { atMs: 2, reason: "ProgressDeadlineExceeded" } },
  };

  it("is read as it was written", () => {
    const upgrade = upgradeFixture(
      ["a", "b", "c"],
      {
        reason: "CVE",
        abortedAtMs: 4,
        finished: { result: "Aborted", atMs: 5 },
        settings: { ...SETTINGS, notAfterSeconds: 1, acceptRisks: ["r"] },
      },
      [sentFixture(0, { hold: { atMs: 1, reason: "Aborted" } }), settled],
    );
    const records = stored(upgrade);
    expect(decodeUpgrade("up-1", (key) => records.get(key))).toEqual(upgrade);
  });

  it("with ten thousand targets has no record near the store's limit, and is nothing while one is missing", () => {
    const clusters = Array.from({ length: 10_000 }, (_, index) => `cluster-with-a-long-name-${String(index).padStart(5, "0")}`);
    const upgrade = upgradeFixture(
      clusters,
      {},
      clusters.map(() => settled),
    );
    const records = stored(upgrade);
    expect(Math.max(...[...records.values()].map(({ length }) => length))).toBeLessThan(100_000);
    expect(decodeUpgrade("up-1", (key) => records.get(key))?.targets).toHaveLength(10_000);
    records.delete(targetsKey("up-1", 9_999));
    expect(decodeUpgrade("up-1", (key) => records.get(key))).toBeUndefined();
  });

  it("names the upgrade in its keys", () => {
    expect([commandKey("up-1"), targetsKey("up-1", 0), targetsKey("up-1", 250)].map(idOfKey)).toEqual(["up-1", "up-1", "up-1"]);
    expect(targetsKey("up-1", 250)).toBe("up-1.2");
  });

  it("that is no upgrade is a clear error", () => {
    expect(() => decodeUpgrade("up-1", () => Buffer.from("{"))).toThrow(StoredUpgradeError);
    expect(() => decodeUpgrade("up-1", () => Buffer.from('{"id":3}'))).toThrow(/the stored upgrade up-1 cannot be read/u);
  });
});
