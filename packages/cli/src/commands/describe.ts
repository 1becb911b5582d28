import type { Command } from "commander";
import type { HubClient } from "../client/mod.ts";
import type { Console } from "../output/mod.ts";
import { plainName } from "./options.ts";
import { hubOf, type AddCommand, type GlobalOptions } from "./global.ts";

export const addDescribe: AddCommand = (parent, console, exitWith) => {
  const describe = parent.command("describe").description("show one thing with all that is known of it");
  addDescribeCluster(describe, console, exitWith);
  add(describe, console, "instance", "instance", "CLUSTER/NAMESPACE/NAME", async (client, name) => {
    const { describeInstance } = await import("../describe/mod.ts");
    await describeInstance(console, client, name);
  });
  add(describe, console, "rollout", "rollout", "its name", async (client, name) => {
    const { describeRollout } = await import("../describe/mod.ts");
    await describeRollout(console, client, name);
  });
};

export const addDescribeCluster: AddCommand = (parent, console) => {
  add(parent, console, parent.name() === "describe" ? "cluster" : "describe", "cluster", "its name", async (client, name) => {
    const { describeCluster } = await import("../describe/mod.ts");
    await describeCluster(console, client, name);
  });
};

function add(
  parent: Command,
  console: Console,
  command: string,
  argument: string,
  meaning: string,
  show: (client: HubClient, name: string) => Promise<void>,
): void {
  parent
    .command(command)
    .description("its facts, how it does, and what happened to it")
    .argument(`<${argument}>`, meaning, plainName(argument))
    .action(async (name: string, _options: unknown, self: Command) => {
      await show(await hubOf(console, self.optsWithGlobals<GlobalOptions>()), name);
    });
}
