import { chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { json, portolan, type Ended } from "./portolan.ts";
import { ok, startScriptedHub, type ScriptedHub } from "./scripted-hub.ts";

describe("contexts", () => {
  let folder: string;
  let file: string;
  let hub: ScriptedHub;
  let other: ScriptedHub;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "portolan-config-"));
    file = join(folder, "deeper", "config.yaml");
    hub = await startScriptedHub();
    other = await startScriptedHub();
    for (const each of [hub, other]) each.on("GET /v1/clusters", ok({ items: [] }));
  });
  afterEach(async () => {
    await hub[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  const ask = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> =>
    portolan(args, { env: { PORTOLAN_CONFIG: file, ...env } });
  /** Which of the hubs a command asks. */
  const asked = async (args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<readonly number[]> => {
    const before = [hub.asked.length, other.asked.length];
    await ask([...args, "get", "clusters"], env);
    return [hub.asked.length - (before[0] ?? 0), other.asked.length - (before[1] ?? 0)];
  };

  it("are made, listed, chosen and forgotten, in a file that only its owner can read", async () => {
    expect(await ask(["config", "get-contexts"])).toEqual({ code: 0, stdout: "", stderr: "no contexts found\n" });
    expect(await ask(["config", "current-context"])).toMatchObject({ code: 1, stderr: expect.stringContaining("use-context") });
    expect(await ask(["config", "set-context", "prod", `${hub.url}/`])).toMatchObject({ code: 0 });
    await ask(["config", "set-context", "lab", "--server", other.url]);
    expect((await ask(["config", "get-contexts"])).stdout).toBe(
      `CURRENT  NAME  SERVER\n-        lab   ${other.url}\n*        prod  ${hub.url}\n`,
    );
    expect((await ask(["config", "current-context"])).stdout).toBe("prod\n");
    await ask(["config", "use-context", "lab"]);
    expect(json(await ask(["config", "view", "-o", "json"]))).toEqual({
      currentContext: "lab",
      contexts: [
        { name: "lab", server: other.url },
        { name: "prod", server: hub.url },
      ],
    });
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    await ask(["config", "delete-context", "lab"]);
    expect(json(await ask(["config", "view", "-o", "json"]))).toEqual({ contexts: [{ name: "prod", server: hub.url }] });
    expect(await ask(["config", "use-context", "prd"])).toEqual({
      code: 2,
      stdout: "",
      stderr: "error: there is no context prd (UnknownContext)\n  contexts: prod\nmake it with: portolan config set-context prd URL\n",
    });
  });

  it("say which hub is asked, unless the environment or the command line says another one", async () => {
    await ask(["config", "set-context", "prod", hub.url]);
    await ask(["config", "set-context", "lab", other.url]);
    expect(await asked()).toEqual([1, 0]);
    expect(await asked([], { PORTOLAN_SERVER: other.url })).toEqual([0, 1]);
    expect(await asked(["--hub-context", "lab"])).toEqual([0, 1]);
    expect(await asked(["--hub-context", "prod"], { PORTOLAN_SERVER: other.url })).toEqual([1, 0]);
    expect(await asked(["--server", other.url, "--hub-context", "prod"])).toEqual([0, 1]);
    expect(await ask(["--hub-context", "lap", "get", "clusters"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("contexts: lab"),
    });
    expect(await ask(["get", "clusters"], { PORTOLAN_SERVER: "hub.example.org" })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("PORTOLAN_SERVER: expected a URL"),
    });
  });

  it.each([
    ["contexts: [", "the config file FILE is no YAML"],
    ["- a", "the config file FILE is not as expected"],
    ["contexts: [{name: prod, sever: http://a}]", "unknown field sever; known are server, name"],
    ["contexts: [{name: prod, server: hub}]", "contexts.0.server: expected a URL"],
    ["contexts: &a [*a]", "alias"],
    ["currentContext: prod", "there is no context prod"],
  ])("in a file that says %j are refused by its path and place", async (text, message) => {
    const path = join(folder, "config.yaml");
    await writeFile(path, text);
    const { code, stderr } = await ask(["get", "clusters"], { PORTOLAN_CONFIG: path });
    expect(code).toBe(2);
    expect(stderr).toContain(message.replace("FILE", path));
    expect(await readFile(path, "utf8")).toBe(text);
  });

  it("are not needed by what needs no hub, whatever the file says", async () => {
    const path = join(folder, "config.yaml");
    await writeFile(path, "contexts: [");
    const offline = ["catalog", "plan", "examples/catalog", "certificates", "0.12.0", "0.13.0"];
    expect(await ask(offline, { PORTOLAN_CONFIG: path })).toMatchObject({ code: 0 });
  });

  it("cannot be kept where nobody may write, and what there was is still there", async () => {
    await ask(["config", "set-context", "prod", hub.url]);
    await chmod(join(folder, "deeper"), 0o500);
    const ended = await ask(["config", "set-context", "lab", other.url], {
      PORTOLAN_CONFIG: join(folder, "deeper", "config.yaml", "below"),
    });
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringMatching(/cannot be (?:read|written): ENOTDIR/u) });
    await chmod(join(folder, "deeper"), 0o700);
    expect(await readFile(file, "utf8")).toContain(hub.url);
  });
});
