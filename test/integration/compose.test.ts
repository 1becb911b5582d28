import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { getNatsServer, NATS_SERVER_VERSION } from "@portolan/simulator/nats-server";
import { freePort, startServerProcess } from "@portolan/simulator/server-process";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");

const composeSchema = z.object({
  services: z.object({
    nats: z.object({ image: z.string(), command: z.array(z.string()), volumes: z.array(z.string()) }),
    hub: z.object({ command: z.tuple([z.literal("node"), z.string()]), environment: z.record(z.string(), z.string()) }),
  }),
});

/** No containers are started here: this is what can be wrong without any. */
describe("docker-compose.yml", async () => {
  const { services } = composeSchema.parse(parse(await readFile(join(root, "docker-compose.yml"), "utf8")));

  it("gives NATS a configuration that the server takes", async () => {
    const { binary } = await getNatsServer();
    expect(services.nats.command).toEqual(["--config", "/etc/nats/nats.conf"]);
    expect(services.nats.volumes).toContain("./deploy/compose:/etc/nats:ro");
    const { stderr } = await run(binary, ["-t", "-c", join(root, "deploy/compose/nats.conf")]);
    expect(stderr).toContain("is valid");
  });

  it("runs the version of NATS that everything is tested with", () => {
    expect(services.nats.image).toBe(`nats:${NATS_SERVER_VERSION}-alpine`);
  });

  it("starts a NATS server and a hub that becomes ready with it, as they are configured there", async () => {
    const folder = await mkdtemp(join(tmpdir(), "portolan-compose-"));
    onTestFinished(async () => await rm(folder, { recursive: true }));
    const [natsPort, monitorPort, hubPort] = [await freePort(), await freePort(), await freePort()];
    const { binary } = await getNatsServer();
    // What differs here is what containers would keep apart: ports and folders.
    await cp(join(root, "deploy/compose"), folder, { recursive: true });
    const config = join(folder, "nats.conf");
    const written = await readFile(config, "utf8");
    expect(written).toContain("store_dir: /data\n");
    await writeFile(config, written.replace("store_dir: /data\n", `store_dir: "${join(folder, "nats")}"\n`));
    const args = ["-c", config, "-p", String(natsPort), "-m", String(monitorPort)];
    const nats = await startServerProcess({ name: "nats", binary, args, logFile: join(folder, "nats.log") });
    onTestFinished(async () => void (await nats.stop()));
    await answers(`http://127.0.0.1:${monitorPort}/healthz`);
    const { PORTOLAN_NATS: natsUrl = "", PORTOLAN_LISTEN: listen = "", PORTOLAN_SIGNING_KEY: key = "", ...rest } = services.hub.environment;
    const env = {
      ...rest,
      PORTOLAN_NATS: natsUrl.replace("//nats:4222", `//127.0.0.1:${natsPort}`),
      PORTOLAN_LISTEN: listen.replace("0.0.0.0:8640", `127.0.0.1:${hubPort}`),
      PORTOLAN_SIGNING_KEY: join(folder, basename(key)),
    };
    expect(env.PORTOLAN_NATS).toContain(String(natsPort));
    expect(env.PORTOLAN_LISTEN).toContain(String(hubPort));
    const program = [join(root, services.hub.command[1])];
    const hub = await startServerProcess({ name: "hub", binary: process.execPath, args: program, env, logFile: join(folder, "hub.log") });
    onTestFinished(async () => void (await hub.stop()));
    await answers(`http://127.0.0.1:${hubPort}/readyz`);
    // Through its volume's folder, and not in memory.
    expect(await readdir(join(folder, "nats", "jetstream"))).not.toHaveLength(0);
  });

  it("gives the hub settings that it knows", async () => {
    const [, program] = services.hub.command;
    const { stdout } = await run(process.execPath, [join(root, program), "--help"]);
    expect(Object.keys(services.hub.environment)).not.toHaveLength(0);
    for (const name of Object.keys(services.hub.environment)) expect(stdout).toContain(`[${name}]`);
  });
});

async function answers(url: string): Promise<void> {
  await vi.waitFor(async () => expect((await fetch(url)).status).toBe(200), { timeout: 20_000 });
}
