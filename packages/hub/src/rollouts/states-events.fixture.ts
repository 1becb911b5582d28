/** Every state that a target can be in, and everything that can be heard or happen: for the table of what becomes of it. */
import type { IntentPhase } from "@portolan/shared/wire";
import { command } from "./commands.ts";
import { advanced, brief, commandContextFixture, FleetFixture, rolloutFixture, specFixture, targetFixture } from "./fleet.fixture.ts";
import type { AdvanceContext } from "./advance.ts";
import type { Hold, Rollout, SentIntent, TargetDecision } from "./model.ts";
import { phaseOf, type RolloutPhase } from "./phase.ts";

/** When it happens: within the deadline of 10 s. */
const NOW_MS = 5_000;
const OPENS_AT_MS = 8_000;
const AGREED: SentIntent = { id: "ro-1.0", planHash: "1.0.0-2.0.0", sentAtMs: 0 };

type HoldReason = Hold["reason"];
export type State =
  | "Undecided"
  | "Postponed"
  | "Deferred"
  | "Asked"
  | "Sent"
  | `Held ${HoldReason}`
  | "Succeeded"
  | "Failed"
  | "Failed, open";

const heldBy = (reason: HoldReason): TargetDecision => ({
  type: "Sent",
  intent: { ...AGREED, hold: reason === "WindowClosed" ? { atMs: 1, reason, opensAtMs: OPENS_AT_MS } : { atMs: 1, reason } },
});

const STATES: { readonly [state in State]: TargetDecision } = {
  Undecided: { type: "Undecided" },
  Postponed: { type: "Undecided", opensAtMs: OPENS_AT_MS },
  Deferred: { type: "Deferred", atMs: 0 },
  Asked: { type: "Sent", intent: { id: "ro-1.0", sentAtMs: 0 } },
  Sent: { type: "Sent", intent: AGREED },
  "Held Aborted": heldBy("Aborted"),
  "Held RollingBack": heldBy("RollingBack"),
  "Held ProgressDeadlineExceeded": heldBy("ProgressDeadlineExceeded"),
  "Held Skipped": heldBy("Skipped"),
  "Held WindowClosed": heldBy("WindowClosed"),
  Succeeded: { type: "Settled", result: "Succeeded", atMs: 1, reasons: [] },
  Failed: { type: "Settled", result: "Failed", atMs: 1, reasons: [] },
  "Failed, open": {
    type: "Settled",
    result: "Failed",
    atMs: 1,
    reasons: [],
    openIntent: { ...AGREED, hold: { atMs: 1, reason: "ProgressDeadlineExceeded" } },
  },
};

export type Event =
  | "nothing"
  | `agent: ${IntentPhase}`
  | "report: arrived"
  | "offline"
  | "replaced"
  | "gone"
  | "deadline"
  | "window closed"
  | "window opens"
  | "retracted"
  | "not chosen"
  | "retried"
  | "retried, not chosen";

interface Happening {
  readonly fleet?: (fleet: FleetFixture) => void;
  readonly nowMs?: number;
  readonly context?: Partial<AdvanceContext>;
  readonly spec?: object;
  /** Somebody asks to try it again. */
  readonly retried?: true;
}

const ARRIVED = { version: "2.0.0", targetVersion: "2.0.0", generation: 4, observedGeneration: 4 };
const says = (phase: IntentPhase): Happening => ({
  fleet: (fleet) =>
    void fleet.answer("a", "ro-1.0", { phase, planHash: "1.0.0-2.0.0", ...(phase === "Running" ? { generation: 4 } : {}) }, 4_000),
});

const EVENTS: { readonly [event in Event]: Happening } = {
  nothing: {},
  "agent: Checked": says("Checked"),
  "agent: Waiting": says("Waiting"),
  "agent: Running": says("Running"),
  "agent: Done": { fleet: (fleet) => void fleet.answer("a", "ro-1.0", { phase: "Done", generation: 4 }, 4_000).set("a", ARRIVED) },
  "agent: Refused": says("Refused"),
  "agent: Failed": says("Failed"),
  "agent: Held": says("Held"),
  "report: arrived": { fleet: (fleet) => void fleet.set("a", ARRIVED) },
  offline: { fleet: (fleet) => void fleet.change("a", { connectivity: "Offline" }) },
  replaced: { fleet: (fleet) => void fleet.rebuild("a") },
  gone: { fleet: (fleet) => void fleet.remove("a") },
  deadline: { nowMs: 60_000 },
  "window closed": { spec: { windows: [{ cron: "0 2 * * *", duration: "1h" }] } },
  "window opens": { nowMs: OPENS_AT_MS },
  retracted: { context: { retraction: () => ({ code: "Retracted", message: "broken" }) } },
  "not chosen": { context: { candidates: [] } },
  retried: { retried: true },
  "retried, not chosen": { retried: true, context: { candidates: [] } },
};

export type Phase = Exclude<RolloutPhase, "Draft" | "Checking" | "Checked" | "Failed" | "Aborted" | "RolledBack">;

const interruption = { atMs: 2, reason: { code: "X", message: "x" } };
const PHASES: { readonly [phase in Phase]: Partial<Rollout> } = {
  Running: {},
  AwaitingApproval: { waves: [{ approvalAskedAtMs: 1 }] },
  Paused: { paused: interruption },
  Aborting: { aborted: interruption },
  RollingBack: { rollingBack: interruption },
  Succeeded: { finished: { result: "Succeeded", atMs: 2 }, waves: [{ startedAtMs: 0, settledAtMs: 1, passedAtMs: 2 }] },
};

/**
 * What becomes of the only target of a rollout (`=`: nothing), and where the rollout is then. An answer of the agent is about the intent
 * that was sent, or else about one before it. What is asked for and refused changes nothing.
 */
export function outcomeOf(phase: Phase, state: State, event: Event): { readonly target: string; readonly phase: RolloutPhase } {
  const { fleet: arrange, nowMs = NOW_MS, context = {}, spec: changes = {}, retried } = EVENTS[event];
  const fleet = new FleetFixture().add("a");
  arrange?.(fleet);
  const waves = phase === "AwaitingApproval" ? [{ maxConcurrent: 1, approval: { roles: ["owner"] } }] : [{ maxConcurrent: 1 }];
  const spec = specFixture({ ...changes, waves });
  const rollout = rolloutFixture([], { ...PHASES[phase], spec, targets: [targetFixture("a", STATES[state], { attempts: 1 })] });
  const asked = retried === undefined ? undefined : command(rollout, { type: "retry" }, commandContextFixture(fleet, { nowMs }));
  const after = advanced(asked !== undefined && "rollout" in asked ? asked.rollout : rollout, fleet, nowMs, context);
  const [target] = after.targets;
  const said = target === undefined ? "gone" : target.decision === STATES[state] ? "=" : brief(target);
  return { target: said, phase: phaseOf(after) };
}

const keysOf = <Name extends string>(record: { readonly [name in Name]: unknown }): readonly Name[] =>
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the record's type is exact
  Object.keys(record) as Name[];

export const EVENT_NAMES = keysOf(EVENTS);
export const STATE_NAMES = keysOf(STATES);
export const PHASE_NAMES = keysOf(PHASES);
