import type { Reason } from "@portolan/shared/wire";
import type { FleetReader } from "../fleet/mod.ts";
import {
  assessSent,
  CLUSTER_REPLACED,
  deadlineOf,
  INSTANCE_GONE,
  isClosed,
  observe,
  settle,
  waitsForWindow,
  type Goal,
  type Observation,
  type Verdict,
} from "./assess.ts";
import { isOpen, type Target, type TargetDecision, type TargetResult, type Upgrade, type UpgradeResult } from "./model.ts";
import { planFor } from "./target-plan.ts";

/** What is decided next about an upgrade. Empty when nothing is to do but wait. */
export interface Advance {
  /** By index of the target. */
  readonly decisions: ReadonlyMap<number, TargetDecision>;
  readonly finished?: UpgradeResult;
  /** Time alone can change something then; until then only messages can. */
  readonly wakeAtMs?: number;
}

const ABORTED: Reason = { code: "Aborted", message: "the upgrade was aborted before this target was sent" };
const EARLIER_FAILURE: Reason = { code: "EarlierFailure", message: "another target failed before this one was sent" };

/**
 * Decides what comes next, from what was decided before and what the fleet view says. Pure and level-based: asked again with the same
 * view it decides nothing new, and after a crash it goes on from what was stored.
 */
export function advance(upgrade: Upgrade, fleet: FleetReader, nowMs: number): Advance {
  const turn = new Turn(upgrade, fleet, nowMs);
  turn.followSent();
  if (upgrade.abortedAtMs !== undefined) {
    turn.abort();
  } else if (upgrade.settings.onFailure === "Stop" && turn.hasFailed()) {
    turn.skipWaiting(EARLIER_FAILURE);
  } else {
    turn.sendWaiting();
  }
  return turn.result();
}

/** A target that was not sent. */
interface Waiting {
  readonly index: number;
  readonly seen: Observation;
  /** When its maintenance window opens; 0: nothing is known that keeps it from beginning. */
  readonly closedUntilMs: number;
  readonly postponements: number;
}

function isOnline({ cluster }: Observation): boolean {
  return cluster?.connectivity === "Online";
}

/** The last time at which a target that is not in flight could have moved. */
function lastChangeMs(decision: TargetDecision): number {
  return decision.type === "Settled" ? decision.atMs : decision.type === "Undecided" ? (decision.postponed?.opensAtMs ?? 0) : 0;
}

/** One call of {@link advance}: the targets, and what was decided about them so far. */
class Turn {
  readonly #upgrade: Upgrade;
  readonly #fleet: FleetReader;
  readonly #nowMs: number;
  readonly #goal: Goal;
  readonly #decisions = new Map<number, TargetDecision>();
  #wakeAtMs: number | undefined;

  constructor(upgrade: Upgrade, fleet: FleetReader, nowMs: number) {
    this.#upgrade = upgrade;
    this.#fleet = fleet;
    this.#nowMs = nowMs;
    this.#goal = { version: upgrade.version, progressDeadlineMs: upgrade.settings.progressDeadlineSeconds * 1000 };
  }

  /** Settles what ended; what was left open is closed as soon as its agent has said the last word. */
  followSent(): void {
    for (const [index, target] of this.#upgrade.targets.entries()) {
      const { decision } = target;
      if (decision.type === "Sent") {
        const seen = observe(target, this.#fleet);
        const verdict = assessSent(decision.intent, seen, this.#goal, this.#nowMs);
        if (verdict === undefined) {
          this.#wakeAt(deadlineOf(decision.intent, seen, this.#goal));
        }
        this.#decide(index, verdict);
      } else if (
        decision.type === "Settled" &&
        decision.openIntent !== undefined &&
        isClosed(decision.openIntent, observe(target, this.#fleet))
      ) {
        const { openIntent: _closed, ...settled } = decision;
        this.#decide(index, settled);
      }
    }
  }

  /** Nothing new is sent; what is in flight stops after its running step. */
  abort(): void {
    this.skipWaiting(ABORTED);
    for (const [index, decision] of this.#current()) {
      if (decision.type === "Sent" && decision.intent.hold === undefined) {
        this.#decide(index, { type: "Sent", intent: { ...decision.intent, hold: { atMs: this.#nowMs, reason: "Aborted" } } });
        this.#wakeAt(this.#nowMs + this.#goal.progressDeadlineMs);
      }
    }
  }

  skipWaiting(reason: Reason): void {
    for (const [index, decision] of this.#current()) {
      if (decision.type === "Undecided") {
        this.#decide(index, settle("Skipped", this.#nowMs, reason));
      }
    }
  }

  hasFailed(): boolean {
    return this.#current().some(([, decision]) => decision.type === "Settled" && decision.result === "Failed");
  }

  /**
   * Sends as many as may be in flight: what can begin at once before what waits for a maintenance window, clusters that are online first.
   */
  sendWaiting(): void {
    const current = this.#current();
    let free = this.#upgrade.settings.maxConcurrent - current.filter(([, { type }]) => type === "Sent").length;
    let withoutPlace = 0;
    for (const { index, seen, closedUntilMs, postponements } of this.#queue()) {
      const verdict = this.#assessWaiting(index, seen, postponements);
      if (verdict?.type === "Sent") {
        if (free === 0) {
          if (closedUntilMs > this.#nowMs) {
            this.#wakeAt(closedUntilMs);
          } else if (isOnline(seen)) {
            withoutPlace += 1;
          }
          continue;
        }
        free -= 1;
        this.#wakeAt(this.#nowMs + this.#goal.progressDeadlineMs);
      }
      this.#decide(index, verdict);
    }
    this.#makeRoom(withoutPlace);
    this.#endFruitlessWait();
  }

  /** What is undecided, in the order in which it is sent. */
  #queue(): readonly Waiting[] {
    const waiting = this.#current().flatMap(([index, decision, target]): Waiting[] => {
      if (decision.type !== "Undecided") {
        return [];
      }
      const { opensAtMs = 0, postponements = 0 } = decision.postponed ?? {};
      return [{ index, seen: observe(target, this.#fleet), closedUntilMs: opensAtMs > this.#nowMs ? opensAtMs : 0, postponements }];
    });
    return waiting.sort((a, b) => a.closedUntilMs - b.closedUntilMs || Number(isOnline(b.seen)) - Number(isOnline(a.seen)));
  }

  /**
   * Takes back the intents of targets that wait for a maintenance window, for so many targets that could begin at once. Their places are
   * free when their agents have said that they are held: until then a window may open, and they act.
   */
  #makeRoom(places: number): void {
    const sent = this.#current().flatMap(([index, decision, target]) =>
      decision.type === "Sent" ? [{ index, intent: decision.intent, seen: observe(target, this.#fleet) }] : [],
    );
    const comingFree = sent.filter(({ intent }) => intent.hold?.reason === "WindowClosed").length;
    const idle = sent
      .filter(({ intent, seen }) => intent.hold === undefined && isOnline(seen))
      .flatMap(({ index, intent, seen }) => {
        const opensAtMs = waitsForWindow(intent, seen, this.#nowMs);
        return opensAtMs === undefined ? [] : [{ index, intent, opensAtMs }];
      })
      .sort((a, b) => b.opensAtMs - a.opensAtMs);
    for (const { index, intent, opensAtMs } of idle.slice(0, Math.max(0, places - comingFree))) {
      this.#decide(index, { type: "Sent", intent: { ...intent, hold: { atMs: this.#nowMs, reason: "WindowClosed", opensAtMs } } });
    }
  }

  result(): Advance {
    const finished = isOpen(this.#upgrade) ? this.#finished() : undefined;
    return {
      decisions: this.#decisions,
      ...(finished === undefined ? {} : { finished }),
      ...(this.#wakeAtMs === undefined ? {} : { wakeAtMs: this.#wakeAtMs }),
    };
  }

  #assessWaiting(index: number, { replaced, instance, gone }: Observation, postponements: number): Verdict {
    if (replaced) {
      return settle("Skipped", this.#nowMs, CLUSTER_REPLACED);
    }
    if (gone) {
      return settle("Skipped", this.#nowMs, INSTANCE_GONE);
    }
    if (instance === undefined) {
      return undefined;
    }
    const found = planFor(instance, this.#upgrade.version);
    switch (found.type) {
      case "There":
        return this.#alreadyThere(instance.status.ready, instance.status.message);
      case "Reachable":
        return {
          type: "Sent",
          intent: {
            // What was said about an intent that was taken back is not about this one.
            id: postponements === 0 ? `${this.#upgrade.id}.${index}` : `${this.#upgrade.id}.${index}.${postponements}`,
            planHash: found.plan.planHash,
            sentAtMs: this.#nowMs,
            ...(postponements === 0 ? {} : { postponements }),
          },
        };
      case "Unreachable":
        return settle(this.#upgrade.settings.unreachable === "Skip" ? "Skipped" : "Refused", this.#nowMs, ...found.reasons);
      case "Unknown":
        return undefined;
    }
  }

  #alreadyThere(ready: boolean, message = "no reason was reported"): TargetDecision {
    const reason: Reason = { code: "NotReady", message: `it is at the version already, but not ready: ${message}` };
    return ready ? settle("Succeeded", this.#nowMs) : settle("Skipped", this.#nowMs, reason);
  }

  /** Targets whose plan never becomes known must not keep the upgrade open for ever, once they are all that is left. */
  #endFruitlessWait(): void {
    const current = this.#current();
    const waiting = current.filter(([, { type }]) => type === "Undecided");
    if (waiting.length === 0 || current.some(([, { type }]) => type === "Sent")) {
      return;
    }
    const lastMs = current.reduce((latestMs, [, decision]) => Math.max(latestMs, lastChangeMs(decision)), this.#upgrade.createdAtMs);
    const endMs = lastMs + this.#goal.progressDeadlineMs;
    if (this.#nowMs < endMs) {
      this.#wakeAt(endMs);
      return;
    }
    const reason: Reason = { code: "AvailabilityUnknown", message: "the agent did not say how to get to the version" };
    for (const [index] of waiting) {
      this.#decide(index, settle("Failed", this.#nowMs, reason));
    }
  }

  #finished(): UpgradeResult | undefined {
    const results = new Set<TargetResult>();
    for (const [, decision] of this.#current()) {
      if (decision.type !== "Settled") {
        return undefined;
      }
      results.add(decision.result);
    }
    const missed = results.has("Failed") || results.has("Refused") || results.has("Held");
    if (this.#upgrade.abortedAtMs !== undefined && (missed || results.has("Skipped"))) {
      return "Aborted";
    }
    return missed ? "Failed" : "Succeeded";
  }

  /** Index, decision (with what this turn decided) and target. */
  #current(): [number, TargetDecision, Target][] {
    return this.#upgrade.targets.map((target, index) => [index, this.#decisions.get(index) ?? target.decision, target]);
  }

  #decide(index: number, decision: Verdict): void {
    if (decision !== undefined) {
      this.#decisions.set(index, decision);
    }
  }

  #wakeAt(atMs: number): void {
    this.#wakeAtMs = Math.min(this.#wakeAtMs ?? Infinity, atMs);
  }
}

/** The upgrade with what {@link advance} decided. */
export function applyAdvance(upgrade: Upgrade, { decisions, finished }: Advance, nowMs: number): Upgrade {
  return {
    ...upgrade,
    targets: upgrade.targets.map((target, index) => {
      const decision = decisions.get(index);
      return decision === undefined ? target : { ...target, decision };
    }),
    ...(finished === undefined ? {} : { finished: { result: finished, atMs: nowMs } }),
  };
}
