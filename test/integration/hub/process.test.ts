import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { startNatsServer, type NatsServer } from "@portolan/simulator/nats-server";
import { eventually } from "./harness.ts";

const MAIN = new URL("../../../packages/hub/src/main.ts", import.meta.url).pathname;

describe("the hub as a process", () => {
  let folder: string;
  let nats: NatsServer | undefined;
  const started: ChildProcess[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "portolan-hub-"));
  });
  afterEach(async () => {
    for (const child of started.splice(0)) {
      child.kill("SIGKILL");
    }
    await nats?.stop();
    nats = undefined;
    await rm(folder, { recursive: true, force: true });
  });

  function run(...args: string[]) {
    const child = spawn(process.execPath, [MAIN, "--signing-key", join(folder, "hub.pem"), ...args], { stdio: ["ignore", "pipe", "pipe"] });
    started.push(child);
    const output = { text: "" };
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8");
      stream.on("data", (chunk: string) => {
        output.text += chunk;
      });
    }
    const exit = new Promise<number | null>((resolve) => {
      child.on("exit", (code) => resolve(code));
    });
    return { child, output, exit };
  }

  const urlIn = (text: string): string | undefined => /"url":"(?<url>[^"]+)"/u.exec(text)?.groups?.["url"];
  const freePort = (): Promise<number> =>
    new Promise((resolve) => {
      const server = createServer().listen(0, "127.0.0.1", () => {
        const address = server.address();
        server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0));
      });
    });

  it("serves its API without NATS, says what it waits for, becomes ready when NATS comes, and stops on SIGTERM", async () => {
    const port = await freePort();
    const hub = run("--nats", `nats://127.0.0.1:${port}`, "--listen", "127.0.0.1:0");
    const url = await eventually(
      () => urlIn(hub.output.text),
      (found) => found !== undefined,
      15_000,
    );
    const before = await fetch(`${url}/readyz`);
    expect(before.status).toBe(503);
    expect(await before.json()).toMatchObject({ ready: false, waitingFor: expect.arrayContaining([`NATS at nats://127.0.0.1:${port}`]) });
    expect(hub.output.text).toContain("waiting for NATS");
    const refused = await fetch(`${url}/v1/catalogs`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: "x", catalog: { services: [] } }),
    });
    expect(await refused.json()).toMatchObject({ status: 503, code: "Unavailable" });

    nats = await startNatsServer({ port });
    await eventually(
      async () => (await fetch(`${url}/readyz`)).status,
      (status) => status === 200,
      15_000,
    );
    const publicKey = /"publicKey":"(?<key>[^"]+)"/u.exec(hub.output.text)?.groups?.["key"];
    expect(await (await fetch(`${url}/v1/hub`)).json()).toMatchObject({ publicKey });
    expect((await stat(join(folder, "hub.pem"))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(folder, "hub.pem"), "utf8")).toContain("PRIVATE KEY");
    hub.child.kill("SIGTERM");
    expect(await hub.exit).toBe(0);
  });

  it("ends with a clear error when its port is in use", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const hub = run("--nats", "nats://127.0.0.1:1", "--listen", `127.0.0.1:${port}`);
    expect(await hub.exit).toBe(1);
    expect(hub.output.text).toContain(`HubPortInUse: port ${port} of 127.0.0.1 is in use`);
    server.close();
  });

  it("ends with a clear error when its webhooks cannot be used", async () => {
    const file = join(folder, "webhooks.json");
    await writeFile(file, JSON.stringify({ webhooks: [{ url: "https://a.example/T0KEN", secretFile: "missing" }] }));
    const hub = run("--nats", "nats://127.0.0.1:1", "--listen", "127.0.0.1:0", "--webhooks", file);
    expect(await hub.exit).toBe(1);
    expect(hub.output.text).toMatch(/^SettingsUnusable: .*webhooks\.json: .*missing/mu);
  });

  it("explains a command line that cannot be used", async () => {
    const wrong = run("--listen", "nowhere");
    expect(await wrong.exit).toBe(2);
    expect(wrong.output.text).toContain('--listen: expected HOST:PORT, found "nowhere"');
    const unknown = run("--port", "1");
    expect(await unknown.exit).toBe(2);
    expect(unknown.output.text).toContain("Usage: portolan-hub");
  });
});
