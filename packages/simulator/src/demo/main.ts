/** `npm run demo`: a fleet of five clusters on this machine, moved from version to version. */
import { parseArgs } from "node:util";
import { HubClient } from "./hub-client.ts";
import { liveNarrator } from "./narrator/live.ts";
import type { Narrator } from "./narrator/narrator.ts";
import { plainNarrator } from "./narrator/plain.ts";
import { silentNarrator } from "./narrator/silent.ts";
import { Audience, tell, type DemoResult } from "./story.ts";
import { startWorld, type World } from "./world.ts";

const usage = `Usage: npm run demo -- [options]

  --once       end when the story is told; otherwise the fleet stays up until Ctrl-C
  --json       print one JSON object with the results and nothing else
  --port PORT  port of the hub's API (8640; 0 = any free one)
  --help
`;

interface Settings {
  readonly once: boolean;
  readonly json: boolean;
  readonly port?: number;
}

function readSettings(args: readonly string[]): Settings | "help" {
  const { values } = parseArgs({
    args: [...args],
    options: { once: { type: "boolean" }, json: { type: "boolean" }, port: { type: "string" }, help: { type: "boolean" } },
  });
  if (values.help === true) return "help";
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && (!Number.isInteger(port) || port < 0 || port > 65_535)) {
    throw new TypeError(`expected a port from 0 to 65535 in --port, found ${JSON.stringify(values.port)}`);
  }
  return { once: values.once === true, json: values.json === true, ...(port === undefined ? {} : { port }) };
}

function chooseNarrator({ json }: Settings): Narrator {
  if (json) return silentNarrator;
  return process.stdout.isTTY ? liveNarrator(process.stdout) : plainNarrator((line) => process.stdout.write(`${line}\n`));
}

/** The exit code: 0 when every cluster arrived. */
async function run(settings: Settings, stopping: AbortController): Promise<number> {
  const startedAt = performance.timeOrigin - Date.now() + performance.now();
  const narrator = chooseNarrator(settings);
  let world: World | undefined;
  let failed = false;
  try {
    narrator.chapter("0  NATS, a hub and five clusters start");
    world = await startWorld({
      signal: stopping.signal,
      // Building a nats-server takes a minute. With --json nothing but the result may be on standard output.
      onProgress: (line) => {
        if (settings.json) process.stderr.write(`demo: ${line}\n`);
        else narrator.say(line);
      },
      ...(settings.port === undefined ? {} : { port: settings.port }),
    });
    narrator.say(`NATS ${world.natsUrl}   API ${world.url}/v1/clusters   OpenAPI ${world.url}/openapi.json`);
    const hub = new HubClient(world.url, stopping.signal);
    const audience = new Audience(narrator);
    const following = audience.follow(hub);
    const result = await Promise.race([
      tell(hub, audience, narrator, startedAt),
      following.then(() => Promise.reject(new Error("the hub ended its stream"))),
    ]);
    conclude(settings, narrator, result, world);
    if (!settings.once) await aborted(stopping.signal);
    stopping.abort();
    await following.catch(() => undefined);
    return result.arrived ? 0 : 1;
  } catch (error) {
    // Ctrl-C in the middle ends requests with an abort: that is no failure of the demo's parts.
    if (stopping.signal.aborted) return 130;
    failed = true;
    if (world !== undefined) process.stderr.write(`demo: the logs are in ${world.logFolder}\n`);
    throw error;
  } finally {
    stopping.abort();
    narrator.end();
    await world?.stop({ keepLogs: failed });
  }
}

function conclude({ json, once }: Settings, narrator: Narrator, result: DemoResult, world: World): void {
  if (json) {
    process.stdout.write(`${JSON.stringify(result)}\n`);
    return;
  }
  narrator.chapter(result.arrived ? "Every cluster arrived" : "Not every cluster arrived");
  for (const { name, hops } of result.clusters)
    narrator.say(`   ${name.padEnd(8)} ${hops.length} ${hops.length === 1 ? "hop " : "hops"}  ${hops.map((hop) => hop.to).join(" → ")}`);
  if (once) return;
  narrator.say(`\nThe fleet stays up until Ctrl-C. Look around in another terminal:`);
  narrator.say(`   export PORTOLAN_SERVER=${world.url}`);
  narrator.say("   npm run portolan -- get clusters");
  narrator.say("   npm run portolan -- get instances");
  narrator.say("   npm run portolan -- get versions");
}

async function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
}

// A reader such as `head` may go before the story ends.
process.stdout.on("error", (error: NodeJS.ErrnoException) => process.exit(error.code === "EPIPE" ? 0 : 1));
const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.on(signal, () => {
    // The second time a person means it.
    if (stopping.signal.aborted) process.exit(130);
    stopping.abort();
  });
}
try {
  const settings = readSettings(process.argv.slice(2));
  if (settings === "help") process.stdout.write(usage);
  else process.exitCode = await run(settings, stopping);
} catch (error) {
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
