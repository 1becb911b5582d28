import type { Command } from "commander";
import { CliError } from "../../errors/mod.ts";
import type { Console, ListFormat } from "../../output/mod.ts";
import { hubOf, type AddCommand, type GlobalOptions } from "../global.ts";
import { limitOption, namespaceOption, outputOption, sinceOption } from "../options.ts";

interface Options extends GlobalOptions {
  readonly cluster?: string;
  readonly service?: string;
  readonly namespace?: string;
  readonly since?: number;
  readonly limit: number;
  readonly rollout?: string;
  readonly follow?: true;
  readonly output: ListFormat;
}

const DESCRIPTION = "what agents told of their operations, the newest first";

export const addGetEvents: AddCommand = (parent, console) => {
  build(parent.command("events").alias("event"), console);
};

/** The same without `get`, as `kubectl events`. */
export const addEvents: AddCommand = (parent, console) => {
  build(parent.command("events"), console);
};

function build(command: Command, console: Console): void {
  command
    .description(DESCRIPTION)
    .argument("[name]", "of instances with this name alone")
    .option("--cluster <name>", "of this cluster alone")
    .option("--service <name>", "of this service alone")
    .option("--rollout <name>", "of the targets of this rollout alone, while it was under way")
    .addOption(namespaceOption())
    .addOption(sinceOption())
    .addOption(limitOption())
    .option("-f, --follow", "the oldest first, and go on as it happens")
    .addOption(outputOption())
    .action(async (name: string | undefined) => {
      const { cluster, service, rollout, namespace, since, limit, output, follow, ...global } = command.optsWithGlobals<Options>();
      const query = { name, cluster, service, rollout, namespace, sinceSeconds: since, limit };
      const hub = await hubOf(console, global);
      if (follow === undefined) {
        const { getEvents } = await import("../../resources/mod.ts");
        await getEvents(console, hub, { ...query, output });
        return;
      }
      if (output !== "table" && output !== "json") {
        throw new CliError("InvalidUsage", `--follow cannot print as ${output}`, { hint: "leave out -o, or take -o json" });
      }
      const { followEvents } = await import("../../resources/mod.ts");
      await followEvents(console, hub, { ...query, output: output === "json" ? "json" : "lines" });
    });
}
