import { Argument, type Command } from "commander";
import { hubOf, selectorOf, type AddCommand } from "./global.ts";
import { addQuickOptions, settingsOf, type QuickOptions } from "./quick-options.ts";

export const addUpgrade: AddCommand = (parent, console, exitWith) =>
  addMove(
    parent,
    console,
    exitWith,
    "upgrade",
    "move every chosen instance of a service to a later version, each by its own cluster's plan",
  );

export const addDowngrade: AddCommand = (parent, console, exitWith) =>
  addMove(
    parent,
    console,
    exitWith,
    "downgrade",
    "move every chosen instance of a service to an earlier version, where there is a way back",
  );

function addMove(
  parent: Command,
  console: Parameters<AddCommand>[1],
  exitWith: Parameters<AddCommand>[2],
  action: "upgrade" | "downgrade",
  description: string,
): void {
  addQuickOptions(
    parent
      .command(action)
      .description(description)
      .argument("<service>")
      .addArgument(new Argument("<version>", 'or a range, as ">=1.14 <2": every instance takes the newest that it can reach')),
  ).action(async (service: string, goal: string, _options: unknown, command: Command) => {
    const options = command.optsWithGlobals<QuickOptions>();
    const { quickDocument, startDocument } = await import("../rollout/mod.ts");
    const isRange = /[\s<>=~^*|]/u.test(goal);
    const document = quickDocument(
      { action, service, ...(isRange ? { versionRange: goal } : { version: goal }), selector: selectorOf(options), ...settingsOf(options) },
      console.now(),
    );
    exitWith(await startDocument(console, await hubOf(console, options), document, { ...options, forget: options.name === undefined }));
  });
}
