import type { Target, Rollout } from "../client/mod.ts";
import { formatTable, painterFor, printItems, state, type Console, type ListFormat } from "../output/mod.ts";
import { rolloutView } from "../resources/mod.ts";
import { progressOf } from "./progress.ts";

/** Shows a rollout as it is: for people with all of its targets. */
export async function showOutcome(console: Console, rollout: Rollout, output: ListFormat): Promise<void> {
  await printItems(console, output, rolloutView, { item: rollout });
  if (output === "table" || output === "wide") {
    const headers = ["WAVE", "CLUSTER", "NAMESPACE", "NAME", "STATE", "STEP", "WAY", "DETAIL"];
    const rows = rollout.targets.map((target) => rowOf(target));
    console.out.write(`\n${formatTable(headers, rows, painterFor(console.out, console.env))}`);
  }
}

function rowOf(target: Target) {
  const { done, total, way, detail } = progressOf(target);
  const step = total === 0 ? "" : `${Math.min(done + 1, total)}/${total}`;
  return [target.wave, target.cluster, target.namespace, target.name, state(target.state), step, way, detail];
}
