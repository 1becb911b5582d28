import { describe, expect, it } from "vitest";
import { MAX_FILE_BYTES, readYaml, YamlError } from "./yaml.ts";

/** What an action throws. */
function attempt(action: () => unknown): unknown {
  try {
    action();
    return undefined;
  } catch (error) {
    return error;
  }
}

describe("readYaml", () => {
  it("reads all documents, and leaves empty ones out", () => {
    expect(readYaml("---\na: 1\n---\n# nothing\n---\n- b\n")).toEqual([{ a: 1 }, ["b"]]);
    expect(readYaml("")).toEqual([]);
  });

  it("reads YAML 1.2: no is text, and there are no merge keys", () => {
    expect(readYaml("a: no\nb: 1.10\nc: '1.10'\nd: 0o17\n<<: {e: 1}")).toEqual([{ a: "no", b: 1.1, c: "1.10", d: 15, "<<": { e: 1 } }]);
  });

  it("follows aliases", () => {
    expect(readYaml("a: &x {b: 1}\nc: *x")).toEqual([{ a: { b: 1 }, c: { b: 1 } }]);
  });

  const bomb = [
    "a: &a [x,x,x,x,x,x,x,x,x]",
    ..."bcdefghi".split("").map(
      (name, i) =>
        `${name}: &${name} [${Array(9)
          .fill(`*${String.fromCharCode(97 + i)}`)
          .join(",")}]`,
    ),
  ].join("\n");

  it.each<[string, string, string, RegExp]>([
    ["wrong syntax, with its place", "a: 1\nb: [1, 2", "Malformed", /^line 2, column \d+: /],
    ["duplicate keys, with their place", "a: 1\nb:\n  c: 1\n  c: 2\n", "Malformed", /^line 4, column 3: the key "c" is there twice$/],
    ["an alias bomb", bomb, "Malformed", /alias/i],
    ["an alias of nothing", "a: *nothing", "Malformed", /alias/i],
    ["a key that reaches prototypes", "a: {__proto__: {polluted: true}}", "Malformed", /__proto__/],
    ["dates and other tags", "a: !!timestamp 2020-01-01", "Malformed", /./],
    ["what is nested too deep", `${"[".repeat(5_000)}${"]".repeat(5_000)}`, "Malformed", /./],
    ["indentation that is too deep", Array.from({ length: 300 }, (_, i) => `${" ".repeat(i)}a:`).join("\n"), "Malformed", /nested deeper/],
    ["a file that is too large", "a".repeat(MAX_FILE_BYTES + 1), "TooLarge", /bytes/],
    ["infinity", "a: .inf", "Malformed", /JSON number/],
  ])("refuses %s", (_name, text, code, message) => {
    expect(() => readYaml(text)).toThrow(expect.objectContaining({ name: "YamlError", code, message: expect.stringMatching(message) }));
  });

  // The library's own ways of doing this take half a minute and more; the limit on the test's time is what fails then.
  it.each([
    ["quotes", '"'.repeat(500_000)],
    ["keys", Array.from({ length: 40_000 }, (_, i) => `k${i}: 1`).join("\n")],
  ])(
    "is not kept busy by %s",
    (_name, text) => {
      const thrown = attempt(() => readYaml(text));
      expect(thrown === undefined || thrown instanceof YamlError).toBe(true);
    },
    20_000,
  );
});
