import type { Command } from "commander";
import { hubOf, type AddCommand, type GlobalOptions } from "./global.ts";
import { outcomeOption, timeoutOption, watchOption, type WatchingOptions } from "./watching.ts";

export const addAbort: AddCommand = (parent, console, exitWith) => {
  parent
    .command("abort")
    .description("stop an upgrade: nothing new is begun, and what runs stops after its step")
    .argument("<id>", "of the upgrade")
    .addOption(watchOption())
    .addOption(timeoutOption())
    .addOption(outcomeOption())
    .addHelpText("after", "\nWith --watch the exit code is 0 when everything has stopped.")
    .action(async (id: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<GlobalOptions & WatchingOptions>();
      const { abortUpgrade } = await import("../upgrade/mod.ts");
      exitWith(await abortUpgrade(console, await hubOf(options), id, options));
    });
};
