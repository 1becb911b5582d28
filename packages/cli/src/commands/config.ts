import { Argument, Option, type Command } from "commander";
import { CliError } from "../errors/mod.ts";
import type { ListFormat } from "../output/mod.ts";
import type { AddCommand } from "./global.ts";
import { outputOption, url } from "./options.ts";

export const addConfig: AddCommand = (parent, console) => {
  const config = parent.command("config").description("which hubs you work with, by name");
  config
    .command("get-contexts")
    .description("list them")
    .addOption(outputOption())
    .action(async (_options: unknown, command: Command) => {
      const { getContexts } = await import("../config/mod.ts");
      await getContexts(console, command.optsWithGlobals<{ readonly output: ListFormat }>().output);
    });
  config
    .command("current-context")
    .description("name the one that is used where no other is named")
    .action(async () => {
      const { showCurrentContext } = await import("../config/mod.ts");
      await showCurrentContext(console);
    });
  config
    .command("use-context")
    .description("make one the current one")
    .argument("<context>")
    .action(async (name: string) => {
      const { useContext } = await import("../config/mod.ts");
      await useContext(console, name);
    });
  config
    .command("set-context")
    .description("add one, or give it another address; the first one becomes the current one")
    .argument("<context>")
    .addArgument(new Argument("[url]", "address of the hub; or --server URL").argParser(url))
    .action(async (name: string, address: string | undefined, _options: unknown, command: Command) => {
      const server = address ?? command.optsWithGlobals<{ readonly server?: string }>().server;
      if (server === undefined) {
        throw new CliError("InvalidUsage", `it was not said where the hub of ${name} is`, {
          hint: `portolan config set-context ${name} URL`,
        });
      }
      const { setContext } = await import("../config/mod.ts");
      await setContext(console, { name, server });
    });
  config
    .command("delete-context")
    .description("forget one")
    .argument("<context>")
    .action(async (name: string) => {
      const { deleteContext } = await import("../config/mod.ts");
      await deleteContext(console, name);
    });
  config
    .command("view")
    .description("show the config file")
    .addOption(new Option("-o, --output <format>", "how to print it").choices(["yaml", "json"]).default("yaml"))
    .action(async (_options: unknown, command: Command) => {
      const { showConfig } = await import("../config/mod.ts");
      await showConfig(console, command.optsWithGlobals<{ readonly output: "yaml" | "json" }>().output);
    });
};
