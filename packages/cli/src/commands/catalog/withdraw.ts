import type { Command } from "commander";
import { plainName } from "../options.ts";
import { hubOf, type AddCommand, type GlobalOptions } from "../global.ts";

export const addCatalogWithdraw: AddCommand = (parent, console) => {
  parent
    .command("withdraw")
    .description("take a catalog away from the fleet; running operations keep what they use")
    .argument("<catalog>", "what the fleet calls it", plainName("catalog"))
    .action(async (name: string, _options: unknown, command: Command) => {
      const { withdraw } = await import("../../catalog/mod.ts");
      await withdraw(console, await hubOf(console, command.optsWithGlobals<GlobalOptions>()), name);
    });
};
