import { Option, type Command } from "commander";
import type { RolloutPhase } from "../../client/mod.ts";
import type { ListFormat } from "../../output/mod.ts";
import { hubOf, type AddCommand, type GlobalOptions } from "../global.ts";
import { outputOption, plainName } from "../options.ts";

interface Options extends GlobalOptions {
  readonly service?: string;
  readonly phase?: RolloutPhase;
  readonly output: ListFormat;
}

const PHASES = [
  "Draft",
  "Checking",
  "Checked",
  "Running",
  "AwaitingApproval",
  "Paused",
  "Aborting",
  "RollingBack",
  "Succeeded",
  "Failed",
  "Aborted",
  "RolledBack",
] as const satisfies readonly RolloutPhase[];

export const addGetRollouts: AddCommand = (parent, console) => {
  parent
    .command("rollouts")
    .alias("rollout")
    .description("rollouts, the newest first")
    .argument("[rollout]", "one of them", plainName("rollout"))
    .option("--service <name>", "of this service alone")
    .addOption(new Option("--phase <phase>", "in this phase alone").choices(PHASES))
    .addOption(outputOption())
    .action(async (name: string | undefined, _options: unknown, command: Command) => {
      const { service, phase, output, ...global } = command.optsWithGlobals<Options>();
      const { getRollouts } = await import("../../resources/mod.ts");
      await getRollouts(console, await hubOf(console, global), { name, service, phase, output });
    });
};
