import type { Command } from "commander";
import { hubOf, type AddCommand, type GlobalOptions } from "./global.ts";
import { outcomeOption, reasonOption, timeoutOption, watchOption, type WatchingOptions } from "./watching.ts";

interface Options extends GlobalOptions, WatchingOptions {
  readonly filename: string;
  readonly start?: true;
}

export const addApply: AddCommand = (parent, console, exitWith) => {
  parent
    .command("apply")
    .description("make a rollout from its document, or change one that has not started; ask the agents what they would do")
    .requiredOption("-f, --filename <file>", "the document, as YAML or JSON; - is stdin")
    .option("--start", "start it when the agents have answered and none refuses")
    .addOption(reasonOption())
    .addOption(watchOption())
    .addOption(timeoutOption())
    .addOption(outcomeOption())
    .addHelpText("after", "\nThe same document again changes nothing. The exit code is 1 when a target cannot be brought there.")
    .action(async (_options: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const { applyDocument, readDocument, startDocument } = await import("../rollout/mod.ts");
      const document = await readDocument(console, options.filename);
      const hub = await hubOf(console, options);
      exitWith(
        options.start === true
          ? await startDocument(console, hub, document, options)
          : await applyDocument(console, hub, document, options),
      );
    });
};
