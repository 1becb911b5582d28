import type { Target, Rollout } from "../client/mod.ts";
import { cutTo, printable, shortDuration, state, widthOf, type Painter } from "../output/mod.ts";
import { countsText, goalText } from "../resources/mod.ts";
import { progressOf } from "./progress.ts";

export interface FrameSize {
  readonly columns: number;
  readonly rows: number;
}

const BAR_CELLS = 12;
/** The order in which targets are shown where not all of them fit: what needs a look, what moves, what is done. */
const INTERESTING = ["Failed", "Refused", "Running", "Waiting", "Sent", "Held", "Deferred", "Pending", "Skipped", "Succeeded"];

/** A rollout as the lines of a terminal, one for each target. They fit into it: a line that wraps would make the frame higher than it says. */
export function frame(rollout: Rollout, { columns, rows }: FrameSize, nowMs: number, paint: Painter): readonly string[] {
  const end = rollout.finishedAt === undefined ? nowMs : Date.parse(rollout.finishedAt);
  const took = shortDuration(Math.max(0, end - Date.parse(rollout.startedAt ?? rollout.createdAt)));
  const goal = printable([rollout.spec.action, rollout.spec.service, goalText(rollout.spec)].filter((text) => text !== "").join(" "));
  const counts = cutTo(`${took}  ${countsText(rollout.counts)}`, columns - widthOf(`${goal}  ${rollout.phase}  `));
  const room = Math.max(1, rows - 3);
  const shown = rollout.targets.length <= room ? rollout.targets : mostInteresting(rollout.targets, room);
  const hidden = rollout.targets.length - shown.length;
  const names = new Set(rollout.targets.map(({ cluster }) => cluster)).size === rollout.targets.length;
  const labels = shown.map(({ cluster, namespace, name }) => printable(names ? cluster : `${cluster}/${namespace}/${name}`));
  const width = Math.max(0, ...labels.map(widthOf));
  return [
    `${goal}  ${paint(state(rollout.phase))}  ${counts}`,
    ...shown.map((target, index) => targetLine(target, (labels[index] ?? "").padEnd(width), columns, paint)),
    ...(hidden === 0 ? [] : [`… and ${hidden} more`]),
  ];
}

function mostInteresting(targets: readonly Target[], room: number): readonly Target[] {
  const rank = (target: Target): number => INTERESTING.indexOf(target.state);
  const chosen = new Set(targets.toSorted((a, b) => rank(a) - rank(b)).slice(0, room));
  return targets.filter((target) => chosen.has(target));
}

function targetLine(target: Target, label: string, columns: number, paint: Painter): string {
  const { done, total, way, detail } = progressOf(target);
  const complete = target.state === "Succeeded";
  // The step that runs counts as half done: something moves from the start.
  const filled = complete ? BAR_CELLS : total === 0 ? 0 : Math.round((Math.min(done + 0.5, total) / total) * BAR_CELLS);
  const bar =
    paint({ text: "█".repeat(filled), style: complete ? "good" : "busy" }) +
    paint({ text: "░".repeat(BAR_CELLS - filled), style: "faint" });
  const before = `  ${label}  ${"█".repeat(BAR_CELLS)}  ${target.state.padEnd(9)}  `;
  const rest = printable(
    `${total > 1 && !complete ? `${Math.min(done + 1, total)}/${total} ` : ""}${way}${detail === "" ? "" : `  ${detail}`}`,
  );
  const painted = paint({ ...state(target.state), text: target.state.padEnd(9) });
  return `  ${label}  ${bar}  ${painted}  ${cutTo(rest, columns - widthOf(before))}`;
}
