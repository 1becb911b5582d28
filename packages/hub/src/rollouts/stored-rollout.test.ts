import { describe, expect, it } from "vitest";
import { rolloutFixture, sentFixture, specFixture, targetFixture } from "./fleet.fixture.ts";
import type { Rollout } from "./model.ts";
import {
  allTargetsKeys,
  decodeRollout,
  encodeHead,
  encodeTargets,
  headKey,
  MAX_RECORD_BYTES,
  nameOfKey,
  StoredRolloutError,
  TARGETS_PER_RECORD,
  targetsKey,
  uidOfKey,
} from "./stored-rollout.ts";

function store(rollout: Rollout): Map<string, Uint8Array> {
  const keys = allTargetsKeys(rollout, rollout.targets.length);
  return new Map([
    [headKey(rollout.name), encodeHead(rollout)],
    ...keys.map((key, index) => [key, encodeTargets(rollout, index * TARGETS_PER_RECORD)] as const),
  ]);
}

const read = (records: ReadonlyMap<string, Uint8Array>) => decodeRollout("one", (key) => records.get(key));

describe("a stored rollout", () => {
  it("is what it was, whatever was decided about it", () => {
    const hold = { atMs: 5, reason: "WindowClosed", opensAtMs: 60 } as const;
    const rollout = rolloutFixture([], {
      spec: specFixture({ waves: [{ clusters: { percent: 10 }, verify: "instance.ready", approval: { roles: ["owner"] } }, {}] }),
      check: { number: 2, askedAtMs: 1, hash: "h" },
      paused: { atMs: 3, reason: { code: "X", message: "x" }, by: "ada" },
      waves: [{ startedAtMs: 0, settledAtMs: 1, passedAtMs: 2, approved: { atMs: 1, by: "ada" } }, {}],
      targets: [
        targetFixture("a", { type: "Sent", intent: { id: "ro-1.0", sentAtMs: 0, hold } }),
        targetFixture(
          "b",
          { type: "Undecided", opensAtMs: 60 },
          { check: { type: "Refused", reasons: [{ code: "NoRoute", message: "no" }] } },
        ),
        targetFixture("c", { type: "Deferred", atMs: 4 }),
        targetFixture("d", {
          type: "Settled",
          result: "Refused",
          atMs: 1,
          reasons: [],
          plans: { agreed: "p", agent: "q" },
          tolerated: true,
        }),
        targetFixture("e", sentFixture(4)),
      ],
    });
    expect(read(store(rollout))).toEqual(rollout);
  });

  it("never becomes a value that the store would not take: ten thousand targets, each with much to tell", () => {
    const objects = Array.from({ length: 20 }, (_, index) => `Deployment ${"n".repeat(63)}/${"d".repeat(200)}${index}`);
    const check = {
      type: "Checked",
      planHash: "f".repeat(64),
      steps: Array(9).fill("10.20.30-alpha.1"),
      disruptive: true,
      irreversible: true,
      risks: ["r".repeat(64)],
      changes: { created: 1, changed: 2, deleted: 3, objects },
    } as const;
    const names = Array.from({ length: 10_000 }, (_, index) => `cluster-${String(index).padStart(54, "0")}`);
    const records = store(rolloutFixture([], { targets: names.map((name) => targetFixture(name, undefined, { check })) }));
    expect(Math.max(...[...records.values()].map(({ length }) => length))).toBeLessThan(MAX_RECORD_BYTES);
    expect(read(records)?.targets.length).toBe(10_000);
  });

  it("is not read while some of it is missing, or belongs to an earlier one of its name", () => {
    const many = rolloutFixture([], { targets: Array.from({ length: 150 }, (_, index) => targetFixture(`c${index}`)) });
    const records = store(many);
    const keys = ["one", "one.ro-1.0", "one.ro-1.1"];
    expect([...records.keys()]).toEqual(keys);
    expect(keys.map((key) => `${nameOfKey(key)} ${uidOfKey(key) ?? ""}`)).toEqual(["one ", "one ro-1", "one ro-1"]);
    records.delete("one.ro-1.1");
    expect(read(records)).toBeUndefined();
    records.set(targetsKey({ ...many, uid: "ro-0" }, 100), encodeTargets(many, 100));
    expect(read(records)).toBeUndefined();
  });

  it("leaves out who joined when the hub was killed before it was taken in", () => {
    const before = rolloutFixture(["a"]);
    const records = store(before);
    records.set("one.ro-1.0", encodeTargets(rolloutFixture(["a", "b"]), 0));
    expect(read(records)).toEqual(before);
  });

  it("is an error when it is something else", () => {
    const records = store(rolloutFixture(["a"]));
    records.set("one", Buffer.from("{"));
    expect(() => read(records)).toThrow(StoredRolloutError);
    records.set("one", Buffer.from('{"name":1}'));
    expect(() => read(records)).toThrow(StoredRolloutError);
  });
});
