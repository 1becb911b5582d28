import { InvalidArgumentError, type Command } from "commander";
import type { LabelChange } from "../labels/mod.ts";
import { addDescribeCluster } from "./describe.ts";
import { addListClusters } from "./get/clusters.ts";
import { hubOf, type AddCommand, type GlobalOptions } from "./global.ts";

export const addCluster: AddCommand = (parent, console, exitWith) => {
  const cluster = parent.command("cluster").description("list, describe and label clusters");
  addListClusters(cluster, console, exitWith);
  addDescribeCluster(cluster, console, exitWith);
  cluster
    .command("label")
    .description("set and take away labels that the hub keeps for a cluster")
    .argument("<cluster>", "its name")
    .argument("<changes...>", "KEY=VALUE sets a label, KEY- takes it away", labelChange)
    .option("--overwrite", "also change labels that have another value", false)
    .action(async (name: string, changes: readonly LabelChange[], _options: unknown, command: Command) => {
      const { overwrite, ...global } = command.optsWithGlobals<GlobalOptions & { readonly overwrite: boolean }>();
      const { labelCluster } = await import("../labels/mod.ts");
      await labelCluster(console, await hubOf(console, global), { name, changes, overwrite });
    });
};

const CHANGE = /^(?:(?<set>[^=]+)=(?<value>[^=]*)|(?<removed>[^=]+)-)$/u;

function labelChange(text: string, before: readonly LabelChange[] = []): readonly LabelChange[] {
  const { set, value, removed } = CHANGE.exec(text)?.groups ?? {};
  const key = set ?? removed;
  if (key === undefined) {
    throw new InvalidArgumentError("Expected KEY=VALUE or KEY-.");
  }
  if (before.some((change) => change.key === key)) {
    throw new InvalidArgumentError(`${key} is there twice.`);
  }
  return [...before, { key, value }];
}
