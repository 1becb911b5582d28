import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock, type Clock, type KubeResponse } from "@portolan/agent/kube";
import { kubeConfigTransport, loadKubeConfig, type KubeConfigTransport } from "@portolan/agent/kube/kubeconfig";
import { afterEach, beforeEach, expect, it } from "vitest";

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

const undo: (() => Promise<unknown>)[] = [];
let folder: string;
let handle: Handler;
let seen: { method: string; url: string; authorization: string | undefined }[];
let address: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "portolan-kubeconfig-"));
  undo.push(async () => await rm(folder, { recursive: true }));
  seen = [];
  const server = createServer((request, response) => {
    seen.push({ method: request.method ?? "", url: request.url ?? "", authorization: request.headers.authorization });
    handle(request, response);
  });
  address = `http://127.0.0.1:${await listen(server)}`;
});

afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

async function listen(server: Server): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, "127.0.0.1", resolve);
  await promise;
  undo.push(async () => {
    server.closeAllConnections();
    await server[Symbol.asyncDispose]();
  });
  const bound = server.address();
  if (bound === null || typeof bound === "string") throw new Error("the server has no port");
  return bound.port;
}

async function connect(user: unknown, options: { server?: string; proxy?: string; clock?: Clock } = {}): Promise<KubeConfigTransport> {
  const file = join(folder, "config");
  const kubeconfig = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "test",
    contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
    clusters: [
      {
        name: "test",
        cluster: { server: options.server ?? address, ...(options.proxy === undefined ? {} : { "proxy-url": options.proxy }) },
      },
    ],
    users: [{ name: "test", user }],
  };
  await writeFile(file, JSON.stringify(kubeconfig));
  const connection = kubeConfigTransport(await loadKubeConfig({ file }), { clock: options.clock ?? systemClock });
  undo.push(async () => await connection.close());
  return connection;
}

async function read(response: KubeResponse): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of response.body) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

const get = { method: "GET", path: "/version", headers: {} } as const;

it("sends a request with the user's token to the server's path, and gives back what it says", async () => {
  handle = (request, response) => {
    request.pipe(response.writeHead(418, { "X-Kind": "tea", "Set-Cookie": ["a=1", "b=2"] }));
  };
  const { transport } = await connect({ token: "t0ken" }, { server: `${address}/k8s/clusters/c-1/` });
  const response = await transport({
    method: "POST",
    path: "/api/v1/pods?dryRun=All",
    headers: { "content-type": "application/json" },
    body: "{}",
  });
  expect([response.status, response.headers["x-kind"], response.headers["set-cookie"], await read(response)]).toEqual([
    418,
    "tea",
    "a=1, b=2",
    "{}",
  ]);
  expect(seen).toEqual([{ method: "POST", url: "/k8s/clusters/c-1/api/v1/pods?dryRun=All", authorization: "Bearer t0ken" }]);
});

it("sends a name and a password, and who is impersonated", async () => {
  let impersonated: readonly string[] = [];
  handle = (request, response) => {
    impersonated = request.rawHeaders.flatMap((name, index, all) => (/^impersonate-/iu.test(name) ? [`${name}: ${all[index + 1]}`] : []));
    response.end();
  };
  const { transport } = await connect({
    username: "u",
    password: "p",
    as: "system:serviceaccount:shop:web",
    "as-uid": "1",
    "as-groups": ["shop", "web"],
    "as-user-extra": { "example.org/Team": ["a"] },
  });
  await read(await transport(get));
  expect(seen[0]?.authorization).toBe("Basic dTpw");
  expect(impersonated).toEqual([
    "impersonate-user: system:serviceaccount:shop:web",
    "impersonate-uid: 1",
    "impersonate-group: shop",
    "impersonate-group: web",
    "impersonate-extra-example.org%2Fteam: a",
  ]);
});

it("sends nothing in another user's name when the kubeconfig impersonates one itself", async () => {
  handle = (_, response) => response.end();
  const { transport } = await connect({ as: "system:serviceaccount:shop:web" });
  const other = { ...get, headers: { "impersonate-user": "system:serviceaccount:shop:other" } };
  await expect(transport(other)).rejects.toThrow("cannot impersonate a service account");
  expect(seen).toEqual([]);
});

it("asks before a request is written, when the connection is there, and sends nothing when that throws", async () => {
  handle = (_, response) => response.end();
  const { transport } = await connect({});
  const beforeSending = (): void => {
    throw new Error("not any more");
  };
  await expect(transport({ ...get, beforeSending })).rejects.toThrow("not any more");
  await read(await transport(get));
  await expect(transport({ method: "PUT", path: "/", headers: {}, body: "{}", beforeSending })).rejects.toThrow("not any more");
  expect(seen.map((request) => request.method)).toEqual(["GET"]);
});

it("reuses its connections", async () => {
  const ports = new Set<number | undefined>();
  handle = (request, response) => {
    ports.add(request.socket.remotePort);
    response.end("{}");
  };
  const { transport } = await connect({});
  for (let round = 0; round < 5; round++) await read(await transport(get));
  expect(ports.size).toBe(1);
});

it("goes through the cluster's proxy", async () => {
  handle = (request, response) => response.end(request.url);
  const { transport } = await connect({}, { server: "http://api.example.org:8080/base", proxy: address });
  expect(await read(await transport(get))).toBe("http://api.example.org:8080/base/version");
});

it("reads a token file again when the server refuses the token, and repeats the request once", async () => {
  await writeFile(join(folder, "token"), "old\n");
  handle = (request, response) => response.writeHead(request.headers.authorization === "Bearer new" ? 200 : 401).end("x");
  const { transport } = await connect({ tokenFile: "token" });
  const first = await transport(get);
  expect([first.status, await read(first)]).toEqual([401, "x"]);
  await writeFile(join(folder, "token"), "new\n");
  // Right after a renewal nothing is renewed: a server that refuses everyone must not cost a renewal a request.
  expect((await transport(get)).status).toBe(401);
  expect(seen).toHaveLength(2);

  let now = Date.now();
  const late = await connect({ tokenFile: "token" }, { clock: { ...systemClock, now: () => now } });
  expect((await late.transport(get)).status).toBe(200);
  await writeFile(join(folder, "token"), "newer\n");
  handle = (request, response) => response.writeHead(request.headers.authorization === "Bearer newer" ? 200 : 401).end();
  now += 1_000;
  expect((await late.transport(get)).status).toBe(200);
  expect(seen.slice(-2).map((request) => request.authorization)).toEqual(["Bearer new", "Bearer newer"]);
});

it("does not repeat a request for which there are no other credentials", async () => {
  handle = (_, response) => response.writeHead(401).end("no");
  const { transport } = await connect({ token: "fixed" });
  const response = await transport(get);
  expect([response.status, await read(response), seen.length]).toEqual([401, "no", 1]);
});

it("runs an exec plugin once, and again when its token is refused", async () => {
  const plugin = join(folder, "plugin");
  const log = join(folder, "runs");
  const credential = '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"run-N"}}';
  await writeFile(plugin, `#!/bin/sh\necho run >> ${log}\nn=$(wc -l < ${log} | tr -d ' ')\necho '${credential}' | sed "s/N/$n/"\n`);
  await chmod(plugin, 0o755);
  const exec = { apiVersion: "client.authentication.k8s.io/v1", command: plugin, interactiveMode: "Never" };
  let expected = "Bearer run-1";
  handle = (request, response) => response.writeHead(request.headers.authorization === expected ? 200 : 401).end();
  const { transport } = await connect({ exec });
  expect((await transport(get)).status).toBe(200);
  expect((await transport(get)).status).toBe(200);
  expected = "Bearer run-2";
  expect((await transport(get)).status).toBe(200);
  expect(seen.map((request) => request.authorization)).toEqual(["Bearer run-1", "Bearer run-1", "Bearer run-1", "Bearer run-2"]);
});

it("says which credentials it could not get, without what they are", async () => {
  const { transport } = await connect({
    exec: { apiVersion: "client.authentication.k8s.io/v1", command: join(folder, "absent"), args: ["s3cret"] },
  });
  await expect(transport(get)).rejects.toMatchObject({
    name: "KubeConfigError",
    code: "Credentials",
    message: expect.not.stringContaining("s3cret"),
  });
});

it("repeats a GET, and nothing else, whose connection is closed under it", async () => {
  const lost = new Set<string>();
  handle = (request, response) => {
    const method = request.method ?? "";
    if (lost.has(method)) response.end("ok");
    else request.socket.destroy();
    lost.add(method);
  };
  const { transport } = await connect({});
  expect(await read(await transport(get))).toBe("ok");
  await expect(transport({ ...get, method: "POST", body: "{}" })).rejects.toThrow("socket hang up");
  expect(seen.map((request) => request.method)).toEqual(["GET", "GET", "POST"]);
});

it("gives a body as it comes, and closes the connection when the signal is aborted", async () => {
  let send: (text: string) => void = () => {};
  const { promise: closed, resolve: onClose } = Promise.withResolvers<void>();
  handle = (_, response) => {
    send = (text) => void response.write(text);
    response.on("close", onClose);
    response.flushHeaders();
  };
  const { transport } = await connect({});
  const caller = new AbortController();
  const response = await transport({ ...get, signal: caller.signal });
  const chunks = response.body[Symbol.asyncIterator]();
  send("one");
  expect(Buffer.from((await chunks.next()).value ?? []).toString()).toBe("one");
  send("two");
  expect(Buffer.from((await chunks.next()).value ?? []).toString()).toBe("two");
  const next = chunks.next();
  const reason = new Error("enough");
  caller.abort(reason);
  await expect(next).rejects.toBe(reason);
  await closed;
});

it("ends everything when it is closed", async () => {
  handle = (_, response) => response.flushHeaders();
  const connection = await connect({});
  const reading = read(await connection.transport(get));
  await Promise.all([connection.close(), expect(reading).rejects.toThrow("destroyed")]);
  await expect(connection.transport(get)).rejects.toThrow("destroyed");
});
