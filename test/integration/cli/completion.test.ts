import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { aCluster, anInstance, aRollout, aVersion } from "./answers.ts";
import { portolan, REPOSITORY } from "./portolan.ts";
import { ok, startScriptedHub, type ScriptedHub } from "./scripted-hub.ts";

const run = promisify(execFile);

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

  it("works in bash, with files where nothing else could stand", async () => {
    await writeFile(
      join(folder, "portolan"),
      `#!/bin/sh\nexec "${process.execPath}" "${join(REPOSITORY, "packages/cli/src/main.ts")}" "$@"\n`,
      { mode: 0o755 },
    );
    const script = `source <(portolan completion bash)
      COMP_WORDS=(portolan get clusters be); COMP_CWORD=3; _portolan; echo "\${COMPREPLY[@]}"
      COMP_WORDS=(portolan upgrade dns ""); COMP_CWORD=3; _portolan; echo "\${COMPREPLY[@]}"
      COMP_WORDS=(portolan hub backup ""); COMP_CWORD=3; _portolan; echo "\${#COMPREPLY[@]}"
      complete -p portolan`;
    const { stdout } = await run("bash", ["-c", script], {
      env: { ...process.env, ...env(), PATH: `${folder}:${process.env["PATH"] ?? ""}` },
    });
    expect(stdout).toBe("bergen\n2.0.0 1.0.0\n0\ncomplete -o default -F _portolan portolan\n");
  });
});
