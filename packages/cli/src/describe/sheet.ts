import { formatTable, painterFor, printable, type Cell, type Console } from "../output/mod.ts";

/** Facts by name, and tables below headings, as `kubectl describe` shows them. */
export class Sheet {
  readonly #parts: string[] = [];
  readonly #console: Pick<Console, "out" | "env">;

  constructor(console: Pick<Console, "out" | "env">) {
    this.#console = console;
  }

  /** Those that are undefined or empty are left out. */
  facts(facts: { readonly [name: string]: string | undefined }): this {
    const shown = Object.entries(facts).filter((fact): fact is [string, string] => fact[1] !== undefined && fact[1] !== "");
    const width = Math.max(...shown.map(([name]) => name.length)) + 3;
    this.#parts.push(shown.map(([name, value]) => `${`${name}:`.padEnd(width)}${printable(value)}\n`).join(""));
    return this;
  }

  /** Left out when there is nothing. */
  lines(heading: string, lines: readonly string[]): this {
    if (lines.length > 0) {
      this.#parts.push(`${heading}:\n${lines.map((line) => `  ${printable(line)}\n`).join("")}`);
    }
    return this;
  }

  /** Left out when there are no rows. */
  table(heading: string, headers: readonly string[], rows: readonly (readonly Cell[])[]): this {
    if (rows.length > 0) {
      const table = formatTable(headers, rows, painterFor(this.#console.out, this.#console.env));
      this.#parts.push(`${heading}:\n${table.replaceAll(/^/gmu, "  ").trimEnd()}\n`);
    }
    return this;
  }

  print(): void {
    this.#console.out.write(this.#parts.join("\n"));
  }
}
