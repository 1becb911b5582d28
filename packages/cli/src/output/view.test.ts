import { parse } from "yaml";
import { describe, expect, it } from "vitest";
import { printItems, type ListFormat, type View } from "./view.ts";

interface Ship {
  readonly name: string;
  readonly masts: number;
  readonly launchedAt: number;
}

const view: View<Ship> = {
  plural: "ships",
  name: ({ name }) => name,
  columns: [
    { header: "NAME", cell: ({ name }) => name },
    { header: "AGE", cell: ({ launchedAt }, nowMs) => String(nowMs - launchedAt) },
    { header: "MASTS", cell: ({ masts }) => String(masts), wide: true },
  ],
};
const NINA = { name: "nina", masts: 2, launchedAt: 10 };
const ships = [NINA, { name: "pinta", masts: 3, launchedAt: 20 }];

async function print(
  format: ListFormat,
  found: Parameters<typeof printItems<Ship>>[3],
): Promise<{ readonly out: string; readonly err: string }> {
  const written = { out: "", err: "" };
  const console = {
    out: { write: (text: string) => (written.out += text) },
    err: { write: (text: string) => (written.err += text) },
    stdin: (async function* () {})(),
    env: {},
    now: () => 100,
  };
  await printItems(console, format, view, found);
  return written;
}

describe("printItems", () => {
  it("shows the wide columns when asked to", async () => {
    expect(await print("table", { items: ships })).toEqual({ out: "NAME   AGE\nnina   90\npinta  80\n", err: "" });
    expect(await print("wide", { items: ships })).toEqual({ out: "NAME   AGE  MASTS\nnina   90   2\npinta  80   3\n", err: "" });
  });

  it("gives programs one document: a list as items, one thing as itself", async () => {
    expect(JSON.parse((await print("json", { items: ships })).out)).toEqual({ items: ships });
    expect(JSON.parse((await print("json", { item: NINA })).out)).toEqual(NINA);
    expect(parse((await print("yaml", { items: ships })).out)).toEqual({ items: ships });
  });

  it("gives names, one a line", async () => {
    expect(await print("name", { items: ships })).toEqual({ out: "nina\npinta\n", err: "" });
  });

  it("says that there is nothing, but not where a program reads", async () => {
    expect(await print("table", { items: [] })).toEqual({ out: "", err: "no ships found\n" });
    expect(await print("name", { items: [] })).toEqual({ out: "", err: "" });
    expect(JSON.parse((await print("json", { items: [] })).out)).toEqual({ items: [] });
  });
});
