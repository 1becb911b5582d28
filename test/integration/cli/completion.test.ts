import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { findOnPath } from "@portolan/simulator/program-cache";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { aCluster, anInstance, aRollout, aVersion } from "./answers.ts";
import { portolan, REPOSITORY } from "./portolan.ts";
import { ok, startScriptedHub, type ScriptedHub } from "./scripted-hub.ts";
import { KEYS, startProgramOnTerminal } from "./terminal.ts";

const run = promisify(execFile);

/** Who has no such shell needs none; continuous integration has all of them. */
const has = async (shell: string): Promise<boolean> => process.env["CI"] === "true" || (await findOnPath(shell, process.env)) !== undefined;
const [hasFish, hasZsh] = await Promise.all(["fish", "zsh"].map(has));

describe("completion", () => {
  let hub: ScriptedHub;
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "portolan-completion-"));
    hub = await startScriptedHub();
    hub.on("GET /v1/clusters", ok({ items: [aCluster("bergen"), aCluster("genoa")] }));
    hub.on("GET /v1/instances", ok({ items: [anInstance("bergen")] }));
    hub.on("GET /v1/rollouts", ok({ items: [aRollout("Running", [])] }));
    hub.on("GET /v1/availability", ok({ items: [aVersion("2.0.0"), aVersion("1.0.0")] }));
  });
  afterEach(async () => {
    await hub[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  const env = (): NodeJS.ProcessEnv => ({ PORTOLAN_SERVER: hub.url });
  const complete = async (...words: readonly string[]): Promise<readonly string[]> => {
    const { code, stdout, stderr } = await portolan(["__complete", ...words], { env: env() });
    expect([code, stderr]).toEqual([0, ""]);
    return stdout.split("\n").flatMap((line) => (line === "" ? [] : [line.split("\t")[0] ?? ""]));
  };

  it.each<[words: readonly string[], found: readonly string[]]>([
    [["rol"], ["rollout"]],
    [["rollout", "app"], ["approve"]],
    [["rollout", "start", ""], ["one"]],
    [["--server", "http://127.0.0.1:1", "rollout", "start", ""], []],
    [["get", "clusters", "b"], ["bergen"]],
    [["get", "clusters", "-o", "w"], ["wide"]],
    [["get", "clusters", "--output=w"], ["--output=wide"]],
    [["upgrade", "d"], ["dns"]],
    [["upgrade", "dns", "2"], ["2.0.0"]],
    [["upgrade", "dns", "2.0.0", "--clusters", "bergen,g"], ["bergen,genoa"]],
    [["upgrade", "dns", "2.0.0", "--clusters=bergen,g"], ["--clusters=bergen,genoa"]],
    [["upgrade", "dns", "2.0.0", "--off"], ["--offline"]],
    [["upgrade", "dns", "2.0.0", "--offline", "C"], ["CatchUp"]],
    [["upgrade", "dns", "2.0.0", ""], []],
    [["rollout", "skip", "one", "bergen/tools/dns", "berg"], ["bergen/tools/dns"]],
    [["cluster", "label", "gen"], ["genoa"]],
    [["catalog", "plan", "examples/catalog", ""], []],
    [["completion", "f"], ["fish"]],
    [["nothing", "like", "this", ""], []],
  ])("of %j is %j", async (words, found) => {
    expect(await complete(...words)).toEqual(found);
  });

  it("offers all commands and no hidden one, each with what it does", async () => {
    const { stdout } = await portolan(["__complete", ""], { env: env() });
    expect(stdout).toMatch(/^upgrade\tmove every chosen instance/mu);
    expect(stdout).not.toContain("__complete");
  });

  it("knows the contexts of the config file", async () => {
    const file = join(folder, "config.yaml");
    await writeFile(file, "contexts: [{name: prod, server: http://127.0.0.1:1}]");
    for (const words of [
      ["config", "use-context", "p"],
      ["--hub-context", "p"],
    ]) {
      expect((await portolan(["__complete", ...words], { env: { PORTOLAN_CONFIG: file } })).stdout).toBe("prod\thttp://127.0.0.1:1\n");
    }
  });

  describe("works in", () => {
    let shell: NodeJS.ProcessEnv;

    beforeEach(async () => {
      const program = `#!/bin/sh\nexec "${process.execPath}" "${join(REPOSITORY, "packages/cli/src/main.ts")}" "$@"\n`;
      await writeFile(join(folder, "portolan"), program, { mode: 0o755 });
      shell = { ...process.env, ...env(), HOME: folder, PATH: `${folder}:${process.env["PATH"] ?? ""}` };
    });

    it("bash, with files where nothing else could stand", async () => {
      const script = `source <(portolan completion bash)
        COMP_WORDS=(portolan get clusters be); COMP_CWORD=3; _portolan; echo "\${COMPREPLY[@]}"
        COMP_WORDS=(portolan upgrade dns ""); COMP_CWORD=3; _portolan; echo "\${COMPREPLY[@]}"
        COMP_WORDS=(portolan hub backup ""); COMP_CWORD=3; _portolan; echo "\${#COMPREPLY[@]}"
        complete -p portolan`;
      const { stdout } = await run("bash", ["-c", script], { env: shell });
      expect(stdout).toBe("bergen\n2.0.0 1.0.0\n0\ncomplete -o default -F _portolan portolan\n");
    });

    it.runIf(hasFish)("fish, with files where nothing else could stand", async () => {
      const lines = ["portolan get clusters be", "portolan upgrade dns ", "portolan catalog lint examples/catalog-"];
      const script = `portolan completion fish | source\n${lines.map((line) => `complete -C "${line}"`).join("\n")}`;
      const { stdout } = await run("fish", ["--no-config", "-c", script], { env: shell, cwd: REPOSITORY });
      expect(stdout.split("\n").map((line) => line.split("\t")[0])).toEqual(["bergen", "1.0.0", "2.0.0", "examples/catalog-next/", ""]);
    });

    it.runIf(hasZsh)("zsh, with files where nothing else could stand", async () => {
      const terminal = startProgramOnTerminal(["zsh", "-f", "-i"], { ...shell, TERM: "dumb" });
      const type = async (keys: string, shows: RegExp): Promise<void> => {
        const before = terminal.stdout().length;
        terminal.press(keys);
        await expect.poll(() => terminal.stdout().slice(before), { timeout: 20_000 }).toMatch(shows);
      };
      const ready = "autoload -U compinit; compinit -u -D; source <(portolan completion zsh); print re''ady";
      await type(`${ready}${KEYS.enter}`, /^ready/mu);
      await type(`portolan get clusters be${KEYS.tab}`, /bergen/u);
      await type(`${KEYS.clearLine}portolan upgrade dns ${KEYS.tab}`, /1\.0\.0[^]*2\.0\.0/u);
      await type(`${KEYS.clearLine}portolan catalog lint examples/catalog-n${KEYS.tab}`, /catalog-next\//u);
      terminal.press(`${KEYS.clearLine}exit${KEYS.enter}`);
      expect(await terminal.ended).toMatchObject({ code: 0 });
    });
  });
});
