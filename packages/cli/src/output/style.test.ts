import { describe, expect, it } from "vitest";
import { painterFor } from "./style.ts";

const bad = { text: "no", style: "bad" } as const;
const terminal = { write: () => true, isTTY: true };

describe("painterFor", () => {
  it("colours for a terminal", () => {
    expect(painterFor(terminal, {})(bad)).toBe("\u001B[31mno\u001B[39m");
  });

  it("does not colour for a pipe, where NO_COLOR says no, or for a dumb terminal", () => {
    expect(painterFor({ write: () => true }, {})(bad)).toBe("no");
    expect(painterFor(terminal, { NO_COLOR: "1" })(bad)).toBe("no");
    expect(painterFor(terminal, { TERM: "dumb" })(bad)).toBe("no");
  });

  it("takes an empty NO_COLOR as none, as its definition says", () => {
    expect(painterFor(terminal, { NO_COLOR: "" })(bad)).toBe("\u001B[31mno\u001B[39m");
  });
});
