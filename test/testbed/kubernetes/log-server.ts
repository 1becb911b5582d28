/** Plays the part of a kubelet that an API server asks for the logs of pods: kwok runs no containers, so nothing is said in them. */
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { createServer } from "node:https";
import { join } from "node:path";
import type { ControlPlane } from "./control-plane.ts";

export interface LogServer {
  stop(): void;
}

/**
 * From now on every container of the cluster's nodes has said this.
 *
 * @throws Error when a node does not take the address
 */
export async function startLogServer(controlPlane: ControlPlane, log: string): Promise<LogServer> {
  const { dir, caCertificate } = controlPlane;
  const key = await readFile(join(dir, "certificates", "apiserver.key"));
  const server = createServer({ key, cert: caCertificate }, (request, response) => {
    if (request.url?.startsWith("/containerLogs/") === true) response.end(log);
    else response.writeHead(404).end();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const Port = typeof address === "object" && address !== null ? address.port : 0;
  const status = { addresses: [{ type: "InternalIP", address: "127.0.0.1" }], daemonEndpoints: { kubeletEndpoint: { Port } } };
  const nodes = await controlPlane.kubectl(["get", "nodes", "-o=name"]);
  for (const node of nodes.stdout.split("\n").filter((name) => name !== "")) {
    const patch = JSON.stringify({ status });
    const { code, stderr } = await controlPlane.kubectl(["patch", node, "--subresource=status", "--type=merge", `--patch=${patch}`]);
    if (code !== 0) throw new Error(`${node} does not take the address of its kubelet: ${stderr}`);
  }
  return {
    stop: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
