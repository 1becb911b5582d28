import { describe, expect, it } from "vitest";
import type { RolloutPhase } from "./phase.ts";
import { EVENT_NAMES, outcomeOf, PHASE_NAMES, STATE_NAMES, type Event, type Phase, type State } from "./states-events.fixture.ts";

/** What becomes of a target by each event; `=`: nothing. */
type Row = { readonly otherwise: string } & { readonly [event in Event]?: string };

const nothing: Row = { otherwise: "=" };

/** Its intent is in the cluster, and what is said of it counts wherever the rollout is. */
const inFlight = (otherwise: string, more: Partial<Row> = {}): Row => ({
  otherwise,
  "agent: Done": "Succeeded",
  "agent: Refused": "Refused",
  "agent: Failed": "Failed",
  "agent: Held": "Held",
  replaced: "Failed ClusterReplaced",
  gone: "Failed InstanceGone",
  deadline: "Failed ProgressDeadlineExceeded, held",
  ...more,
});

/** It waits for its turn, and the turn is now. */
const sending = (more: Partial<Row> = {}): Row => ({
  otherwise: "Sent",
  "agent: Done": "Succeeded",
  "report: arrived": "Succeeded",
  offline: "Deferred",
  replaced: "Skipped ClusterReplaced",
  gone: "Skipped InstanceGone",
  "window closed": "=",
  ...more,
});

/** Only the agent's last word closes it. */
const open: Row = {
  otherwise: "=",
  "agent: Checked": "Failed",
  "agent: Done": "Failed",
  "agent: Refused": "Failed",
  "agent: Failed": "Failed",
  "agent: Held": "Failed",
  replaced: "Failed",
  gone: "Failed",
};

const settled = { Succeeded: nothing, Failed: nothing, "Failed, open": open };

/** Who is tried again waits like anybody, and is left out like anybody. */
const settledUnlessRetried = (retried: string) => ({
  ...settled,
  Failed: { otherwise: "=", retried, "retried, not chosen": "Skipped NotSelected" },
});

/** What was told to stop, told to stop. */
const stopping = {
  "Held Aborted": inFlight("="),
  "Held RollingBack": inFlight("="),
  "Held ProgressDeadlineExceeded": inFlight("="),
  "Held Skipped": inFlight("=", { "agent: Held": "Skipped Skipped" }),
};

const notChosen = { "not chosen": "Skipped NotSelected", "retried, not chosen": "Skipped NotSelected" };

const TABLE: { readonly [phase in Phase]: { readonly [state in State]: Row } } = {
  Running: {
    Undecided: sending({ retracted: "=", ...notChosen }),
    Postponed: sending({ retracted: "=", ...notChosen }),
    Deferred: sending({ offline: "=", "window closed": "Undecided", retracted: "Undecided", ...notChosen }),
    Asked: inFlight("=", { "agent: Checked": "Sent", "window closed": "postponed", retracted: "Undecided" }),
    Sent: inFlight("=", { "window closed": "Sent, held" }),
    ...stopping,
    "Held WindowClosed": inFlight("=", { "agent: Held": "Sent" }),
    ...settledUnlessRetried("Sent"),
  },
  AwaitingApproval: {
    Undecided: { otherwise: "=", ...notChosen },
    Postponed: { otherwise: "=", ...notChosen },
    Deferred: { otherwise: "Undecided", offline: "=", ...notChosen },
    Asked: inFlight("=", { "window closed": "postponed", retracted: "Undecided" }),
    Sent: inFlight("=", { "window closed": "Sent, held" }),
    ...stopping,
    "Held WindowClosed": inFlight("=", { "agent: Held": "postponed" }),
    ...settledUnlessRetried("Undecided"),
  },
  Paused: {
    Undecided: { otherwise: "=", ...notChosen },
    Postponed: { otherwise: "=", ...notChosen },
    Deferred: { otherwise: "=", ...notChosen },
    Asked: inFlight("Undecided", notChosen),
    Sent: inFlight("="),
    ...stopping,
    "Held WindowClosed": inFlight("=", { "agent: Held": "postponed" }),
    ...settledUnlessRetried("Undecided"),
  },
  Aborting: {
    Undecided: { otherwise: "Skipped Aborted" },
    Postponed: { otherwise: "Skipped Aborted" },
    Deferred: { otherwise: "Skipped Aborted" },
    Asked: inFlight("Skipped Aborted"),
    Sent: inFlight("Sent, held"),
    ...stopping,
    "Held WindowClosed": inFlight("=", { "agent: Held": "Skipped Aborted" }),
    ...settled,
  },
  RollingBack: {
    Undecided: { otherwise: "Skipped RollingBack" },
    Postponed: { otherwise: "Skipped RollingBack" },
    Deferred: { otherwise: "Skipped RollingBack" },
    Asked: inFlight("Skipped RollingBack"),
    Sent: inFlight("Sent, held"),
    ...stopping,
    "Held WindowClosed": inFlight("=", { "agent: Held": "Skipped RollingBack" }),
    ...settled,
  },
  // It is over, and brings up who was offline.
  Succeeded: {
    Undecided: sending({ retracted: "Skipped VersionRetracted" }),
    Postponed: sending({ retracted: "Skipped VersionRetracted" }),
    Deferred: sending({ offline: "=", "window closed": "Undecided", retracted: "Skipped VersionRetracted" }),
    Asked: inFlight("=", { "agent: Checked": "Sent", "window closed": "postponed", retracted: "Skipped VersionRetracted" }),
    Sent: inFlight("=", { "window closed": "Sent, held" }),
    ...stopping,
    "Held WindowClosed": inFlight("=", { "agent: Held": "Sent" }),
    ...settled,
  },
};

/** Where a rollout is when this has become of its only target; it stays where it is otherwise. */
function phaseAfter(phase: Phase, state: State, event: Event, target: string): RolloutPhase {
  const result = target === "=" ? state : target;
  switch (phase) {
    case "Running":
    case "AwaitingApproval":
      if (/^(?:Failed|Refused)/u.test(result)) return "Paused";
      if (event === "retracted" && /^(?:Undecided|Postponed)/u.test(result)) return "Paused";
      if (phase === "AwaitingApproval") return phase;
      // The gate of a wave looks at what has succeeded, where that can still be looked at.
      if (state === "Succeeded") return ["agent: Done", "report: arrived", "replaced", "gone"].includes(event) ? "Succeeded" : phase;
      if (result === "Held") return "Failed";
      return /^(?:Succeeded|Skipped)/u.test(result) ? "Succeeded" : phase;
    case "Aborting":
      if (result.startsWith("Succeeded")) return "Succeeded";
      return /^(?:Skipped|Failed|Refused|Held$)/u.test(result) ? "Aborted" : phase;
    case "Paused":
    case "RollingBack":
    case "Succeeded":
      return phase;
  }
}

describe.each(PHASE_NAMES)("of a rollout that is %s, a target that is", (phase) => {
  it.each(STATE_NAMES)("%s becomes by each event what the table says", (state) => {
    const { otherwise, ...named } = TABLE[phase][state];
    const expected = EVENT_NAMES.map((event) => {
      const target = named[event] ?? otherwise;
      return `${event}: ${target}, ${phaseAfter(phase, state, event, target)}`;
    });
    const found = EVENT_NAMES.map((event) => {
      const { target, phase: after } = outcomeOf(phase, state, event);
      return `${event}: ${target}, ${after}`;
    });
    expect(found).toEqual(expected);
  });
});
