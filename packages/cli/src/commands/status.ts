import type { Command } from "commander";
import { hubOf, type AddCommand, type GlobalOptions } from "./global.ts";
import { outcomeOption, timeoutOption, watchOption, type WatchingOptions } from "./watching.ts";

export const addStatus: AddCommand = (parent, console, exitWith) => {
  parent
    .command("status")
    .description("how far an upgrade is")
    .argument("<id>", "of the upgrade")
    .addOption(watchOption())
    .addOption(timeoutOption())
    .addOption(outcomeOption())
    .addHelpText("after", "\nWith --watch the exit code is 0 only when the upgrade has succeeded.")
    .action(async (id: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & WatchingOptions>();
      const { showStatus } = await import("../upgrade/mod.ts");
      exitWith(await showStatus(console, await hubOf(options), id, options));
    });
};
