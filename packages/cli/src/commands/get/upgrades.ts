import type { Command } from "commander";
import type { ListFormat } from "../../output/mod.ts";
import { hubOf, type AddCommand, type GlobalOptions } from "../global.ts";
import { outputOption } from "../options.ts";

interface Options extends GlobalOptions {
  readonly service?: string;
  readonly output: ListFormat;
}

export const addGetUpgrades: AddCommand = (parent, console) => {
  parent
    .command("upgrades")
    .alias("upgrade")
    .description("fleet upgrades, the newest first")
    .argument("[id]", "one of them")
    .option("--service <name>", "of this service alone")
    .addOption(outputOption())
    .action(async (id: string | undefined, _options: unknown, command: Command) => {
      const { service, output, ...global } = command.optsWithGlobals<Options>();
      const { getUpgrades } = await import("../../resources/mod.ts");
      await getUpgrades(console, await hubOf(global), { id, service, output });
    });
};
