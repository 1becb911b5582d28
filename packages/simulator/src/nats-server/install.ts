/** `node install.ts [VERSION]`: makes sure that a nats-server is there, and prints where. */
import { getNatsServer } from "./get.ts";
import { NatsServerNotFound } from "./errors.ts";

const version = process.argv[2];
try {
  const {
    binary,
    version: found,
    place,
  } = await getNatsServer({
    ...(version === undefined ? {} : { version }),
    onProgress: (line) => process.stderr.write(`${line}\n`),
  });
  process.stdout.write(`nats-server ${found} (${place}): ${binary}\n`);
} catch (error) {
  if (!(error instanceof NatsServerNotFound)) {
    throw error;
  }
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
