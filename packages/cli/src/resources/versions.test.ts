import { describe, expect, it } from "vitest";
import type { VersionRow } from "../client/mod.ts";
import { narrow } from "./versions.ts";

const at = (cluster: string) => ({ cluster, namespace: "n", name: "x" });
const rows: VersionRow[] = [
  {
    service: "s",
    version: "2.0.0",
    counts: { installed: 1, reachable: 1, blocked: 1 },
    installed: [at("a")],
    reachable: [{ ...at("b"), steps: 2 }],
    blocked: [{ ...at("c"), reasons: [] }],
  },
  { service: "s", version: "1.0.0", counts: { installed: 1, reachable: 0, blocked: 0 }, installed: [at("b")], reachable: [], blocked: [] },
];

describe("narrow", () => {
  it("counts anew, and leaves out versions that concern none of the chosen", () => {
    const found = narrow(rows, ({ cluster }) => cluster === "a" || cluster === "c");
    expect(found.map(({ version, counts }) => ({ version, counts }))).toEqual([
      { version: "2.0.0", counts: { installed: 1, reachable: 0, blocked: 1 } },
    ]);
  });

  it("changes nothing when everything is chosen", () => {
    expect(narrow(rows, () => true)).toEqual(rows);
  });
});
