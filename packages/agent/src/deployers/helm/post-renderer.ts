/**
 * Takes out of what helm renders what belongs to other controllers, before helm applies it: an autoscaler's replicas, an injected CA
 * bundle. helm runs a small program for that, its post-renderer plugin, which does nothing but ask the agent over a socket.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** From the YAML that helm has rendered to the YAML that it shall apply. */
export type Rewrite = (manifest: string) => Promise<string>;

const pluginName = "portolan";
/** A socket's path may be no longer than 107 bytes on Linux, and 103 on macOS: so it is not in the agent's own folder. */
const socketPrefix = join(tmpdir(), "portolan-");

/** Sends its input, then prints the answer. What begins with a plus sign went well. */
const program = `import { connect } from "node:net";
import { text } from "node:stream/consumers";
const [path, token] = process.argv.slice(2);
const socket = connect({ path, allowHalfOpen: true });
socket.write(token + "\\n");
process.stdin.pipe(socket);
const answer = await text(socket);
if (answer.startsWith("+")) process.stdout.write(answer.slice(1));
else {
  process.stderr.write(answer.slice(1) || "the agent does not answer");
  process.exitCode = 1;
}
`;

export class PostRenderer {
  readonly #folder: string;
  readonly #rewrites = new Map<string, Rewrite>();
  #server: { readonly server: Server; readonly path: string } | undefined;

  /** @param folder where helm finds its plugins */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Arguments by which one run of helm has its objects rewritten. They are of no use after {@link done}. */
  async argumentsFor(rewrite: Rewrite): Promise<{ readonly args: readonly string[]; readonly done: () => void }> {
    const { path } = (this.#server ??= await this.#listen());
    const token = randomBytes(16).toString("hex");
    this.#rewrites.set(token, rewrite);
    return {
      args: [`--post-renderer=${pluginName}`, `--post-renderer-args=${path}`, `--post-renderer-args=${token}`],
      done: () => this.#rewrites.delete(token),
    };
  }

  stop(): void {
    this.#server?.server.close();
    if (this.#server !== undefined) rmSync(join(this.#server.path, ".."), { recursive: true, force: true });
    this.#server = undefined;
  }

  async #listen(): Promise<{ readonly server: Server; readonly path: string }> {
    this.#writePlugin();
    const path = join(mkdtempSync(socketPrefix), "s");
    const server = createServer({ allowHalfOpen: true }, (socket) => void this.#answer(socket));
    // It serves helm, and does not keep the agent alive.
    server.unref();
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(path, resolve);
    });
    return { server, path };
  }

  #writePlugin(): void {
    const plugin = join(this.#folder, pluginName);
    mkdirSync(plugin, { recursive: true, mode: 0o700 });
    const script = join(plugin, "post-render.mjs");
    writeFileSync(script, program, { mode: 0o600 });
    const definition = {
      apiVersion: "v1",
      type: "postrenderer/v1",
      name: pluginName,
      version: "1.0.0",
      runtime: "subprocess",
      runtimeConfig: { platformCommand: [{ command: process.execPath, args: [script] }] },
    };
    writeFileSync(join(plugin, "plugin.yaml"), JSON.stringify(definition), { mode: 0o600 });
  }

  async #answer(socket: Socket): Promise<void> {
    try {
      const received = await receive(socket);
      const end = received.indexOf("\n");
      const rewrite = this.#rewrites.get(received.slice(0, end));
      if (rewrite === undefined) throw new Error("nobody waits for this post-renderer");
      socket.end(`+${await rewrite(received.slice(end + 1))}`);
    } catch (error) {
      // helm tells it as its own failure.
      socket.end(`-${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

/** All that the other side says until it has no more to say. The consumers of node:stream would close the socket with it. */
async function receive(socket: Socket): Promise<string> {
  let received = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => {
    received += chunk;
  });
  await new Promise<void>((resolve, reject) => {
    socket.once("end", resolve);
    socket.once("error", reject);
  });
  return received;
}
