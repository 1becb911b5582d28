import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { NatsServerNotFound } from "./errors.ts";
import { findNatsServer, natsServerFolder } from "./find.ts";
import { getNatsServer } from "./get.ts";
import { NATS_SERVER_VERSION } from "./versions.ts";

let folder: string;
let env: NodeJS.ProcessEnv;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "portolan-nats-find-"));
  await mkdir(join(folder, "path"));
  env = { PATH: join(folder, "path"), XDG_CACHE_HOME: join(folder, "cache"), NATS_SERVER: undefined };
});

afterEach(() => rm(folder, { recursive: true, force: true }));

async function program(path: string, script: string): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `#!/bin/sh\n${script}\n`);
  await chmod(path, 0o755);
  return path;
}

const server = (path: string, version: string): Promise<string> => program(path, `echo "nats-server: v${version}"`);
const onPath = (name: string): string => join(folder, "path", name);
const cached = (version: string): string => join(natsServerFolder(version, env), "nats-server");

describe("finding a nats-server", () => {
  it("takes the one of NATS_SERVER before the one on PATH, and that before the cached one", async () => {
    await server(cached(NATS_SERVER_VERSION), NATS_SERVER_VERSION);
    expect((await findNatsServer({ env })).found).toMatchObject({
      binary: cached(NATS_SERVER_VERSION),
    });

    await server(onPath("nats-server"), "2.11.1");
    expect((await findNatsServer({ env })).found).toStrictEqual({
      binary: onPath("nats-server"),
      version: "2.11.1",
      place: "PATH",
    });

    const chosen = await server(join(folder, "mine"), "2.12.0");
    expect((await findNatsServer({ env: { ...env, NATS_SERVER: chosen } })).found).toStrictEqual({
      binary: chosen,
      version: "2.12.0",
      place: "NATS_SERVER",
    });
  });

  it("does not run another one than NATS_SERVER when that cannot be run", async () => {
    await server(onPath("nats-server"), "2.11.1");
    const search = await findNatsServer({ env: { ...env, NATS_SERVER: join(folder, "missing") } });
    expect(search).toStrictEqual({
      found: undefined,
      final: true,
      attempts: [
        {
          place: `NATS_SERVER (${join(folder, "missing")})`,
          outcome: "there is no program that could be run",
        },
      ],
    });
  });

  it("passes over one that is too old, and over a program that is no nats-server", async () => {
    await server(onPath("nats-server"), "2.9.10");
    const old = await findNatsServer({ env });
    expect(old.found).toBeUndefined();
    expect(old.attempts).toContainEqual({
      place: `PATH (${onPath("nats-server")})`,
      outcome: "is version 2.9.10; 2.10.0 or newer is needed",
    });

    await program(onPath("nats-server"), "echo surprise");
    expect((await findNatsServer({ env })).attempts).toContainEqual({
      place: `PATH (${onPath("nats-server")})`,
      outcome: 'is no nats-server: "--version" ended with 0 and printed no version',
    });
  });

  it("finds exactly the version that is requested", async () => {
    const chosen = await server(join(folder, "mine"), "2.15.2");
    await server(onPath("nats-server"), "2.11.1");
    await server(cached("2.10.27"), "2.10.27");
    const search = await findNatsServer({
      version: "2.10.27",
      env: { ...env, NATS_SERVER: chosen },
    });
    expect(search.found).toMatchObject({ binary: cached("2.10.27"), version: "2.10.27" });
  });
});

describe("getting a nats-server", () => {
  const fakeGo = (version: string): string =>
    `echo run >> "${join(folder, "runs")}"
     [ "$1 $2 $3" = "install -trimpath github.com/nats-io/nats-server/v2@v${version}" ] || exit 9
     printf '#!/bin/sh\\necho nats-server: v${version}\\n' > "$GOBIN/nats-server"
     /bin/chmod +x "$GOBIN/nats-server"`;

  it("builds the wanted version with go once, and finds it afterwards", async () => {
    await program(onPath("go"), fakeGo("2.13.4"));
    const progress: string[] = [];
    const request = { version: "2.13.4", env, onProgress: (line: string) => progress.push(line) };
    const both = await Promise.all([getNatsServer(request), getNatsServer(request)]);
    const third = await getNatsServer(request);
    for (const found of [...both, third]) {
      expect(found).toMatchObject({ binary: cached("2.13.4"), version: "2.13.4" });
    }
    expect(await readFile(join(folder, "runs"), "utf8")).toBe("run\n");
    expect(progress).toContainEqual(expect.stringMatching(/^building nats-server 2\.13\.4/u));
  });

  it("takes the program out of the Debian package when go cannot build it", async () => {
    await program(onPath("go"), "echo no network >&2; exit 1");
    await program(onPath("apt-get"), 'echo package > "nats-server_$1.deb"');
    await program(
      onPath("dpkg"),
      `/bin/mkdir -p usr/sbin && printf '#!/bin/sh\\necho nats-server: v2.12.9\\n' > usr/sbin/nats-server &&
       /bin/chmod +x usr/sbin/nats-server`,
    );
    expect(await getNatsServer({ env })).toMatchObject({
      binary: cached("debian"),
      version: "2.12.9",
    });
  });

  it("says everything that was tried, and how to get one, when nothing worked", async () => {
    const failure = await getNatsServer({ env }).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(NatsServerNotFound);
    expect(failure).toMatchObject({
      code: "NATS_SERVER_NOT_FOUND",
      attempts: [
        { place: "NATS_SERVER", outcome: "not set" },
        { place: "PATH", outcome: "no nats-server in any of its folders" },
        { place: `cache ${natsServerFolder(NATS_SERVER_VERSION, env)}` },
        { place: `cache ${natsServerFolder("debian", env)}` },
        { place: "go install", outcome: expect.stringContaining("no go command on PATH") },
        { place: "Debian package nats-server", outcome: expect.stringContaining("apt-get") },
        { place: "official release", outcome: expect.stringContaining("no checksum") },
      ],
      message: expect.stringMatching(/Tried:[^]*NATS_SERVER: not set[^]*Get one[^]*NATS_SERVER set to/u),
    });
  });

  it("does not install one behind the back of a NATS_SERVER that cannot be run", async () => {
    await program(onPath("go"), fakeGo(NATS_SERVER_VERSION));
    const chosen = join(folder, "missing");
    await expect(getNatsServer({ env: { ...env, NATS_SERVER: chosen } })).rejects.toThrow(
      `NATS_SERVER (${chosen}): there is no program that could be run`,
    );
  });
});
