import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LineSplitter } from "./line-splitter.ts";

function cut(bytes: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let rest = bytes;
  for (const size of sizes) {
    parts.push(rest.subarray(0, size));
    rest = rest.subarray(size);
  }
  return [...parts, rest];
}

describe("LineSplitter", () => {
  it("gives the same lines wherever the chunks end", () => {
    const line = fc.string({ unit: "grapheme", minLength: 1 }).filter((text) => text.trim() !== "" && !text.includes("\n"));
    fc.assert(
      fc.property(fc.array(line), fc.array(fc.nat(12)), (lines, sizes) => {
        const splitter = new LineSplitter();
        const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(""));
        const found = cut(bytes, sizes).flatMap((chunk) => splitter.push(chunk));
        expect(found).toEqual(lines);
        expect(splitter.pendingBytes).toBe(0);
      }),
    );
  });

  it("leaves empty lines out and counts what has no end", () => {
    const splitter = new LineSplitter();
    expect(splitter.push(Buffer.from("\n\r\n{}\n{"))).toEqual(["{}"]);
    expect(splitter.pendingBytes).toBe(1);
  });

  it("refuses a line without an end before it fills the memory", () => {
    const splitter = new LineSplitter();
    const chunk = new Uint8Array(8 * 1024 * 1024).fill(65);
    expect(() => {
      for (let index = 0; index < 5; index += 1) splitter.push(chunk);
    }).toThrow(RangeError);
  });
});
