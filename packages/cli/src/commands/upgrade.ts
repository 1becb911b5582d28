import { Option, type Command } from "commander";
import { hubOf, selectorOf, type AddCommand, type GlobalOptions, type SelectionOptions } from "./global.ts";
import { clustersOption, collect, count, namespaceOption, seconds, selectorOption } from "./options.ts";
import { outcomeOption, timeoutOption, watchOption, type WatchingOptions } from "./watching.ts";

interface Options extends GlobalOptions, SelectionOptions, WatchingOptions {
  readonly maxConcurrent?: number;
  readonly progressDeadline?: number;
  readonly notAfter?: number;
  readonly acceptRisk: readonly string[];
  readonly reason?: string;
  readonly skipUnreachable?: true;
  readonly onFailure?: "Stop" | "Continue";
}

export const addUpgrade: AddCommand = (parent, console, exitWith) => {
  parent
    .command("upgrade")
    .description("move every chosen instance of a service to a version, up or down, each by its own cluster's plan")
    .argument("<service>")
    .argument("<version>")
    .addOption(clustersOption())
    .addOption(namespaceOption())
    .addOption(selectorOption())
    .addOption(new Option("--max-concurrent <n>", "so many instances at a time").argParser(count))
    .addOption(new Option("--progress-deadline <duration>", "an instance has failed when nothing moves for so long").argParser(seconds))
    .addOption(new Option("--not-after <duration>", "a cluster that hears of it later does not begin").argParser(seconds))
    .addOption(
      new Option("--accept-risk <id>", "a risk that may be taken; can be given several times").argParser(collect).default([], "none"),
    )
    .addOption(new Option("--on-failure <what>", "whether those that wait go on when one has failed").choices(["Stop", "Continue"]))
    .option("--skip-unreachable", "leave out instances that cannot reach the version")
    .option("--reason <text>", "why, for those who look at it later")
    .addOption(watchOption())
    .addOption(timeoutOption())
    .addOption(outcomeOption())
    .action(async (service: string, version: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const { startUpgrade } = await import("../upgrade/mod.ts");
      const { maxConcurrent, progressDeadline, notAfter, acceptRisk, reason, skipUnreachable, onFailure } = options;
      const request = {
        service,
        version,
        selector: selectorOf(options),
        ...(maxConcurrent === undefined ? {} : { maxConcurrent }),
        ...(progressDeadline === undefined ? {} : { progressDeadlineSeconds: progressDeadline }),
        ...(notAfter === undefined ? {} : { notAfterSeconds: notAfter }),
        unreachable: skipUnreachable === true ? ("Skip" as const) : ("Refuse" as const),
        ...(onFailure === undefined ? {} : { onFailure }),
        acceptRisks: acceptRisk,
        ...(reason === undefined ? {} : { reason }),
      };
      exitWith(await startUpgrade(console, await hubOf(options), request, options));
    });
};
