import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:http";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NATS_SERVER_COMPATIBILITY_VERSION, startNatsServer, type NatsServer } from "@portolan/simulator/nats-server";
import { jetstreamManager, type JetStreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let folder: string;
const servers: NatsServer[] = [];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "portolan-nats-test-"));
});

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  await rm(folder, { recursive: true, force: true });
});

async function start(options?: Parameters<typeof startNatsServer>[0]): Promise<NatsServer> {
  const server = await startNatsServer(options);
  servers.push(server);
  return server;
}

async function withJetStream<T>(server: NatsServer, use: (manager: JetStreamManager) => Promise<T>): Promise<T> {
  const connection = await connect({ servers: server.url });
  try {
    return await use(await jetstreamManager(connection));
  } finally {
    await connection.close();
  }
}

const streams = (server: NatsServer): Promise<readonly string[]> => withJetStream(server, (manager) => manager.streams.names().next());

async function addStream(server: NatsServer): Promise<void> {
  await withJetStream(server, (manager) => manager.streams.add({ name: "KEPT", subjects: ["kept"] }));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("a NATS server of the tests", () => {
  it("serves JetStream on a free port, each server on its own, and is gone after stop", async () => {
    const [one, two] = await Promise.all([start(), start({ syncAlways: true })]);
    await addStream(one);
    expect(await streams(one)).toStrictEqual(["KEPT"]);
    expect(await streams(two)).toStrictEqual([]);
    const pid = one.pid();
    expect(isAlive(pid)).toBe(true);
    await one.stop();
    expect(isAlive(pid)).toBe(false);
    await expect(readdir(one.storeDir)).rejects.toThrow("ENOENT");
  });

  it("keeps its streams over SIGKILL and a restart on the same port, with a new process", async () => {
    const server = await start();
    await addStream(server);
    const before = server.pid();
    await server.kill("SIGKILL");
    expect(isAlive(before)).toBe(false);
    await server.restart();
    expect(server.pid()).not.toBe(before);
    expect(await streams(server)).toStrictEqual(["KEPT"]);
  });

  it("loses its streams, and nothing else, in a restart that wipes the store", async () => {
    const server = await start();
    await addStream(server);
    await server.restart({ wipeStore: true });
    expect(await streams(server)).toStrictEqual([]);
  });

  it("keeps a store folder that it was given", async () => {
    const storeDir = join(folder, "store");
    const first = await start({ storeDir });
    await addStream(first);
    await first.stop();
    expect(await streams(await start({ storeDir }))).toStrictEqual(["KEPT"]);
  });

  it("has no JetStream, and needs no store, when it is switched off", async () => {
    const server = await start({ jetstream: false });
    const connection = await connect({ servers: server.url });
    expect(connection.info?.jetstream ?? false).toBe(false);
    await connection.close();
  });

  it("refuses a port that another program listens on, by name and number", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await once(other, "listening");
    const address = other.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    await expect(start({ port })).rejects.toMatchObject({
      code: "NATS_PORT_IN_USE",
      port,
      message: expect.stringContaining(`port ${port} of 127.0.0.1 is in use`),
    });
    other.close();
  });

  it("that ends instead of getting ready is an error with the end of its log", async () => {
    await expect(start({ extraConfiguration: "no_such_field: 1" })).rejects.toMatchObject({
      code: "NATS_SERVER_NOT_READY",
      message: expect.stringMatching(/it ended with 1\.[^]*no_such_field/u),
    });
  });

  it("can be of the older release line that is supported", async () => {
    const server = await start({ version: NATS_SERVER_COMPATIBILITY_VERSION });
    const connection = await connect({ servers: server.url });
    expect(connection.info?.version).toBe(NATS_SERVER_COMPATIBILITY_VERSION);
    await connection.close();
  });
});
