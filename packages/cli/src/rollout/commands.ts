import {
  HubProblem,
  suggesting,
  type HubClient,
  type InstanceName,
  type Rollout,
  type RolloutAction,
  type RolloutActionRequest,
  type RolloutDocument,
} from "../client/mod.ts";
import { CliError, EXIT, type ExitCode } from "../errors/mod.ts";
import { confirms, note, type Console, type ListFormat } from "../output/mod.ts";
import { parseInstanceName } from "../resources/mod.ts";
import { formatCheck } from "./check.ts";
import { followRollout } from "./follow.ts";
import { showOutcome } from "./outcome.ts";
import { interruptionOf } from "./progress.ts";
import { watchRollout, type WatchOptions } from "./watch.ts";

export interface RolloutCommandOptions extends WatchOptions {
  readonly watch?: true;
  readonly reason?: string;
}

export interface StartOptions extends RolloutCommandOptions {
  /** Only asks the agents what they would do. */
  readonly dryRun?: true;
  /** Nobody has given it a name: what does not start is forgotten. */
  readonly forget?: boolean;
}

/** How long agents have to say what they would do; the hub gives them up earlier. */
const CHECK_TIMEOUT_MS = 120_000;

/** Applies a document, waits for the check, and starts it, unless that is all that was wanted. */
export async function startDocument(
  console: Console,
  client: HubClient,
  document: RolloutDocument,
  options: StartOptions,
): Promise<ExitCode> {
  const checked = await applyAndCheck(console, client, document, options.reason);
  if (options.dryRun === true) {
    const exitCode = await showCheck(console, checked, options.output);
    await forget(client, checked, options);
    return exitCode;
  }
  if (checked.phase !== "Checked") {
    throw new CliError("NotStarted", `the rollout ${checked.name} is ${checked.phase} already`, {
      hint: `look at it with: portolan rollout status ${checked.name}`,
    });
  }
  try {
    return await start(console, client, checked, options);
  } catch (error) {
    if (error instanceof HubProblem) {
      await forget(client, checked, options);
    }
    throw error;
  }
}

async function forget(client: HubClient, { name, phase }: Rollout, options: StartOptions): Promise<void> {
  if (options.forget === true && phase === "Checked") {
    await client.deleteRollout(name);
  }
}

/** Applies a document and shows what its agents would do. */
export async function applyDocument(
  console: Console,
  client: HubClient,
  document: RolloutDocument,
  options: RolloutCommandOptions,
): Promise<ExitCode> {
  const checked = await applyAndCheck(console, client, document, options.reason);
  const exitCode = await showCheck(console, checked, options.output);
  if (checked.phase === "Checked") {
    note(console, `start it: ${startCommand(checked)}`);
  }
  return exitCode;
}

/**
 * Starts a rollout as it was checked: as the hash says, or else as somebody at the terminal has just seen it. What nobody has looked at
 * may have been checked again since.
 *
 * @throws CliError NotConfirmed, Declined
 */
export async function startRollout(
  console: Console,
  client: HubClient,
  name: string,
  options: StartOptions & { readonly hash?: string; readonly yes?: true },
): Promise<ExitCode> {
  const rollout = await suggesting(client, { rollout: name }, () => client.rollout(name));
  if (options.hash === undefined && options.yes !== true && rollout.phase === "Checked") {
    console.err.write(formatCheck(console, rollout));
    if (console.stdin.isTTY !== true) {
      throw new CliError("NotConfirmed", `the rollout ${name} was not started: nobody has agreed to what its check came to`, {
        hint: `start exactly this: ${startCommand(rollout)}; or whatever the check came to last: --yes`,
      });
    }
    if (!(await confirms(console, `start ${name} as it was checked?`))) {
      throw new CliError("Declined", `the rollout ${name} was not started`);
    }
  }
  return await start(console, client, rollout, options);
}

function startCommand({ name, checkHash }: Pick<Rollout, "name" | "checkHash">): string {
  return `portolan rollout start ${name}${checkHash === undefined ? "" : ` --hash ${checkHash}`}`;
}

/** Asks something of a rollout, and shows what became of it. */
export async function actOnRollout(
  console: Console,
  client: HubClient,
  name: string,
  action: RolloutAction,
  { targets, wave, ...options }: RolloutCommandOptions & { readonly targets?: readonly string[]; readonly wave?: string },
): Promise<ExitCode> {
  const { reason } = options;
  const request: RolloutActionRequest = {
    ...(reason === undefined ? {} : { reason }),
    ...(wave === undefined ? {} : { wave }),
    ...(targets === undefined || targets.length === 0 ? {} : { targets: targets.map(nameOf) }),
  };
  const answer = await suggesting(client, { rollout: name }, () => client.actOnRollout(name, action, request));
  if (action === "undo" || action === "check") {
    const checked = await untilChecked(console, client, await client.rollout(answer.name));
    const exitCode = await showCheck(console, checked, options.output);
    note(console, `start it: ${startCommand(checked)}`);
    return exitCode;
  }
  return await showOrWatch(console, client, name, options);
}

/** Shows how far a rollout is. Watched, it gives 0 only when the rollout has succeeded. */
export async function showStatus(console: Console, client: HubClient, name: string, options: RolloutCommandOptions): Promise<ExitCode> {
  return await showOrWatch(console, client, name, options);
}

async function start(
  console: Console,
  client: HubClient,
  rollout: Rollout,
  options: StartOptions & { readonly hash?: string },
): Promise<ExitCode> {
  const { name, checkHash } = rollout;
  const { reason, hash = checkHash } = options;
  await client.actOnRollout(name, "start", { ...(hash === undefined ? {} : { hash }), ...(reason === undefined ? {} : { reason }) });
  const exitCode = await showOrWatch(console, client, name, options);
  if (options.watch !== true) {
    note(console, `watch it: portolan rollout watch ${name}; stop it: portolan rollout abort ${name}`);
  }
  return exitCode;
}

async function showOrWatch(console: Console, client: HubClient, name: string, options: RolloutCommandOptions): Promise<ExitCode> {
  const rollout = await suggesting(client, { rollout: name }, () => client.rollout(name));
  if (options.watch !== true) {
    await showOutcome(console, rollout, options.output);
    return EXIT.ok;
  }
  const last = await watchRollout(console, client, rollout, options);
  hintAt(console, last);
  return exitCodeOf(last);
}

async function applyAndCheck(console: Console, client: HubClient, document: RolloutDocument, reason: string | undefined): Promise<Rollout> {
  const { service, version, selector } = named(document);
  const { name } = await suggesting(client, { service, version, clusters: selector }, () => client.applyRollout(document, reason));
  return await untilChecked(console, client, await client.rollout(name));
}

/** @throws CliError CheckTimeout */
async function untilChecked(console: Console, client: HubClient, first: Rollout): Promise<Rollout> {
  const signal = AbortSignal.timeout(CHECK_TIMEOUT_MS);
  let last = first;
  for await (last of followRollout(client, first, {
    signal,
    now: console.now,
    isOver: ({ phase }) => phase !== "Checking",
    onLost: (why) => note(console, why),
    onFound: () => note(console, "the hub is there again"),
  })) {
    // Until the agents have said what they would do.
  }
  if (last.phase === "Checking") {
    throw new CliError("CheckTimeout", `the agents have not answered within ${CHECK_TIMEOUT_MS / 1000} s`);
  }
  return last;
}

/** 1 when a target cannot be brought there: for scripts, as `--exit-code` of other tools. */
async function showCheck(console: Console, rollout: Rollout, output: ListFormat): Promise<ExitCode> {
  if (output === "table" || output === "wide") {
    console.out.write(formatCheck(console, rollout));
  } else {
    await showOutcome(console, rollout, output);
  }
  return rollout.targets.some(({ check }) => check?.type === "Refused") ? EXIT.error : EXIT.ok;
}

/** What a person can do about a rollout that stands still. */
function hintAt(console: Console, rollout: Rollout): void {
  const { name, phase } = rollout;
  if (phase === "AwaitingApproval") {
    note(console, `it waits for approval: portolan rollout approve ${name}`);
  } else if (phase === "Paused") {
    const reason = interruptionOf(rollout);
    note(console, `it is paused${reason === undefined ? "" : `: ${reason.message}`}`);
    note(
      console,
      `go on: portolan rollout resume ${name}; try again what has failed: portolan rollout retry ${name}; end it: portolan rollout abort ${name}`,
    );
  }
}

function exitCodeOf({ phase }: Rollout): ExitCode {
  return phase === "Succeeded" ? EXIT.ok : phase === "AwaitingApproval" ? EXIT.waitingForApproval : EXIT.error;
}

/** What the user wrote that the hub may not know. */
function named({ spec }: RolloutDocument): { readonly service: string; readonly version: string; readonly selector: readonly string[] } {
  const { service, version, selector } = spec;
  const clusters: unknown = typeof selector === "object" && selector !== null && "clusters" in selector ? selector.clusters : [];
  return {
    service: typeof service === "string" ? service : "",
    version: typeof version === "string" ? version : "",
    selector: Array.isArray(clusters) ? clusters.filter((name) => typeof name === "string") : [],
  };
}

/** @throws CliError InvalidInstanceName */
function nameOf(text: string): InstanceName {
  return parseInstanceName(text);
}
