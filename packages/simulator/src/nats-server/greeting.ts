import { connect } from "node:net";

/** What a NATS server says first on a connection, as far as its readiness is concerned. */
export interface Greeting {
  readonly serverName: string;
  readonly jetstream: boolean;
}

const TIMEOUT_MS = 2_000;

/** Reads the INFO line of the NATS protocol. Undefined for a line that is none. */
export function parseGreeting(line: string): Greeting | undefined {
  const json = /^INFO (.*)$/u.exec(line)?.[1];
  const info = json === undefined ? undefined : parseJson(json);
  if (typeof info !== "object" || info === null || !("server_name" in info)) {
    return undefined;
  }
  return {
    serverName: String(info.server_name),
    jetstream: "jetstream" in info && info.jetstream === true,
  };
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    // Whoever sent this is no NATS server, which is all that is asked.
    return undefined;
  }
}

/** Connects and reads the greeting. Undefined when nobody listens, or somebody who speaks no NATS. */
export function readGreeting(port: number): Promise<Greeting | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    let received = "";
    const settle = (greeting: Greeting | undefined): void => {
      socket.destroy();
      resolve(greeting);
    };
    socket.setTimeout(TIMEOUT_MS, () => settle(undefined));
    // Not listening yet: the caller asks again.
    socket.once("error", () => settle(undefined));
    socket.once("close", () => settle(undefined));
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      received += chunk;
      const end = received.indexOf("\r\n");
      if (end !== -1) {
        settle(parseGreeting(received.slice(0, end)));
      }
    });
  });
}
