import { note, printable, type Console } from "./console.ts";
import { formatDocument } from "./document.ts";
import { painterFor } from "./style.ts";
import { formatTable, type Cell } from "./table.ts";

export type ListFormat = "table" | "wide" | "json" | "yaml" | "name";

export interface Column<T> {
  readonly header: string;
  readonly cell: (item: T, nowMs: number) => Cell;
  /** Shown with `-o wide` only. */
  readonly wide?: true;
}

/** How one kind of thing is listed. */
export interface View<T> {
  /** In messages: `clusters`. */
  readonly plural: string;
  readonly columns: readonly Column<T>[];
  /** Printed before the name with `-o name`, as kubectl does: `rollout/cve`. Absent: the name stands alone. */
  readonly kind?: string;
  /** What other commands take for it. */
  readonly name: (item: T) => string;
}

/**
 * Prints things in the form that was asked for.
 *
 * @param found a list, which is printed as `{items}` in documents, or the one thing that was asked for by its name, printed as itself
 */
export async function printItems<T>(
  console: Console,
  format: ListFormat,
  view: View<T>,
  found: { readonly items: readonly T[] } | { readonly item: T },
): Promise<void> {
  const items = "item" in found ? [found.item] : found.items;
  switch (format) {
    case "json":
    case "yaml":
      console.out.write(await formatDocument("item" in found ? found.item : { items }, format));
      break;
    case "name":
      console.out.write(items.map((item) => `${printable(nameOf(view, item))}\n`).join(""));
      break;
    case "table":
    case "wide":
      if (items.length === 0) {
        note(console, `no ${view.plural} found`);
      } else {
        console.out.write(table(console, format === "wide", view, items));
      }
      break;
  }
}

function nameOf<T>({ kind, name }: View<T>, item: T): string {
  return kind === undefined ? name(item) : `${kind}/${name(item)}`;
}

function table<T>({ out, env, now }: Console, wide: boolean, { columns }: View<T>, items: readonly T[]): string {
  const shown = columns.filter((column) => wide || column.wide !== true);
  const nowMs = now();
  return formatTable(
    shown.map(({ header }) => header),
    items.map((item) => shown.map(({ cell }) => cell(item, nowMs))),
    painterFor(out, env),
  );
}
