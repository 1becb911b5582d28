/** A private registry (OCI distribution) and chart repository on this machine, over TLS. It serves archives to whoever has the password. */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer as createPlainServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer } from "node:https";
import { basename, join } from "node:path";
import type { ControlPlane } from "../kubernetes/control-plane.ts";
import type { Packaged } from "./charts.ts";

export interface ChartServer {
  /** `127.0.0.1:<port>` */
  readonly host: string;
  readonly user: string;
  readonly password: string;
  /** Paths of the archives that were given away, in order. */
  readonly given: readonly string[];
  /** From now on nothing is answered, or everything again. */
  hang(hangs: boolean): void;
  stop(): void;
}

const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const CONFIG = "application/vnd.cncf.helm.config.v1+json";
const ARCHIVE = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

/**
 * @param certified whose certificate it has; undefined: it speaks HTTP without TLS
 * @param name of the charts: `oci://<host>/team/<name>` and `https://<host>/stable`
 */
export async function startChartServer(
  certified: Pick<ControlPlane, "dir" | "caCertificate"> | undefined,
  name: string,
  charts: readonly Packaged[],
): Promise<ChartServer> {
  const [user, password] = ["puller", "let-me-in"];
  const contents = new Map<string, { readonly type: string; readonly body: Buffer; readonly isArchive?: true }>();
  const add = (path: string, type: string, body: Buffer | string): string => {
    contents.set(path, { type, body: Buffer.from(body) });
    return digestOf(Buffer.from(body));
  };
  for (const { version, file } of charts) {
    const archive = await readFile(file);
    const config = JSON.stringify({ name, version, apiVersion: "v2" });
    const blob = (body: Buffer | string, mediaType: string): object => {
      const digest = digestOf(Buffer.from(body));
      contents.set(`/v2/team/${name}/blobs/${digest}`, {
        type: mediaType,
        body: Buffer.from(body),
        ...(mediaType === ARCHIVE ? { isArchive: true } : {}),
      });
      return { mediaType, digest, size: Buffer.byteLength(body) };
    };
    const manifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST,
      config: blob(config, CONFIG),
      layers: [blob(archive, ARCHIVE)],
    });
    const digest = add(`/v2/team/${name}/manifests/${version}`, MANIFEST, manifest);
    add(`/v2/team/${name}/manifests/${digest}`, MANIFEST, manifest);
    contents.set(`/stable/${basename(file)}`, { type: "application/gzip", body: archive, isArchive: true });
  }
  const entries = charts.map(({ version, file }) => ({ apiVersion: "v2", name, version, urls: [basename(file)] }));
  add("/stable/index.yaml", "application/yaml", JSON.stringify({ apiVersion: "v1", entries: { [name]: entries } }));
  add(
    `/v2/team/${name}/tags/list`,
    "application/json",
    JSON.stringify({ name: `team/${name}`, tags: charts.map(({ version }) => version) }),
  );
  add("/v2/", "application/json", "{}");

  const given: string[] = [];
  let hangs = false;
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    if (hangs) return;
    if (request.headers.authorization !== `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`) {
      response.writeHead(401, { "www-authenticate": 'Basic realm="charts"' }).end();
      return;
    }
    const path = new URL(request.url ?? "/", "https://charts").pathname;
    const found = contents.get(path);
    if (found === undefined) {
      response.writeHead(404).end();
      return;
    }
    if (found.isArchive === true && request.method === "GET") given.push(path);
    const headers = { "content-type": found.type, "content-length": found.body.length, "docker-content-digest": digestOf(found.body) };
    response.writeHead(200, headers).end(request.method === "HEAD" ? undefined : found.body);
  };
  const server =
    certified === undefined
      ? createPlainServer(answer)
      : createServer({ key: await readFile(join(certified.dir, "certificates", "apiserver.key")), cert: certified.caCertificate }, answer);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    host: `127.0.0.1:${port}`,
    user,
    password,
    given,
    hang: (next) => {
      hangs = next;
    },
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function digestOf(content: Buffer): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
