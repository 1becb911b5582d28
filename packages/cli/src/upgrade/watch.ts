import type { HubClient, Upgrade } from "../client/mod.ts";
import { CliError } from "../errors/mod.ts";
import type { Console, ListFormat } from "../output/mod.ts";
import { followUpgrade, hasEnded } from "./follow.ts";
import { showOutcome } from "./outcome.ts";
import { FrameView, LinesView, type ProgressView } from "./views.ts";

export interface WatchOptions {
  /** Seconds. */
  readonly timeout?: number;
  readonly output: ListFormat;
}

/**
 * Shows how an upgrade goes on until it has ended; gives it as it ended. Ctrl-C and the time limit end the watching alone.
 *
 * @throws CliError WatchTimeout, WatchInterrupted, UpgradeForgotten
 */
export async function watchUpgrade(
  console: Console,
  client: HubClient,
  first: Upgrade,
  { timeout, output }: WatchOptions,
): Promise<Upgrade> {
  const interrupted = new AbortController();
  const interrupt = (): void => interrupted.abort();
  // Once: the second Ctrl-C ends the process.
  process.once("SIGINT", interrupt);
  const limit = timeout === undefined ? [] : [AbortSignal.timeout(timeout * 1_000)];
  const view = viewFor(console, output);
  let last = first;
  try {
    const options = {
      signal: AbortSignal.any([interrupted.signal, ...limit]),
      now: console.now,
      onLost: (why: string) => view.say(why),
      onFound: () => view.say("the hub is there again"),
    };
    for await (const upgrade of followUpgrade(client, first, options)) {
      last = upgrade;
      view.show(upgrade);
    }
  } finally {
    process.removeListener("SIGINT", interrupt);
    view.close();
  }
  if (!hasEnded(last)) {
    const hint = `watch it again: portolan status ${last.id} --watch; stop it: portolan abort ${last.id}`;
    throw interrupted.signal.aborted
      ? new CliError("WatchInterrupted", `stopped watching; the upgrade ${last.id} goes on`, { hint })
      : new CliError("WatchTimeout", `the upgrade ${last.id} has not ended within ${timeout} s; it goes on`, { hint });
  }
  if (isDocument(output)) {
    await showOutcome(console, last, output);
  }
  return last;
}

/** What is printed is the result alone: progress goes elsewhere. */
function isDocument(output: ListFormat): boolean {
  return output !== "table" && output !== "wide";
}

function viewFor(console: Console, output: ListFormat): ProgressView {
  if (isDocument(output)) {
    return new LinesView(console.err);
  }
  return console.out.isTTY === true && console.env["TERM"] !== "dumb" ? new FrameView(console) : new LinesView(console.out);
}
