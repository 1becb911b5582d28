import type { Reason } from "@portolan/shared/wire";
import { windowState, parseWindows } from "@portolan/shared/windows";
import { instanceKey, type FleetReader, type InstanceKey } from "../fleet/mod.ts";
import { assessSent, deadlineOf, held, isClosed, isOnline, observe, settle, settledFrom } from "./assess.ts";
import { allowedFailures, exceededBudget, isFailure } from "./budget.ts";
import { checkHash, followCheck, isCheckComplete, type CheckContext } from "./check.ts";
import { dispatch, takeBack } from "./dispatch.ts";
import { gateOf, type GateContext } from "./gate.ts";
import { isChosenByVersion, newTarget, type Member } from "./members.ts";
import {
  approvalExpiresAtMs,
  currentWave,
  inOpenWave,
  isQuestion,
  reopened,
  UNDECIDED,
  type Interruption,
  type Rollout,
  type RolloutResult,
  type Target,
  type WaveProgress,
} from "./model.ts";
import { phaseOf } from "./phase.ts";
import { retractionIn, type RetractionOf } from "./retraction.ts";
import { noRoomAfter, type Room } from "./room.ts";
import { undoTargets } from "./undo.ts";
import { waitEndsAtMs } from "./waiting-time.ts";
import { waveName, waveOfJoining } from "./waves.ts";

/** What decisions are made from, beside the rollout itself. */
export interface AdvanceContext extends GateContext, CheckContext {
  /**
   * What the selector chooses now, whatever version is installed. Absent: nothing has changed that could make it choose otherwise.
   */
  readonly candidates?: readonly Member[];
  readonly retraction: RetractionOf;
  /** Whether another open rollout has an instance. */
  readonly isTaken: (key: InstanceKey) => boolean;
  /** The rollout that brings this one's targets back, from when it is made. */
  readonly undo?: Rollout;
  readonly room: Room;
  /** Why a cluster cannot be told its intents; undefined: it can. */
  readonly undeliverable: (cluster: string) => Reason | undefined;
}

/**
 * What is decided next about a rollout. Either the targets change or the rest does, never both: what is written first is then never the
 * consequence of what is written after it.
 */
export interface Advance {
  /** By index: those that changed, or joined. */
  readonly targets: ReadonlyMap<number, Target>;
  /** The rollout without its targets' changes; absent: unchanged. */
  readonly head?: Rollout;
  /** Time alone can change something then; until then only messages can. */
  readonly wakeAtMs?: number;
  /** Everything has come to its end, and the way back can be prepared. */
  readonly needsUndo?: true;
}

const NOTHING: ReadonlyMap<number, Target> = new Map();

/**
 * Decides what comes next, from what was decided before and what the fleet view says. Pure and level-based: asked again with the same
 * view it decides nothing new, and after a crash it goes on from what was stored.
 */
export function advance(rollout: Rollout, context: AdvanceContext): Advance {
  return new Turn(rollout, context).decide();
}

/** The rollout with what {@link advance} decided. */
export function applyAdvance(rollout: Rollout, { head = rollout, targets }: Advance): Rollout {
  if (targets.size === 0) {
    return head;
  }
  const all = [...head.targets];
  for (const [index, target] of targets) {
    all[index] = target;
  }
  return { ...head, targets: all };
}

/** One call of {@link advance}. */
class Turn {
  readonly #rollout: Rollout;
  readonly #context: AdvanceContext;
  #wakeAtMs: number | undefined;

  constructor(rollout: Rollout, context: AdvanceContext) {
    this.#rollout = rollout;
    this.#context = context;
  }

  decide(): Advance {
    const rollout = this.#rollout;
    const phase = phaseOf(rollout);
    switch (phase) {
      case "Draft":
      case "Checked":
        return this.#targets(NOTHING);
      case "Checking":
        return this.#check();
      case "Running":
      case "AwaitingApproval":
        return (
          this.#first([() => this.#follow(), () => this.#comeAndGo(), () => this.#comeBack()]) ??
          this.#headOr(() => this.#inWindow(() => this.#send()))
        );
      case "Paused":
        return this.#first([() => this.#follow(), () => this.#comeAndGo(), () => this.#takeBackQuestions()]) ?? this.#headOr(() => NOTHING);
      case "Aborting":
      case "RollingBack":
        return this.#first([() => this.#follow(), () => this.#stopTargets()]) ?? this.#headOr(() => NOTHING);
      case "Succeeded":
      case "Failed":
      case "Aborted":
      case "RolledBack":
        return this.#first([() => this.#follow()]) ?? this.#targets(this.#mayCatchUp() ? this.#catchUp() : this.#stopTargets());
    }
  }

  #check(): Advance {
    const { targets, wakeAtMs } = followCheck(this.#rollout, this.#context);
    this.#wakeAt(wakeAtMs);
    const { check } = this.#rollout;
    if (targets.size > 0 || check === undefined || !isCheckComplete(this.#rollout)) {
      return this.#targets(targets);
    }
    return { targets: NOTHING, head: { ...this.#rollout, check: { ...check, hash: checkHash(this.#rollout) } } };
  }

  /** The first of these that changes targets. */
  #first(passes: readonly (() => ReadonlyMap<number, Target>)[]): Advance | undefined {
    for (const pass of passes) {
      const targets = pass();
      if (targets.size > 0) {
        return this.#targets(targets);
      }
    }
    return undefined;
  }

  #headOr(pass: () => ReadonlyMap<number, Target>): Advance {
    const head = this.#head();
    if (head !== this.#rollout) {
      return { targets: NOTHING, head };
    }
    const needsUndo = phaseOf(head) === "RollingBack" && head.undoneBy === undefined && this.#isQuiet(head);
    const targets = pass();
    const noRoom = this.#noRoom(targets);
    return noRoom === undefined
      ? { ...this.#targets(targets), ...(needsUndo ? { needsUndo: true } : {}) }
      : { targets: NOTHING, head: { ...head, paused: this.#interruption(noRoom) } };
  }

  /** Nothing moves any more, or has moved for so long: what is brought back then stays there. */
  #isQuiet({ spec, targets }: Rollout): boolean {
    let quiet = true;
    for (const { decision } of targets) {
      if (decision.type !== "Settled") {
        quiet = false;
      } else if (decision.openIntent !== undefined) {
        const untilMs = decision.atMs + spec.progressDeadlineSeconds * 1000;
        quiet &&= this.#context.nowMs >= untilMs;
        this.#wakeAt(this.#context.nowMs < untilMs ? untilMs : undefined);
      }
    }
    return quiet;
  }

  #targets(targets: ReadonlyMap<number, Target>): Advance {
    return { targets, ...(this.#wakeAtMs === undefined ? {} : { wakeAtMs: this.#wakeAtMs }) };
  }

  /** Settles what ended; what was left open is closed as soon as its agent has said the last word. */
  #follow(): ReadonlyMap<number, Target> {
    const { spec } = this.#rollout;
    const { fleet, nowMs } = this.#context;
    const changed = new Map<number, Target>();
    for (const [index, target] of this.#rollout.targets.entries()) {
      const { decision } = target;
      if (decision.type === "Sent") {
        const seen = observe(target, fleet);
        const verdict = assessSent(target, decision.intent, seen, spec, nowMs);
        if (verdict === undefined) {
          this.#wakeAt(deadlineOf(decision.intent, seen, spec));
        } else {
          changed.set(index, { ...target, decision: settledFrom(decision, verdict) });
        }
      } else if (
        decision.type === "Settled" &&
        decision.openIntent !== undefined &&
        isClosed(decision.openIntent, observe(target, fleet))
      ) {
        const { openIntent: _closed, ...settled } = decision;
        changed.set(index, { ...target, decision: settled });
      }
    }
    return changed;
  }

  /**
   * Clusters and instances that the selector chooses now, and did not before; and the other way round, as long as nothing was sent. Who is
   * in because of its version stays in, whatever it moves to: to move it is what the rollout is for.
   */
  #comeAndGo(): ReadonlyMap<number, Target> {
    const { candidates, labelsOf, nowMs } = this.#context;
    const { spec, targets, undoes } = this.#rollout;
    const changed = new Map<number, Target>();
    const wave = currentWave(this.#rollout);
    // A rollout that brings others' targets back has those alone.
    if (candidates === undefined || undoes !== undefined) {
      return changed;
    }
    const chosen = new Map(candidates.map((member) => [instanceKey(member), member]));
    for (const [index, target] of targets.entries()) {
      const isChosen = chosen.delete(instanceKey(target));
      if (!isChosen && (target.decision.type === "Undecided" || target.decision.type === "Deferred") && this.#hasLeft(target)) {
        const reason: Reason = { code: "NotSelected", message: "the selector does not choose it any more" };
        changed.set(index, { ...target, decision: settle("Skipped", nowMs, reason) });
      }
    }
    for (const member of wave === undefined ? [] : chosen.values()) {
      const joins = isChosenByVersion(spec, member) && !this.#context.isTaken(instanceKey(member));
      const joining = joins ? newTarget(member, waveOfJoining(spec, member.view, labelsOf, wave ?? 0), spec) : undefined;
      if (joining !== undefined) {
        changed.set(targets.length + [...changed.keys()].filter((index) => index >= targets.length).length, joining);
      }
    }
    return changed;
  }

  /** Not merely unknown: what was not heard of is not gone. */
  #hasLeft(target: Target): boolean {
    const seen = observe(target, this.#context.fleet);
    return (
      seen.replaced || seen.gone || (seen.cluster !== undefined && (seen.instance !== undefined || this.#rollout.spec.action === "install"))
    );
  }

  /** Nobody is told to begin by what it answers. */
  #takeBackQuestions(): ReadonlyMap<number, Target> {
    const changed = new Map<number, Target>();
    for (const [index, target] of this.#rollout.targets.entries()) {
      if (isQuestion(target.decision)) {
        changed.set(index, { ...target, decision: UNDECIDED });
      }
    }
    return changed;
  }

  /** Nothing new is sent; what is in flight stops after its running step. */
  #stopTargets(): ReadonlyMap<number, Target> {
    const { nowMs } = this.#context;
    const { aborted, targets } = this.#rollout;
    const reason: Reason =
      aborted === undefined
        ? { code: "RollingBack", message: "the rollout was brought back before this target was sent" }
        : { code: "Aborted", message: "the rollout was aborted before this target was sent" };
    const changed = new Map<number, Target>();
    for (const [index, target] of targets.entries()) {
      const { decision } = target;
      if (decision.type === "Undecided" || decision.type === "Deferred" || isQuestion(decision)) {
        changed.set(index, { ...target, decision: settledFrom(decision, settle("Skipped", nowMs, reason)) });
      } else if (decision.type === "Sent" && decision.intent.hold === undefined) {
        changed.set(index, {
          ...target,
          decision: held(decision.intent, { atMs: nowMs, reason: aborted === undefined ? "RollingBack" : "Aborted" }),
        });
      }
    }
    return changed;
  }

  /** Why what is to be sent would reach nobody. */
  #noRoom(targets: ReadonlyMap<number, Target>): Reason | undefined {
    const sends = [...targets.values()].some(({ decision }) => decision.type === "Sent" && decision.intent.hold === undefined);
    return sends ? noRoomAfter(targets.values(), () => applyAdvance(this.#rollout, { targets }), this.#context.room) : undefined;
  }

  #send(): ReadonlyMap<number, Target> {
    const { targets, wakeAtMs } = dispatch(this.#rollout, this.#context.fleet, this.#context.nowMs);
    this.#wakeAt(wakeAtMs);
    return targets;
  }

  /** What may be sent while the rollout's own windows are open; while they are closed, what has not begun is taken back. */
  #inWindow(pass: () => ReadonlyMap<number, Target>): ReadonlyMap<number, Target> {
    const { fleet, nowMs } = this.#context;
    const parsed = parseWindows(this.#rollout.spec.windows, "windows");
    const window = parsed.valid ? windowState(parsed.windows, nowMs) : undefined;
    if (window?.open === false) {
      const taken = takeBack(this.#rollout, fleet, nowMs, window.opensAtMs);
      this.#wakeAt(taken.wakeAtMs);
      return taken.targets;
    }
    this.#wakeAt(window?.untilMs);
    return pass();
  }

  /** What was put off because its cluster was offline has its turn when that is back, or is left out when the rollout is over without it. */
  #comeBack(): ReadonlyMap<number, Target> {
    const { nowMs } = this.#context;
    const { spec, targets, waves } = this.#rollout;
    const changed = new Map<number, Target>();
    const lastPassedAtMs =
      currentWave(this.#rollout) === undefined ? Math.max(...waves.map(({ passedAtMs = 0 }) => passedAtMs)) : undefined;
    for (const [index, target] of targets.entries()) {
      if (target.decision.type !== "Deferred") {
        continue;
      }
      const endMs =
        lastPassedAtMs === undefined || spec.offline === "CatchUp"
          ? Infinity
          : waitEndsAtMs(this.#rollout, Math.max(lastPassedAtMs, target.decision.atMs), spec.progressDeadlineSeconds * 1000);
      if (this.#mayBeLookedAt(target)) {
        changed.set(index, { ...inOpenWave(this.#rollout, target), decision: UNDECIDED });
      } else if (nowMs >= endMs) {
        changed.set(index, { ...target, decision: settle("Skipped", nowMs, STILL_OFFLINE) });
      } else if (endMs !== Infinity) {
        this.#wakeAt(endMs);
      }
    }
    return changed;
  }

  /** It is known what becomes of it: its cluster is back, or will never be. */
  #mayBeLookedAt(target: Target): boolean {
    const seen = observe(target, this.#context.fleet);
    return isOnline(seen) || seen.replaced;
  }

  /** Until somebody aborts it, or brings its targets back. */
  #mayCatchUp(): boolean {
    return this.#rollout.aborted === undefined && this.#context.undo === undefined;
  }

  /** After the end: clusters that were offline all the time are brought up when they are back. */
  #catchUp(): ReadonlyMap<number, Target> {
    const { nowMs } = this.#context;
    const { finished, spec, targets } = this.#rollout;
    const changed = new Map<number, Target>();
    const endMs = (finished?.atMs ?? 0) + spec.catchUpSeconds * 1000;
    for (const [index, target] of targets.entries()) {
      const waits = target.decision.type === "Deferred" || target.decision.type === "Undecided" || isQuestion(target.decision);
      if (!waits) {
        continue;
      }
      const tooLate = nowMs >= endMs ? STILL_OFFLINE : this.#whyNotCaughtUp(target);
      if (tooLate !== undefined) {
        changed.set(index, { ...target, decision: settledFrom(target.decision, settle("Skipped", nowMs, tooLate)) });
      } else if (target.decision.type === "Deferred" && this.#mayBeLookedAt(target)) {
        changed.set(index, { ...target, decision: UNDECIDED });
      } else {
        this.#wakeAt(endMs);
      }
    }
    if (changed.size > 0) {
      return changed;
    }
    const sent = this.#inWindow(() => this.#send());
    const noRoom = this.#noRoom(sent);
    return noRoom === undefined
      ? sent
      : new Map([...sent].map(([index, target]) => [index, { ...target, decision: settle("Skipped", nowMs, noRoom) }]));
  }

  #whyNotCaughtUp(target: Target): Reason | undefined {
    if (this.#context.isTaken(instanceKey(target))) {
      return { code: "Superseded", message: "another rollout has the instance now" };
    }
    const retracted = target.to === undefined ? undefined : this.#context.retraction(this.#rollout.spec.service, target.to);
    return retracted === undefined ? undefined : { code: "VersionRetracted", message: retracted.message };
  }

  /** What is decided about the rollout as a whole. The same object when nothing is. */
  #head(): Rollout {
    const rollout = this.#rollout;
    if (rollout.aborted !== undefined) {
      return rollout.targets.every(isOver) ? this.#finish(rollout, endOf(rollout)) : rollout;
    }
    if (rollout.rollingBack !== undefined) {
      return this.#endRollback(rollout);
    }
    const stop = this.#stop(rollout);
    if (stop !== undefined) {
      return stop;
    }
    return rollout.paused === undefined ? this.#moveOn(rollout) : this.#reopen(rollout);
  }

  /** What keeps a rollout from going on: too many failures, a version that nobody should go to any more, or what no agent hears. */
  #stop(rollout: Rollout): Rollout | undefined {
    if (rollout.paused !== undefined) {
      return undefined;
    }
    const exceeded = rollout.spec.onFailure === "Continue" ? undefined : exceededBudget(rollout);
    if (exceeded !== undefined) {
      const where = exceeded.wave === undefined ? "" : ` of wave ${waveName(rollout.spec, exceeded.wave)}`;
      const message = `${exceeded.failures} ${exceeded.failures === 1 ? "target has" : "targets have"} failed, and the failure budget${where} allows ${exceeded.allowed}`;
      return this.#interrupt(rollout, { code: "FailureBudgetExceeded", message });
    }
    const retracted = retractionIn(rollout, this.#context.retraction);
    if (retracted !== undefined) {
      return { ...rollout, paused: this.#interruption({ code: "VersionRetracted", message: retracted.message }) };
    }
    const undelivered = this.#undelivered(rollout);
    return undelivered === undefined ? undefined : { ...rollout, paused: this.#interruption(undelivered) };
  }

  /** Why an agent was not told what it was sent: labels or catalogs have filled its document since. */
  #undelivered({ targets }: Rollout): Reason | undefined {
    const { fleet, undeliverable } = this.#context;
    for (const { cluster, decision } of targets) {
      const isHeard = decision.type !== "Sent" || fleet.cluster(cluster)?.intents.has(decision.intent.id) === true;
      const reason = isHeard ? undefined : undeliverable(cluster);
      if (reason !== undefined) {
        return reason;
      }
    }
    return undefined;
  }

  #interrupt(rollout: Rollout, reason: Reason): Rollout {
    const interruption = this.#interruption(reason);
    return rollout.spec.onFailure === "Rollback" ? { ...rollout, rollingBack: interruption } : { ...rollout, paused: interruption };
  }

  #interruption(reason: Reason): Interruption {
    return { atMs: this.#context.nowMs, reason };
  }

  /** From wave to wave, as far as it goes now. */
  #moveOn(start: Rollout): Rollout {
    let rollout = start;
    for (let wave = currentWave(rollout); wave !== undefined; wave = currentWave(rollout)) {
      const next = this.#moveWave(rollout, wave);
      if (next === rollout) {
        return rollout;
      }
      rollout = next;
      if (rollout.paused !== undefined || rollout.rollingBack !== undefined) {
        return rollout;
      }
    }
    const left = rollout.targets.some(
      ({ decision }) =>
        decision.type === "Undecided" || decision.type === "Sent" || (decision.type === "Deferred" && rollout.spec.offline !== "CatchUp"),
    );
    return left ? rollout : this.#finish(rollout, endOf(rollout));
  }

  #moveWave(rollout: Rollout, wave: number): Rollout {
    const { nowMs } = this.#context;
    const { approval } = rollout.spec.waves[wave] ?? {};
    const progress = rollout.waves[wave] ?? {};
    const own = rollout.targets.filter((target) => target.wave === wave);
    if (own.length === 0) {
      return withWave(rollout, wave, { ...progress, passedAtMs: nowMs });
    }
    if (approval !== undefined && progress.approved === undefined) {
      return this.#awaitApproval(rollout, wave, progress, approval.expiresAfterSeconds);
    }
    if (progress.startedAtMs === undefined) {
      return withWave(rollout, wave, { ...progress, startedAtMs: nowMs });
    }
    if (progress.settledAtMs === undefined) {
      return own.some(({ decision }) => decision.type === "Undecided" || decision.type === "Sent")
        ? rollout
        : withWave(rollout, wave, { ...progress, settledAtMs: nowMs });
    }
    const again = this.#reopen(rollout);
    if (again !== rollout) {
      return again;
    }
    const gate = gateOf(rollout, wave, progress.settledAtMs, this.#context);
    switch (gate.type) {
      case "Open":
        return withWave(rollout, wave, { ...progress, passedAtMs: nowMs });
      case "Soaking":
      case "Closed":
        this.#wakeAt(gate.untilMs);
        return rollout;
      case "Failed":
        return rollout.spec.onFailure === "Continue"
          ? withWave(rollout, wave, { ...progress, passedAtMs: nowMs })
          : this.#interrupt(rollout, gate.reason);
    }
  }

  /** Somebody joined the wave that soaks, or was tried again in it; also while the rollout stands still, and whoever it is may leave before it goes on. */
  #reopen(rollout: Rollout): Rollout {
    const wave = currentWave(rollout);
    const progress = wave === undefined ? undefined : rollout.waves[wave];
    const isBusy =
      progress?.settledAtMs !== undefined &&
      rollout.targets.some((target) => target.wave === wave && (target.decision.type === "Undecided" || target.decision.type === "Sent"));
    return wave !== undefined && isBusy ? withWave(rollout, wave, reopened(progress)) : rollout;
  }

  #awaitApproval(rollout: Rollout, wave: number, progress: WaveProgress, expiresAfterSeconds: number | undefined): Rollout {
    const { nowMs } = this.#context;
    if (progress.approvalAskedAtMs === undefined) {
      return withWave(rollout, wave, { ...progress, approvalAskedAtMs: nowMs });
    }
    if (expiresAfterSeconds === undefined) {
      return rollout;
    }
    const expiresAtMs = approvalExpiresAtMs(rollout, wave);
    if (nowMs < expiresAtMs) {
      this.#wakeAt(expiresAtMs);
      return rollout;
    }
    const message = `nobody approved wave ${waveName(rollout.spec, wave)} within ${expiresAfterSeconds} s`;
    return { ...rollout, paused: this.#interruption({ code: "ApprovalExpired", message }) };
  }

  #endRollback(rollout: Rollout): Rollout {
    const { undo } = this.#context;
    if (rollout.undoneBy === undefined || undo?.finished === undefined) {
      return rollout;
    }
    return this.#finish(rollout, endOfRollback(rollout, this.#context.fleet));
  }

  #finish(rollout: Rollout, result: RolloutResult): Rollout {
    return { ...rollout, finished: { result, atMs: this.#context.nowMs } };
  }

  #wakeAt(atMs: number | undefined): void {
    if (atMs !== undefined && atMs !== Infinity) {
      this.#wakeAtMs = Math.min(this.#wakeAtMs ?? Infinity, atMs);
    }
  }
}

const STILL_OFFLINE: Reason = { code: "Offline", message: "the cluster did not come back in time" };

function withWave(rollout: Rollout, wave: number, progress: WaveProgress): Rollout {
  return { ...rollout, waves: rollout.waves.with(wave, progress) };
}

function isOver({ decision }: Target): boolean {
  return decision.type === "Settled";
}

/** Whatever was meant: rolled back is a rollout only when everything is as it was before, and nothing is still on its way. */
export function endOfRollback(rollout: Rollout, fleet: FleetReader): RolloutResult {
  const open = rollout.targets.some(({ decision }) => decision.type === "Settled" && decision.openIntent !== undefined);
  return open || undoTargets(rollout, fleet).length > 0 ? "Failed" : "RolledBack";
}

/** How a rollout has ended whose targets all have: failures within its budget are what the budget is for. */
function endOf({ aborted, spec, targets }: Rollout): RolloutResult {
  const failures = targets.filter(isFailure).length;
  const missed = failures > allowedFailures(spec.failureBudget, targets.length);
  const stopped = targets.some(
    ({ decision }) => decision.type === "Settled" && (decision.result === "Held" || decision.result === "Skipped"),
  );
  if (aborted !== undefined && (failures > 0 || stopped)) {
    return "Aborted";
  }
  return missed || targets.some(({ decision }) => decision.type === "Settled" && decision.result === "Held") ? "Failed" : "Succeeded";
}
