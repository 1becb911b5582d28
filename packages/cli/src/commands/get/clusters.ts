import type { Command } from "commander";
import type { Console, ListFormat } from "../../output/mod.ts";
import { hubOf, type AddCommand, type GlobalOptions } from "../global.ts";
import { fieldSelectorOption, outputOption, plainName, selectorOption } from "../options.ts";

interface Options extends GlobalOptions {
  readonly selector?: string;
  readonly fieldSelector?: string;
  readonly output: ListFormat;
}

export const addGetClusters: AddCommand = (parent, console) => {
  listing(parent.command("clusters").alias("cluster"), console);
};

/** `cluster list` is `get clusters`. */
export const addListClusters: AddCommand = (parent, console) => {
  listing(parent.command("list"), console);
};

function listing(command: Command, console: Console): void {
  command
    .description("clusters of the fleet, and whether they are there")
    .argument("[cluster]", "one of them", plainName("cluster"))
    .addOption(selectorOption())
    .addOption(fieldSelectorOption())
    .addOption(outputOption())
    .action(async (name: string | undefined, _options: unknown, command: Command) => {
      const { selector, fieldSelector, output, ...global } = command.optsWithGlobals<Options>();
      const { getClusters } = await import("../../resources/mod.ts");
      await getClusters(console, await hubOf(console, global), { name, selector, fieldSelector, output });
    });
}
