import { InvalidArgumentError, Option, type Command } from "commander";
import type { GlobalOptions, SelectionOptions } from "./global.ts";
import { clustersOption, collect, count, namespaceOption, seconds, selectorOption } from "./options.ts";
import { outcomeOption, reasonOption, timeoutOption, watchOption, type WatchingOptions } from "./watching.ts";

/** What the commands have in common that are a whole rollout in one line. */
export interface QuickOptions extends GlobalOptions, SelectionOptions, WatchingOptions {
  readonly name?: string;
  readonly maxConcurrent?: number;
  readonly canary?: string;
  readonly soak?: number;
  readonly approval?: readonly string[];
  readonly failureBudget?: string;
  readonly progressDeadline?: number;
  readonly notAfter?: number;
  readonly acceptRisk: readonly string[];
  readonly offline?: string;
  readonly onFailure?: string;
  readonly skipUnreachable?: true;
  readonly dryRun?: true;
}

const HELP = `
It asks every agent what it would do, and starts when all of them could. The exit code of --watch is 0 when it has succeeded, 1 when it
has failed or is paused, 5 when it waits for somebody's approval.`;

/** @param namespaces what -n means */
export function addQuickOptions(command: Command, namespaces?: string): Command {
  return command
    .addOption(clustersOption())
    .addOption(namespaceOption(namespaces))
    .addOption(selectorOption())
    .option("--name <name>", "of the rollout; default: made of the service and the version")
    .addOption(new Option("--max-concurrent <n>", "so many instances at a time").argParser(count))
    .addOption(new Option("--canary <share>", "so many clusters go first: 2, or 10%").argParser(share))
    .addOption(new Option("--soak <duration>", "the first clusters are watched for so long before the others begin").argParser(seconds))
    .addOption(new Option("--approval <role>", "one who has the role must approve before the others begin").argParser(roles))
    .addOption(new Option("--failure-budget <share>", "so many may fail: 2, or 5%").argParser(share))
    .addOption(new Option("--progress-deadline <duration>", "an instance has failed when nothing moves for so long").argParser(seconds))
    .addOption(new Option("--not-after <duration>", "a cluster that hears of it later does not begin").argParser(seconds))
    .addOption(
      new Option("--accept-risk <id>", "a risk that may be taken; can be given several times").argParser(collect).default([], "none"),
    )
    .addOption(new Option("--offline <what>", "what happens to clusters that are offline").choices(["Skip", "Defer", "CatchUp"]))
    .addOption(new Option("--on-failure <what>", "what happens beyond the failure budget").choices(["Pause", "Rollback", "Continue"]))
    .option("--skip-unreachable", "leave out instances that cannot reach the version")
    .option("--dry-run", "only ask the agents what they would do")
    .addOption(reasonOption())
    .addOption(watchOption())
    .addOption(timeoutOption())
    .addOption(outcomeOption())
    .addHelpText("after", HELP);
}

export function settingsOf({
  name,
  maxConcurrent,
  canary,
  soak,
  approval,
  failureBudget,
  progressDeadline,
  notAfter,
  offline,
  onFailure,
  skipUnreachable,
  acceptRisk,
}: QuickOptions) {
  return {
    acceptRisks: acceptRisk,
    ...(name === undefined ? {} : { name }),
    ...(maxConcurrent === undefined ? {} : { maxConcurrent }),
    ...(canary === undefined ? {} : { canary }),
    ...(soak === undefined ? {} : { soakSeconds: soak }),
    ...(approval === undefined ? {} : { approval }),
    ...(failureBudget === undefined ? {} : { failureBudget }),
    ...(progressDeadline === undefined ? {} : { progressDeadlineSeconds: progressDeadline }),
    ...(notAfter === undefined ? {} : { notAfterSeconds: notAfter }),
    ...(offline === undefined ? {} : { offline }),
    ...(onFailure === undefined ? {} : { onFailure }),
    ...(skipUnreachable === undefined ? {} : { skipUnreachable }),
  };
}

/** `3` or `10%`. */
function share(text: string): string {
  if (!/^\d{1,6}(?:\.\d{1,3})?%?$/u.test(text) || (text.includes(".") && !text.endsWith("%"))) {
    throw new InvalidArgumentError("Expected a number of clusters such as 3, or a percentage such as 10%.");
  }
  return text;
}

/** Given several times. */
function roles(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}
