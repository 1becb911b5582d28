import type { Command } from "commander";
import type { ListFormat } from "../../output/mod.ts";
import { hubOf, type AddCommand, type GlobalOptions } from "../global.ts";
import { outputOption, plainName } from "../options.ts";

interface Options extends GlobalOptions {
  readonly output: ListFormat;
}

export const addGetCatalogs: AddCommand = (parent, console) => {
  parent
    .command("catalogs")
    .alias("catalog")
    .description("the catalogs that were published to the fleet, lowest precedence first")
    .argument("[catalog]", "one of them", plainName("catalog"))
    .addOption(outputOption())
    .action(async (name: string | undefined, _options: unknown, command: Command) => {
      const { output, ...global } = command.optsWithGlobals<Options>();
      const { getCatalogs } = await import("../../resources/mod.ts");
      await getCatalogs(console, await hubOf(console, global), { name, output });
    });
};
