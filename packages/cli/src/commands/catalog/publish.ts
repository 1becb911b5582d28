import type { Command } from "commander";
import type { ListFormat } from "../../output/mod.ts";
import { hubOf, type AddCommand, type GlobalOptions } from "../global.ts";
import { outputOption } from "../options.ts";

interface Options extends GlobalOptions {
  readonly name: string;
  readonly output: ListFormat;
}

export const addCatalogPublish: AddCommand = (parent, console) => {
  parent
    .command("publish")
    .description("publish a catalog to the fleet, in the place of the one with its name")
    .argument("<dir>", "folder of the catalog")
    .requiredOption("--name <name>", "what the fleet calls it")
    .addOption(outputOption())
    .action(async (dir: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const { publish } = await import("../../catalog/mod.ts");
      await publish(console, await hubOf(console, options), { dir, name: options.name, output: options.output });
    });
};
