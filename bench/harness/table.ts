import type { BenchResult, Metric } from "./result.ts";

const COLUMNS = ["min", "median", "p99", "max"] as const;

/** A bench's result for people. */
export function resultTable({ bench, params, machine, metrics }: BenchResult): string {
  const header = ["metric", "unit", ...COLUMNS, "target", "met"];
  const rows = Object.entries(metrics).map(([name, metric]) => [
    name,
    metric.unit,
    ...COLUMNS.map((column) => rounded(metric[column])),
    ...verdict(metric),
  ]);
  const widths = header.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells.map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join("  ");
  return [
    `${bench} on ${machine.cores} × ${machine.cpu}, ${machine.memoryGiB} GiB, Node ${machine.node}, ${machine.platform}`,
    Object.entries(params)
      .map(([name, value]) => `${name}=${value}`)
      .join(" "),
    "",
    line(header),
    ...rows.map(line),
  ].join("\n");
}

function verdict({ target, met }: Metric): readonly string[] {
  return [target === null ? "" : String(target), met === null ? "" : met ? "yes" : "NO"];
}

function rounded(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
