import type { Command } from "commander";
import type { ListFormat } from "../../output/mod.ts";
import { hubOf, type AddCommand, type GlobalOptions } from "../global.ts";
import { limitOption, namespaceOption, outputOption, sinceOption } from "../options.ts";

interface Options extends GlobalOptions {
  readonly cluster?: string;
  readonly service?: string;
  readonly namespace?: string;
  readonly since?: number;
  readonly limit: number;
  readonly output: ListFormat;
}

export const addGetEvents: AddCommand = (parent, console) => {
  parent
    .command("events")
    .alias("event")
    .description("what agents told of their operations, the newest first")
    .argument("[name]", "of instances with this name alone")
    .option("--cluster <name>", "of this cluster alone")
    .option("--service <name>", "of this service alone")
    .addOption(namespaceOption())
    .addOption(sinceOption())
    .addOption(limitOption())
    .addOption(outputOption())
    .action(async (name: string | undefined, _options: unknown, command: Command) => {
      const { cluster, service, namespace, since, limit, output, ...global } = command.optsWithGlobals<Options>();
      const { getEvents } = await import("../../resources/mod.ts");
      await getEvents(console, await hubOf(console, global), { name, cluster, service, namespace, sinceSeconds: since, limit, output });
    });
};
