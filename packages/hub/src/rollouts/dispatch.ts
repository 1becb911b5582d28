import type { Reason } from "@portolan/shared/wire";
import { wrongDirection } from "./check.ts";
import { CLUSTER_REPLACED, hasBegun, held, INSTANCE_GONE, isOnline, observe, settle, waitsForWindow, type Observation } from "./assess.ts";
import type { FleetReader, InstanceView } from "../fleet/mod.ts";
import { intentId, isQuestion, type Rollout, type Target, type TargetDecision } from "./model.ts";
import { availableWithin, planFor } from "./target-plan.ts";
import { waitEndsAtMs } from "./waiting-time.ts";

/** What is sent, what is left out, and what gives its place to another. */
export interface Dispatch {
  readonly targets: ReadonlyMap<number, Target>;
  readonly wakeAtMs?: number;
}

const OFFLINE: Reason = { code: "Offline", message: "the cluster was offline when its turn came" };
const NOT_ITS_OWN: Reason = { code: "NotItsOwn", message: "the instance is not the one that was installed by the rollout" };
const UNKNOWN: Reason = { code: "AvailabilityUnknown", message: "the agent has not said anything about the instance" };

/**
 * Sends what is waiting in the waves that have begun, so many as may be on their way: what can begin at once before what waits for a
 * maintenance window.
 */
export function dispatch(rollout: Rollout, fleet: FleetReader, nowMs: number): Dispatch {
  const waves = new Map<number, WaveQueue>();
  for (const [index, target] of rollout.targets.entries()) {
    if (rollout.waves[target.wave]?.startedAtMs !== undefined) {
      const queue = waves.get(target.wave) ?? { waiting: [], sent: [], stopping: 0, lastChangeMs: 0 };
      waves.set(target.wave, queue);
      enqueue(queue, index, target, fleet, nowMs);
    }
  }
  const turn = new DispatchTurn(rollout, nowMs);
  for (const [wave, queue] of waves) {
    turn.carryOut(queue.sent);
    if (queue.waiting.length > 0) {
      turn.serve(wave, queue);
    }
  }
  return turn.result();
}

/** While the rollout's own windows are closed nothing is sent, and what has not begun is taken back. */
export function takeBack(rollout: Rollout, fleet: FleetReader, nowMs: number, opensAtMs: number): Dispatch {
  const targets = new Map<number, Target>();
  for (const [index, target] of rollout.targets.entries()) {
    const { decision } = target;
    if (isQuestion(decision)) {
      targets.set(index, { ...target, decision: { type: "Undecided", opensAtMs } });
    } else if (decision.type === "Sent" && decision.intent.hold === undefined && !hasBegun(decision.intent, observe(target, fleet))) {
      targets.set(index, { ...target, decision: held(decision.intent, { atMs: nowMs, reason: "WindowClosed", opensAtMs }) });
    }
  }
  return { targets, wakeAtMs: opensAtMs };
}

interface WaveQueue {
  readonly waiting: Waiting[];
  readonly sent: { readonly index: number; readonly target: Target; readonly seen: Observation }[];
  /** So many were given up, and their agents, which are online, have not said yet that they stopped. */
  stopping: number;
  /** When one of its targets last moved. */
  lastChangeMs: number;
}

/** A target that was not sent. */
interface Waiting {
  readonly index: number;
  readonly target: Target;
  readonly seen: Observation;
  /** When its maintenance window opens; 0: nothing is known that keeps it from beginning. */
  readonly closedUntilMs: number;
}

function enqueue(queue: WaveQueue, index: number, target: Target, fleet: FleetReader, nowMs: number): void {
  const { decision } = target;
  switch (decision.type) {
    case "Undecided": {
      const { opensAtMs = 0 } = decision;
      queue.lastChangeMs = Math.max(queue.lastChangeMs, opensAtMs);
      queue.waiting.push({ index, target, seen: observe(target, fleet), closedUntilMs: opensAtMs > nowMs ? opensAtMs : 0 });
      break;
    }
    case "Sent":
      queue.sent.push({ index, target, seen: observe(target, fleet) });
      break;
    case "Settled":
      queue.lastChangeMs = Math.max(queue.lastChangeMs, decision.atMs);
      queue.stopping += decision.openIntent !== undefined && isOnline(observe(target, fleet)) ? 1 : 0;
      break;
    case "Deferred":
      break;
  }
}

function settled(target: Target, decision: TargetDecision): Target {
  return { ...target, decision };
}

/** The plan that was agreed to with the check; what is tried again has none, and goes by the agent's plan of then. */
function agreedHash({ check }: Target): string | undefined {
  return check?.type === "Checked" ? check.planHash : undefined;
}

function whyUnknown({ to }: Target, { instance }: Observation): Reason {
  const found = instance === undefined || to === undefined ? undefined : planFor(instance, to);
  return found?.type === "Unknown" ? found.reason : UNKNOWN;
}

/** One call of {@link dispatch}. */
class DispatchTurn {
  readonly #rollout: Rollout;
  readonly #nowMs: number;
  readonly #targets = new Map<number, Target>();
  #wakeAtMs: number | undefined;

  constructor(rollout: Rollout, nowMs: number) {
    this.#rollout = rollout;
    this.#nowMs = nowMs;
  }

  /** What an agent that was asked for its plan said is what it is told to carry out now. */
  carryOut(sent: WaveQueue["sent"]): void {
    for (const { index, target, seen } of sent) {
      const { decision } = target;
      if (decision.type === "Sent" && isQuestion(decision)) {
        const state = seen.cluster?.intents.get(decision.intent.id)?.state;
        if (state?.phase === "Checked" && state.planHash !== undefined) {
          this.#targets.set(index, settled(target, { type: "Sent", intent: { ...decision.intent, planHash: state.planHash } }));
        }
      }
    }
  }

  serve(wave: number, { waiting, sent, stopping, lastChangeMs }: WaveQueue): void {
    const { spec, waves } = this.#rollout;
    let free = (spec.waves[wave]?.maxConcurrent ?? 1) - sent.length - stopping;
    let withoutPlace = 0;
    const unknown: Waiting[] = [];
    for (const next of waiting.sort((a, b) => a.closedUntilMs - b.closedUntilMs || Number(isOnline(b.seen)) - Number(isOnline(a.seen)))) {
      const decided = this.#decide(next);
      if (decided === undefined) {
        unknown.push(next);
      } else if (decided.decision.type !== "Sent") {
        this.#targets.set(next.index, decided);
      } else if (free > 0) {
        free -= 1;
        this.#targets.set(next.index, decided);
        this.#wakeAt(this.#nowMs + spec.progressDeadlineSeconds * 1000);
      } else if (next.closedUntilMs > this.#nowMs) {
        this.#wakeAt(next.closedUntilMs);
      } else {
        withoutPlace += 1;
      }
    }
    this.#makeRoom(sent, withoutPlace);
    const sinceMs = Math.max(lastChangeMs, waves[wave]?.startedAtMs ?? 0);
    if (sent.length === 0 && unknown.length === waiting.length) {
      this.#endFruitlessWait(unknown, waitEndsAtMs(this.#rollout, sinceMs, spec.progressDeadlineSeconds * 1000));
    }
  }

  result(): Dispatch {
    return { targets: this.#targets, ...(this.#wakeAtMs === undefined ? {} : { wakeAtMs: this.#wakeAtMs }) };
  }

  /** What becomes of a waiting target, if there is a place; undefined: its agent has not said enough yet. */
  #decide({ index, target, seen }: Waiting): Target | undefined {
    const { spec } = this.#rollout;
    if (seen.replaced) {
      return settled(target, settle("Skipped", this.#nowMs, CLUSTER_REPLACED));
    }
    if (!isOnline(seen)) {
      return settled(target, spec.offline === "Skip" ? settle("Skipped", this.#nowMs, OFFLINE) : { type: "Deferred", atMs: this.#nowMs });
    }
    if (target.check?.type === "Refused") {
      return settled(target, settle("Skipped", this.#nowMs, ...target.check.reasons));
    }
    switch (spec.action) {
      case "upgrade":
      case "downgrade":
        return this.#move(index, target, seen, spec.action);
      case "install":
        return this.#send(index, target, seen, agreedHash(target));
      case "configure":
        return seen.gone
          ? settled(target, settle("Skipped", this.#nowMs, INSTANCE_GONE))
          : this.#send(index, target, seen, agreedHash(target));
      case "remove":
        return this.#remove(index, target, seen);
    }
  }

  #remove(index: number, target: Target, seen: Observation): Target {
    const { gone, instance } = seen;
    if (gone) {
      return settled(target, settle("Succeeded", this.#nowMs));
    }
    // Somebody may have made another one of the name since.
    const { undoes, uid } = this.#rollout;
    const makers = undoes === undefined ? [] : [undoes.uid, uid];
    const isOwn = makers.length === 0 || makers.some((maker) => instance?.status.intentId?.startsWith(`${maker}.`));
    return isOwn ? this.#send(index, target, seen, agreedHash(target)) : settled(target, settle("Skipped", this.#nowMs, NOT_ITS_OWN));
  }

  #move(index: number, target: Target, seen: Observation, action: "upgrade" | "downgrade"): Target | undefined {
    const { spec } = this.#rollout;
    const { gone, instance } = seen;
    if (gone) {
      return settled(target, settle("Skipped", this.#nowMs, INSTANCE_GONE));
    }
    if (instance === undefined) {
      return undefined;
    }
    const to = target.to ?? availableWithin(instance, spec.versionRange ?? "");
    if (to === undefined) {
      return this.#leaveOut(target, [{ code: "NothingInRange", message: `it can reach no version within ${spec.versionRange ?? ""}` }]);
    }
    const aimed = { ...target, to };
    const direction = wrongDirection(aimed, action);
    if (direction !== undefined) {
      return this.#leaveOut(aimed, direction.reasons);
    }
    const found = planFor(instance, to);
    switch (found.type) {
      case "There":
        return settled(aimed, this.#alreadyThere(instance));
      case "Installed":
        return this.#send(index, aimed, seen, agreedHash(aimed));
      case "Reachable":
        return this.#send(index, aimed, seen, agreedHash(aimed) ?? found.plan.planHash);
      case "Unreachable":
        return this.#leaveOut(aimed, found.reasons);
      case "Unknown":
        return undefined;
    }
  }

  #leaveOut(target: Target, reasons: readonly Reason[]): Target {
    return settled(target, settle(this.#rollout.spec.unreachable === "Skip" ? "Skipped" : "Refused", this.#nowMs, ...reasons));
  }

  #alreadyThere({ status: { ready, message = "no reason was reported" } }: InstanceView): TargetDecision {
    const reason: Reason = { code: "NotReady", message: `it is at the version already, but not ready: ${message}` };
    return ready ? settle("Succeeded", this.#nowMs) : settle("Skipped", this.#nowMs, reason);
  }

  #send(index: number, target: Target, { cluster }: Observation, planHash: string | undefined): Target {
    const attempts = target.attempts + 1;
    const { clockSkewMs = 0 } = cluster ?? {};
    const intent = {
      id: intentId(this.#rollout, index, attempts),
      ...(planHash === undefined ? {} : { planHash }),
      sentAtMs: this.#nowMs,
      ...(clockSkewMs === 0 ? {} : { clockSkewMs }),
    };
    return { ...target, attempts, decision: { type: "Sent", intent } };
  }

  /**
   * Takes back the intents of targets that wait for a maintenance window, for so many targets that could begin at once. Their places are
   * free when their agents have said that they are held: until then a window may open, and they act.
   */
  #makeRoom(sent: WaveQueue["sent"], places: number): void {
    const comingFree = sent.filter(
      ({ target: { decision } }) => decision.type === "Sent" && decision.intent.hold?.reason === "WindowClosed",
    ).length;
    const idle = sent
      .flatMap(({ index, target, seen }) => {
        const intent = target.decision.type === "Sent" ? target.decision.intent : undefined;
        const opensAtMs =
          intent === undefined || intent.hold !== undefined || !isOnline(seen) ? undefined : waitsForWindow(intent, seen, this.#nowMs);
        return intent === undefined || opensAtMs === undefined ? [] : [{ index, target, intent, opensAtMs }];
      })
      .sort((a, b) => b.opensAtMs - a.opensAtMs);
    for (const { index, target, intent, opensAtMs } of idle.slice(0, Math.max(0, places - comingFree))) {
      this.#targets.set(index, { ...target, decision: held(intent, { atMs: this.#nowMs, reason: "WindowClosed", opensAtMs }) });
    }
  }

  /** Targets whose plan never becomes known must not keep a wave open for ever, once they are all that is left. */
  #endFruitlessWait(unknown: readonly Waiting[], endMs: number): void {
    if (this.#nowMs < endMs) {
      if (endMs !== Infinity) {
        this.#wakeAt(endMs);
      }
      return;
    }
    for (const { index, target, seen } of unknown) {
      this.#targets.set(index, settled(target, settle("Failed", this.#nowMs, whyUnknown(target, seen))));
    }
  }

  #wakeAt(atMs: number): void {
    this.#wakeAtMs = Math.min(this.#wakeAtMs ?? Infinity, atMs);
  }
}
