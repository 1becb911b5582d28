import { describe, expect, it } from "vitest";
import { decideLease, type LeaseAction, type LeaseView } from "./decide-lease.ts";
import type { LeaseRecord } from "./lease.ts";

const timing = { durationMs: 15_000, renewDeadlineMs: 10_000, retryPeriodMs: 2_000 };
const lease = (holder: string, rest: Partial<LeaseRecord> = {}): LeaseRecord => ({
  holder,
  durationMs: 15_000,
  transitions: 1,
  annotations: {},
  resourceVersion: "7",
  ...rest,
});

type Case = readonly [what: string, view: Partial<LeaseView>, now: number, action: LeaseAction];

const candidates: readonly Case[] = [
  ["makes the Lease when there is none", {}, 0, { do: "create" }],
  ["takes a Lease that was released", { lease: lease(""), seenAt: 0 }, 0, { do: "acquire" }],
  ["takes a Lease with its own name: the answer to its own write was lost", { lease: lease("me"), seenAt: 0 }, 0, { do: "acquire" }],
  ["waits while another one holds it", { lease: lease("other"), seenAt: 1_000 }, 1_000, { do: "wait", ms: 2_000 }],
  [
    "waits by what it has seen, however old the times in the Lease are",
    { lease: lease("other", { renewedAt: "1999-01-01T00:00:00.000000Z" }), seenAt: 1_000 },
    1_001,
    { do: "wait", ms: 2_000 },
  ],
  ["waits no longer than it has to", { lease: lease("other"), seenAt: 1_000 }, 15_500, { do: "wait", ms: 500 }],
  ["takes it when the holder was silent for the whole duration", { lease: lease("other"), seenAt: 1_000 }, 16_000, { do: "acquire" }],
  [
    "waits by the duration that the holder has written, not by its own",
    { lease: lease("other", { durationMs: 60_000 }), seenAt: 0 },
    59_999,
    { do: "wait", ms: 1 },
  ],
];

const leaders: readonly Case[] = [
  ["rests until it is time to renew", { lease: lease("me"), renewedAt: 1_000 }, 1_500, { do: "wait", ms: 1_500 }],
  ["renews every retry period", { lease: lease("me"), renewedAt: 1_000 }, 3_000, { do: "renew" }],
  ["goes on trying until its deadline", { lease: lease("me"), renewedAt: 1_000 }, 10_999, { do: "renew" }],
  [
    "steps down at its deadline, also when it has just come back from standing still",
    { lease: lease("me"), renewedAt: 1_000 },
    11_000,
    { do: "stepDown", reason: "RenewDeadlineExceeded" },
  ],
  ["steps down when another one has it", { lease: lease("other"), renewedAt: 1_000 }, 1_500, { do: "stepDown", reason: "TakenByAnother" }],
  ["steps down when it was released by another hand", { lease: lease(""), renewedAt: 0 }, 1, { do: "stepDown", reason: "TakenByAnother" }],
  ["makes the Lease anew when somebody has deleted it", { renewedAt: 1_000 }, 1_500, { do: "create" }],
  ["has no more rights without a Lease than with one", { renewedAt: 0 }, 10_000, { do: "stepDown", reason: "RenewDeadlineExceeded" }],
];

function decision(view: Partial<LeaseView>, now: number): LeaseAction {
  return decideLease({ identity: "me", timing, lease: undefined, seenAt: 0, renewedAt: undefined, ...view }, now);
}

describe("a candidate", () => {
  it.each(candidates)("%s", (_, view, now, action) => expect(decision(view, now)).toEqual(action));
});

describe("a leader", () => {
  it.each(leaders)("%s", (_, view, now, action) => expect(decision(view, now)).toEqual(action));
});
