import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { benchCommand } from "./command.ts";

const fixture = join(import.meta.dirname, "fixture");

async function command(folder: string, ...args: readonly string[]) {
  const texts = { stdout: "", stderr: "" };
  const code = await benchCommand(args, folder, {
    stdout: { write: (text) => (texts.stdout += text) },
    stderr: { write: (text) => (texts.stderr += text) },
  });
  return { code, ...texts };
}

describe("npm run bench", () => {
  it("prints the result as one JSON object on the last line", async () => {
    const { code, stdout, stderr } = await command(fixture, "tiny", "--json");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "")).toStrictEqual({
      bench: "tiny",
      params: { size: 3 },
      machine: {
        cpu: expect.any(String),
        cores: expect.any(Number),
        memoryGiB: expect.any(Number),
        node: process.version,
        platform: expect.any(String),
      },
      metrics: {
        held: { unit: "ms", min: 1, median: 2, p99: 3, max: 3, target: 2, met: false },
        shown: { unit: "edges", min: 4, median: 4, p99: 4, max: 4, target: null, met: null },
      },
    });
  });

  it("prints a table without the flag, and a missed target is no failure", async () => {
    const { code, stdout } = await command(fixture, "tiny");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^tiny on [^]*held +ms .* NO\n/u);
  });

  it.each([[[]], [["unknown"]], [["tiny", "more"]], [["tiny", "--jsno"]]])(
    "ends with 2 and the names when it is called with %j",
    async (args) => {
      const { code, stdout, stderr } = await command(fixture, ...args);
      expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
      expect(stderr).toBe("usage: npm run bench -- <name> [--json]\nnames: tiny\n");
    },
  );

  it("knows every bench that is promised", async () => {
    const { stderr } = await command(join(import.meta.dirname, ".."));
    for (const name of ["demo-start", "planner", "real-latency", "status-latency"]) expect(stderr).toContain(name);
  });
});
