import type { Rollout, TargetCheck } from "../client/mod.ts";
import { describeReason } from "../errors/mod.ts";
import { formatTable, painterFor, printable, shortDuration, type Cell, type Console } from "../output/mod.ts";
import { instanceText } from "../resources/mod.ts";

/** What the agents said they would do: those that cannot, and steps that cannot be taken back, first. */
export function formatCheck({ out, env }: Pick<Console, "out" | "env">, { targets, checkHash }: Rollout): string {
  const rows = targets
    .toSorted((a, b) => rank(a.check) - rank(b.check))
    .map(({ wave, cluster, namespace, name, from, to, check }): readonly Cell[] => [
      wave,
      cluster,
      namespace,
      name,
      from ?? "nothing",
      to ?? "",
      verdictOf(check),
      (check?.steps ?? []).join(" → "),
      notesOf(check),
    ]);
  const table = formatTable(["WAVE", "CLUSTER", "NAMESPACE", "NAME", "FROM", "TO", "CHECK", "STEPS", "NOTES"], rows, painterFor(out, env));
  const reasons = targets.flatMap((target) =>
    (target.check?.reasons ?? []).map((reason) => `${instanceText(target)}: ${describeReason(reason)}`),
  );
  return [table, ...reasons.map((line) => `${printable(line)}\n`), ...(checkHash === undefined ? [] : [`check ${checkHash}\n`])].join("");
}

function rank(check: TargetCheck | undefined): number {
  return check?.type === "Refused" ? 0 : check?.irreversible === true ? 1 : check?.type === "Unchecked" ? 2 : 3;
}

function verdictOf(check: TargetCheck | undefined): Cell {
  switch (check?.type) {
    case "Checked":
      return { text: "ok", style: "good" };
    case "There":
      return { text: "there already", style: "faint" };
    case "Refused":
      return { text: "refused", style: "bad" };
    case "Unchecked":
      return { text: "unchecked", style: "busy" };
    default:
      return { text: "asked", style: "busy" };
  }
}

function notesOf(check: TargetCheck | undefined): string {
  const { changes, estimatedMs } = check ?? {};
  return [
    ...(check?.disruptive === true ? ["disruptive"] : []),
    ...(check?.irreversible === true ? ["irreversible"] : []),
    ...(check?.risks ?? []).map((id) => `risk ${id}`),
    ...(changes === undefined ? [] : [`+${changes.created} ~${changes.changed} -${changes.deleted} objects`]),
    ...(estimatedMs === undefined ? [] : [`about ${shortDuration(estimatedMs)}`]),
  ].join(", ");
}
