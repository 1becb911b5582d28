import { printable } from "./console.ts";
import type { Painter, Styled } from "./style.ts";
import { widthOf } from "./width.ts";

export type Cell = string | Styled;

const GAP = "  ";

/** Columns as wide as their widest cell, two spaces apart; nothing stands behind the last one. An empty cell is `-`, so that every row has as many words. */
export function formatTable(headers: readonly string[], rows: readonly (readonly Cell[])[], paint: Painter): string {
  const cells = rows.map((row) => row.map(clean));
  const widths = headers.map((header, column) => Math.max(header.length, ...cells.map((row) => widthOf(row[column]?.text ?? ""))));
  const lines = [headers.map((text): Styled => ({ text, style: "plain" })), ...cells].map((row) =>
    row
      .map((cell, column) => paint(cell) + (column === row.length - 1 ? "" : " ".repeat((widths[column] ?? 0) - widthOf(cell.text))))
      .join(GAP),
  );
  return `${lines.map((line) => line.trimEnd()).join("\n")}\n`;
}

function clean(cell: Cell): Styled {
  const { text, style }: Styled = typeof cell === "string" ? { text: cell, style: "plain" } : cell;
  return { text: text === "" ? "-" : printable(text), style };
}
