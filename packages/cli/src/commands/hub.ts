import { Option, type Command } from "commander";
import type { NatsOptions } from "../backup/mod.ts";
import type { AddCommand } from "./global.ts";

/** What is done with a hub's data, over NATS: there need not be a hub. */
export const addHub: AddCommand = (parent, console) => {
  const hub = parent.command("hub").description("back up and restore what the hub alone knows");
  withNats(hub.command("backup").description("write labels, catalogs, rollouts and the audit record into a file"))
    .argument("<file>", "replaced when the backup is complete")
    .action(async (file: string, _options: unknown, command: Command) => {
      const { backUpHub } = await import("../backup/mod.ts");
      await backUpHub(console, file, command.optsWithGlobals<NatsOptions>());
    });
  withNats(hub.command("restore").description("restore a backup; stop the hubs before"))
    .argument("<file>", "from backup")
    .option("--force", "also where there is data: it becomes that of the backup", false)
    .action(async (file: string, _options: unknown, command: Command) => {
      const { restoreHub } = await import("../backup/mod.ts");
      await restoreHub(console, file, command.optsWithGlobals<NatsOptions & { readonly force: boolean }>());
    });
};

function withNats(command: Command): Command {
  return command
    .addOption(new Option("--nats <urls>", "NATS servers").env("PORTOLAN_NATS").default("nats://127.0.0.1:4222"))
    .addOption(new Option("--nats-creds <file>", "NATS credentials that may do what the hub may").env("PORTOLAN_NATS_CREDS"));
}
