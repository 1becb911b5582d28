import type { Target, Rollout } from "../client/mod.ts";
import { describeReason, type ReasonText } from "../errors/mod.ts";
import { instanceText } from "../resources/mod.ts";

/** How far one target is. */
export interface TargetProgress {
  /** Steps that are done, and all of them; zero steps: none has been reported. */
  readonly done: number;
  readonly total: number;
  /** `0.13.0 → 0.14.0`, the running step; or from where to where the whole way goes. */
  readonly way: string;
  /** What it does or waits for, or why it ended as it did. */
  readonly detail: string;
}

export function progressOf({ operation, from, to, version, state, reasons }: Target): TargetProgress {
  const reason = reasons.map(({ code, message }) => `${code}: ${message}`).join("; ");
  const step = operation?.steps[operation.step];
  if (operation !== undefined && step !== undefined) {
    const detail = [operation.action ?? "", operation.message ?? "", reason].filter((text) => text !== "").join(", ");
    return { done: operation.step, total: operation.steps.length, way: `${step.from ?? "nothing"} → ${step.to}`, detail };
  }
  const total = operation?.steps.length ?? 0;
  const there = state === "Succeeded" ? (to ?? version ?? "removed") : (version ?? from ?? "nothing");
  return { done: total, total, way: there === from || from === undefined ? there : `${from} → ${there}`, detail: reason };
}

/** One line for each target that is in another state, or at another step, than before. */
export function changes(before: Rollout | undefined, after: Rollout): readonly string[] {
  const known = new Map(before?.targets.map((target) => [instanceText(target), lineOf(target)]));
  const ended = phaseLines(before, after);
  const moved = after.targets.flatMap((target) => {
    const line = lineOf(target);
    return known.get(instanceText(target)) === line ? [] : [line];
  });
  return after.finishedAt === undefined ? [...ended, ...moved] : [...moved, ...ended];
}

/** The phase of the whole, when it is another one, and why it stands still. */
function phaseLines(before: Rollout | undefined, after: Rollout): readonly string[] {
  if (after.phase === before?.phase) {
    return [];
  }
  const reason = interruptionOf(after);
  return [`${after.name} ${after.phase}${reason === undefined ? "" : ` (${describeReason(reason)})`}`];
}

/** Why a rollout does not go on as it was meant to. */
export function interruptionOf({
  paused,
  aborted,
  rollingBack,
  phase,
}: Pick<Rollout, "paused" | "aborted" | "rollingBack" | "phase">): ReasonText | undefined {
  return (phase === "Paused" ? paused : (aborted ?? rollingBack))?.reason;
}

function lineOf(target: Target): string {
  const { done, total, way, detail } = progressOf(target);
  const step = done < total ? `step ${done + 1}/${total} ` : "";
  // Actions pass by too fast to be lines of a log; why something ended does not.
  const why = target.reasons.length === 0 ? "" : ` (${detail})`;
  return `${instanceText(target)} ${target.state} ${step}${way}${why}`;
}
