import { randomInt } from "node:crypto";
import { createServer } from "node:net";

// Below the ranges that Linux (32768 and up) and macOS (49152 and up) take the local port of outgoing
// connections from: a server that was killed finds its port still free when it is started again.
const FIRST_PORT = 20_000;
const LAST_PORT = 32_000;
const ATTEMPTS = 200;

const handedOut = new Set<number>();

/** Whether a TCP port of 127.0.0.1 can be listened on now. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    // Whatever the reason is, this process cannot listen there, and that is the question.
    probe.once("error", () => resolve(false));
    probe.listen({ host: "127.0.0.1", port, exclusive: true }, () => {
      probe.close(() => resolve(true));
    });
  });
}

/** A TCP port of 127.0.0.1 that is free now and that this process was not given before. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const port = randomInt(FIRST_PORT, LAST_PORT);
    // One probe at a time: the next port is only needed when this one is taken.
    if (!handedOut.has(port) && (await isPortFree(port))) {
      handedOut.add(port);
      return port;
    }
  }
  throw new Error(`no free TCP port found on 127.0.0.1 between ${FIRST_PORT} and ${LAST_PORT} in ${ATTEMPTS} attempts`);
}
