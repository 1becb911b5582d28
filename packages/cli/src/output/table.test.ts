import { describe, expect, it } from "vitest";
import { painterFor } from "./style.ts";
import { formatTable } from "./table.ts";

const plain = painterFor({ write: () => true }, {});
const coloured = painterFor({ write: () => true, isTTY: true }, {});

describe("formatTable", () => {
  it("aligns columns, and leaves nothing behind the last", () => {
    expect(
      formatTable(
        ["NAME", "STATE", "AGE"],
        [
          ["a", "Online", "1s"],
          ["longer-name", "Off", ""],
        ],
        plain,
      ),
    ).toBe("NAME         STATE   AGE\na            Online  1s\nlonger-name  Off     -\n");
  });

  it("aligns by what is seen: characters of several code points, and colours, have no more width", () => {
    const rows = [
      [{ text: "👩‍🚀", style: "good" as const }, "x"],
      ["ab", "y"],
    ];
    expect(formatTable(["N", "M"], rows, plain)).toBe("N   M\n👩‍🚀   x\nab  y\n");
    expect(formatTable(["N", "M"], rows, coloured)).toBe("N   M\n\u001B[32m👩‍🚀\u001B[39m   x\nab  y\n");
  });

  it("keeps a row one row, and the terminal from obeying", () => {
    expect(formatTable(["A"], [["one\ntwo\u001B[31m"]], plain)).toBe("A\none two\uFFFD[31m\n");
  });
});
