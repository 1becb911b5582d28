import type { Target, Upgrade } from "../client/mod.ts";
import { formatTable, painterFor, printItems, state, type Console, type ListFormat } from "../output/mod.ts";
import { upgradeView } from "../resources/mod.ts";
import { progressOf } from "./progress.ts";

/** Shows an upgrade as it is: for people with all of its targets. */
export async function showOutcome(console: Console, upgrade: Upgrade, output: ListFormat): Promise<void> {
  await printItems(console, output, upgradeView, { item: upgrade });
  if (output === "table" || output === "wide") {
    const headers = ["CLUSTER", "NAMESPACE", "NAME", "STATE", "STEP", "WAY", "DETAIL"];
    const rows = upgrade.targets.map((target) => rowOf(target, upgrade.version));
    console.out.write(`\n${formatTable(headers, rows, painterFor(console.out, console.env))}`);
  }
}

function rowOf(target: Target, goal: string) {
  const { done, total, way, detail } = progressOf(target, goal);
  const step = total === 0 ? "" : `${Math.min(done + 1, total)}/${total}`;
  return [target.cluster, target.namespace, target.name, state(target.state), step, way, detail];
}
