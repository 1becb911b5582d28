import { describeAttempts, type Attempt } from "../program-cache/mod.ts";
import { describeRequirement, NATS_SERVER_VERSION } from "./versions.ts";

/** No nats-server was found, and none could be installed. Names everything that was tried. */
export class NatsServerNotFound extends Error {
  readonly code = "NATS_SERVER_NOT_FOUND";
  readonly attempts: readonly Attempt[];

  constructor(attempts: readonly Attempt[], requested?: string) {
    const version = requested ?? NATS_SERVER_VERSION;
    super(
      `no nats-server found (${describeRequirement(requested)}). Tried:\n${describeAttempts(attempts)}\n` +
        "Get one in one of these ways, and run again:\n" +
        `  - the release of your system from https://github.com/nats-io/nats-server/releases/tag/v${version}, ` +
        "with NATS_SERVER set to the path of the nats-server in it\n" +
        "  - a package manager (brew install nats-server, apt-get install nats-server), which puts it on PATH\n" +
        "  - Go (https://go.dev/dl) on PATH, with which it is built in under a minute",
    );
    this.name = "NatsServerNotFound";
    this.attempts = attempts;
  }
}

/** Something else listens on the port that was asked for. */
export class NatsPortInUse extends Error {
  readonly code = "NATS_PORT_IN_USE";
  readonly port: number;

  constructor(port: number) {
    super(`port ${port} of 127.0.0.1 is in use by another program: end that one, or choose another port (0 takes any free one)`);
    this.name = "NatsPortInUse";
    this.port = port;
  }
}

/** The nats-server was started and did not become ready. */
export class NatsServerNotReady extends Error {
  readonly code = "NATS_SERVER_NOT_READY";

  constructor(reason: string, logTail: string) {
    super(`nats-server did not become ready: ${reason}. The end of its log:\n${logTail}`);
    this.name = "NatsServerNotReady";
  }
}
