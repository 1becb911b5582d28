import { formatTable, type Painter } from "../output/mod.ts";

interface PlanStep {
  readonly from: string | null;
  readonly to: string;
  readonly upgrader: string | null;
  readonly direction: string;
  readonly disruptive: boolean;
  readonly irreversible: boolean;
}

interface PlanRisk {
  readonly id: string;
  readonly message: string;
  readonly url?: string | undefined;
  readonly applies: string;
}

/** A plan, whoever made it. */
export interface PlanText {
  /** What is planned: `prod-eu/default/certificates`. */
  readonly subject: string;
  readonly from: string | null;
  readonly to: string;
  readonly steps: readonly PlanStep[];
  readonly cost: number;
  readonly risks: readonly PlanRisk[];
  readonly hash?: string | undefined;
}

/** A plan for people. */
export function formatPlan({ subject, from, to, steps, cost, risks, hash }: PlanText, paint: Painter): string {
  if (steps.length === 0) {
    return `${subject} is at ${to} already\n`;
  }
  const table = formatTable(
    ["STEP", "FROM", "TO", "BY", "DIRECTION", "NOTES"],
    steps.map((step, index) => [String(index + 1), step.from ?? "", step.to, step.upgrader ?? "", step.direction, notesOf(step)]),
    paint,
  );
  const shown = risks.map((risk) => `risk ${describeRisk(risk)}\n`).join("");
  return `${subject}: ${from ?? "nothing"} → ${to}\n${table}${shown}cost ${cost}${hash === undefined ? "" : `, hash ${hash}`}\n`;
}

function notesOf({ disruptive, irreversible }: PlanStep): string {
  return [...(disruptive ? ["disruptive"] : []), ...(irreversible ? ["irreversible"] : [])].join(", ");
}

/** What cannot be evaluated counts as applying; a person should know which it is. */
export function describeRisk({ id, message, url, applies }: PlanRisk): string {
  return `${id}${applies === "Unknown" ? " (may apply)" : ""}: ${message}${url === undefined ? "" : ` (${url})`}`;
}

/** `0.12.0 → 0.13.0 → 0.14.0`. */
export function pathText(from: string | null | undefined, steps: readonly PlanStep[]): string {
  return [from ?? "nothing", ...steps.map(({ to }) => to)].join(" → ");
}
