/** A live view for a terminal: what has been said scrolls up, under it one progress line a cluster is drawn anew at every change. */
import { createLogUpdate } from "log-update";
import pc from "picocolors";
import type { HubInstance } from "../hub-client.ts";
import { describeEvent } from "./plain.ts";
import type { Narrator } from "./narrator.ts";

const barWidth = 18;

export function liveNarrator(stream: NodeJS.WritableStream): Narrator {
  const view = createLogUpdate(stream, { showCursor: false });
  let instances: readonly HubInstance[] = [];
  let focused: { readonly service: string; readonly target: string | undefined } | undefined;
  let due: NodeJS.Immediate | undefined;

  const draw = (): void => {
    // Many changes of one moment are one picture.
    due ??= setImmediate(() => {
      due = undefined;
      view(lines(instances, focused));
    });
  };
  const above = (text: string): void => {
    view.clear();
    stream.write(`${text}\n`);
    draw();
  };
  return {
    chapter: (title) => above(`\n${pc.bold(pc.cyan(title))}`),
    say: above,
    fleet: (now) => {
      instances = now;
      draw();
    },
    happened: (event) => {
      const line = describeEvent(event);
      if (line !== undefined && event.type !== "StepFinished") above(pc.dim(`  ${line}`));
    },
    focus: (service, target) => {
      focused = { service, target };
      draw();
    },
    end: () => {
      clearImmediate(due);
      view(lines(instances, focused));
      view.done();
    },
  };
}

function lines(
  instances: readonly HubInstance[],
  focused: { readonly service: string; readonly target: string | undefined } | undefined,
): string {
  return instances
    .filter((instance) => focused === undefined || instance.service === focused.service)
    .toSorted((a, b) => (a.cluster < b.cluster ? -1 : 1))
    .map((instance) => line(instance, focused?.target))
    .join("\n");
}

/** `  lisbon   certificates  0.13.0 → 0.15.0  ██████░░░░░░  step 2 of 3: before/delete-controller` */
function line(instance: HubInstance, target: string | undefined): string {
  const { cluster, service, version = "-", operation, ready } = instance;
  const arrived = target === undefined || version === target;
  const goal = arrived ? "" : ` → ${target}`;
  const share = operation === undefined ? (arrived ? 1 : 0) : operation.step / Math.max(1, operation.steps.length);
  const filled = Math.round(share * barWidth);
  const bar = `${pc.green("█".repeat(filled))}${pc.dim("░".repeat(barWidth - filled))}`;
  return `  ${pc.bold(cluster.padEnd(9))}${service.padEnd(14)}${`${version}${goal}`.padEnd(18)}${bar}  ${state(instance, arrived && ready)}`;
}

function state({ operation, message = "" }: HubInstance, well: boolean): string {
  if (operation !== undefined) {
    const action = operation.action === undefined ? "" : `: ${operation.action}`;
    return pc.yellow(`step ${Math.min(operation.step + 1, operation.steps.length)} of ${operation.steps.length}${action}`);
  }
  return well ? pc.green("ready") : pc.dim(message);
}
