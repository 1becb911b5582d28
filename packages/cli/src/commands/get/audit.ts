import type { Command } from "commander";
import type { ListFormat } from "../../output/mod.ts";
import { hubOf, type AddCommand, type GlobalOptions } from "../global.ts";
import { limitOption, outputOption, sinceOption } from "../options.ts";

interface Options extends GlobalOptions {
  readonly cluster?: string;
  readonly rollout?: string;
  readonly service?: string;
  readonly actor?: string;
  readonly since?: number;
  readonly limit: number;
  readonly output: ListFormat;
}

export const addGetAudit: AddCommand = (parent, console) => {
  parent
    .command("audit")
    .description("who did what and why, the newest first")
    .option("--cluster <name>", "about this cluster alone")
    .option("--rollout <name>", "about this rollout alone")
    .option("--service <name>", "about this service alone")
    .option("--actor <name>", "what this one did alone")
    .addOption(sinceOption())
    .addOption(limitOption())
    .addOption(outputOption())
    .action(async (_options: unknown, command: Command) => {
      const { cluster, rollout, service, actor, since, limit, output, ...global } = command.optsWithGlobals<Options>();
      const { getAudit } = await import("../../resources/mod.ts");
      await getAudit(console, await hubOf(console, global), { cluster, rollout, service, actor, sinceSeconds: since, limit, output });
    });
};
