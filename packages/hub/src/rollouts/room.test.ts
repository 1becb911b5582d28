import { beforeEach, describe, expect, it } from "vitest";
import type { Reason } from "@portolan/shared/wire";
import { documentTooLarge } from "../intents/document.ts";
import {
  advanced,
  brief,
  commandContextFixture,
  FleetFixture,
  rolloutFixture,
  sentFixture,
  specFixture,
  targetFixture,
} from "./fleet.fixture.ts";
import { checkHash } from "./check.ts";
import { command } from "./commands.ts";
import { noRoomFor, type Room } from "./room.ts";
import type { Rollout, Target } from "./model.ts";
import { phaseOf } from "./phase.ts";

const KIB = 1024;

/** A document whose intents have so many KiB each. */
function specOf(kib: number, changes: object = {}) {
  const half = "x".repeat((kib * KIB) / 2);
  return specFixture({
    action: "install",
    instance: { namespace: "default", name: "main", config: { half }, overrides: { half } },
    ...changes,
  });
}

function rolloutOf(name: string, kib: number, changes: Partial<Rollout> = {}, targets: readonly Target[] = [targetFixture("a")]): Rollout {
  const own = targets.map((target) => ({ ...target, name }));
  return rolloutFixture([], { name, uid: `ro-${name}`, spec: specOf(kib), targets: own, ...changes });
}

function roomBeside(...rollouts: readonly Rollout[]): Room {
  return {
    shares: (cluster) =>
      rollouts.map((rollout) => ({
        rollout,
        indexes: rollout.targets.flatMap((target, index) => (target.cluster === cluster ? [index] : [])),
      })),
    tooLarge: (cluster, intents): Reason | undefined => documentTooLarge(cluster, { labels: {}, catalogSet: [], intents }),
  };
}

const draft = (rollout: Rollout): Rollout => {
  const { started: _started, ...rest } = rollout;
  return rest;
};

describe("the room in a cluster's document", () => {
  it.each<[string, Rollout, readonly Rollout[], boolean]>([
    ["is enough for two of 120 KiB", rolloutOf("one", 120), [rolloutOf("two", 120)], true],
    ["is not enough for three", rolloutOf("one", 120), [rolloutOf("two", 120), rolloutOf("three", 120)], false],
    [
      "is not taken by a rollout that has not started",
      rolloutOf("one", 120),
      [rolloutOf("two", 120), draft(rolloutOf("three", 120))],
      true,
    ],
    [
      "is not taken by a rollout that goes back",
      rolloutOf("one", 120),
      [rolloutOf("two", 120), rolloutOf("three", 120, { rollingBack: { atMs: 1, reason: { code: "x", message: "x" } } })],
      true,
    ],
    [
      "is not taken by what has ended",
      rolloutOf("one", 120),
      [
        rolloutOf("two", 120),
        rolloutOf("three", 120, {}, [targetFixture("a", { type: "Settled", result: "Succeeded", atMs: 1, reasons: [] })]),
      ],
      true,
    ],
    [
      "is another one in another cluster",
      rolloutOf("one", 120),
      [rolloutOf("two", 120), rolloutOf("three", 120, {}, [targetFixture("b")])],
      true,
    ],
    [
      "is not enough for more intents than a document may have",
      rolloutOf(
        "one",
        0.1,
        {},
        Array.from({ length: 1_025 }, (_, index) => targetFixture("a", undefined, { namespace: `n${index}` })),
      ),
      [],
      false,
    ],
  ])("%s", (_case, rollout, others, fits) => {
    const why = noRoomFor(draft(rollout), roomBeside(...others));
    expect(why === undefined).toBe(fits);
    expect(why?.message ?? "cluster a").toContain("cluster a");
  });
});

describe("a rollout whose intents have no room", () => {
  let fleet: FleetFixture;
  beforeEach(() => {
    fleet = new FleetFixture().add("a").remove("a");
  });
  const others = [
    rolloutOf("two", 120, {}, [targetFixture("a", sentFixture(0))]),
    rolloutOf("three", 60, {}, [targetFixture("a", sentFixture(0))]),
  ];

  it("is neither checked nor started", () => {
    const check = { type: "Checked", planHash: "p", steps: [], disruptive: false, irreversible: false, risks: [] } as const;
    const { from: _from, ...target } = targetFixture("a", undefined, { check });
    const rollout = draft(rolloutFixture([], { spec: specOf(100), targets: [target], check: { number: 1, askedAtMs: 0, hash: "" } }));
    const context = commandContextFixture(fleet, { room: roomBeside(...others) });
    for (const asked of [{ type: "check" }, { type: "start", hash: checkHash(rollout) }] as const) {
      expect(command(rollout, asked, context)).toMatchObject({ problem: { code: "IntentDocumentTooLarge" } });
      expect(command(rollout, asked, { ...context, room: roomBeside() })).toHaveProperty("rollout");
    }
  });

  it("pauses before anything is sent, and goes on when there is room", () => {
    const rollout = rolloutOf("one", 100);
    const paused = advanced(rollout, fleet, 1, { room: roomBeside(rollout, ...others) });
    expect([phaseOf(paused), paused.targets.map(brief)]).toEqual(["Paused", ["Undecided"]]);
    expect(paused.paused?.reason).toMatchObject({
      code: "IntentDocumentTooLarge",
      message: expect.stringMatching(/cluster a .*28\d{4} bytes, at most 262144/u),
    });
    const { paused: _paused, ...resumed } = paused;
    expect(advanced(resumed, fleet, 2, { room: roomBeside(resumed, ...others.slice(1)) }).targets.map(brief)).toEqual(["Sent"]);
  });

  it("pauses when its agent was not told what was sent, because labels or catalogs have filled the document since", () => {
    const rollout = rolloutFixture(["a"], {}, [sentFixture(0)]);
    const undeliverable = () => ({ code: "IntentDocumentTooLarge", message: "x" });
    fleet.add("a");
    expect(phaseOf(advanced(rollout, fleet, 1))).toBe("Running");
    expect(advanced(rollout, fleet, 1, { undeliverable }).paused?.reason.code).toBe("IntentDocumentTooLarge");
    fleet.answer("a", "ro-1.0", { phase: "Running" });
    expect(phaseOf(advanced(rollout, fleet, 1, { undeliverable }))).toBe("Running");
  });
});
