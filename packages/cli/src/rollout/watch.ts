import type { HubClient, Rollout } from "../client/mod.ts";
import { CliError } from "../errors/mod.ts";
import type { Console, ListFormat } from "../output/mod.ts";
import { followRollout } from "./follow.ts";
import { showOutcome } from "./outcome.ts";
import { FrameView, LinesView, type ProgressView } from "./views.ts";

export interface WatchOptions {
  /** Seconds. */
  readonly timeout?: number;
  readonly output: ListFormat;
}

/**
 * Shows how a rollout goes on until it has ended, or stands still until somebody decides; gives it as it is then. Ctrl-C and the time limit end the watching alone.
 *
 * @throws CliError WatchTimeout, WatchInterrupted, RolloutForgotten
 */
export async function watchRollout(
  console: Console,
  client: HubClient,
  first: Rollout,
  { timeout, output }: WatchOptions,
): Promise<Rollout> {
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
      isOver: standsStill,
      onLost: (why: string) => view.say(why),
      onFound: () => view.say("the hub is there again"),
    };
    for await (const rollout of followRollout(client, first, options)) {
      last = rollout;
      view.show(rollout);
    }
  } finally {
    process.removeListener("SIGINT", interrupt);
    view.close();
  }
  if (!standsStill(last)) {
    const hint = `watch it again: portolan rollout watch ${last.name}; stop it: portolan rollout abort ${last.name}`;
    throw interrupted.signal.aborted
      ? new CliError("WatchInterrupted", `stopped watching; the rollout ${last.name} goes on`, { hint })
      : new CliError("WatchTimeout", `the rollout ${last.name} has not ended within ${timeout} s; it goes on`, { hint });
  }
  if (isDocument(output)) {
    await showOutcome(console, last, output);
  }
  return last;
}

/** It has ended, or nothing moves until somebody decides. */
function standsStill({ phase, counts, finishedAt }: Pick<Rollout, "phase" | "counts" | "finishedAt">): boolean {
  const moving = (counts["Sent"] ?? 0) + (counts["Waiting"] ?? 0) + (counts["Running"] ?? 0);
  return (
    finishedAt !== undefined ||
    phase === "Draft" ||
    phase === "Checked" ||
    (moving === 0 && (phase === "Paused" || phase === "AwaitingApproval"))
  );
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
