import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { getNatsServer } from "@portolan/simulator/nats-server";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { z } from "zod";

const run = promisify(execFile);
const root = join(import.meta.dirname, "../..");

const composeSchema = z.object({
  services: z.object({
    nats: z.object({ command: z.array(z.string()), volumes: z.array(z.string()) }),
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

  it("gives the hub settings that it knows", async () => {
    const [, program] = services.hub.command;
    const { stdout } = await run(process.execPath, [join(root, program), "--help"]);
    expect(Object.keys(services.hub.environment)).not.toHaveLength(0);
    for (const name of Object.keys(services.hub.environment)) expect(stdout).toContain(`[${name}]`);
  });
});
