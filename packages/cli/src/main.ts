#!/usr/bin/env node
/** The `portolan` process: its streams and its exit code. */
import { run } from "./commands/mod.ts";
import { EXIT } from "./errors/mod.ts";

// Who read the output has read enough (`portolan get … | head -1`): as a program without a handler ends by SIGPIPE.
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") {
      throw error;
    }
    process.exit(EXIT.brokenPipe);
  });
}

// Not `process.exit`: what was written to a pipe may still be on its way.
process.exitCode = await run(process.argv.slice(2), {
  out: process.stdout,
  err: process.stderr,
  stdin: process.stdin,
  env: process.env,
  now: Date.now,
});
