import type { Command } from "commander";
import { CliError } from "../errors/mod.ts";
import type { LabelChange } from "../labels/mod.ts";
import { addDescribeCluster } from "./describe.ts";
import { addListClusters } from "./get/clusters.ts";
import { hubOf, type AddCommand, type GlobalOptions } from "./global.ts";
import { selectorOption } from "./options.ts";

interface Options extends GlobalOptions {
  readonly overwrite: boolean;
  readonly selector?: string;
  readonly all?: true;
}

export const addCluster: AddCommand = (parent, console, exitWith) => {
  const cluster = parent.command("cluster").description("list, describe and label clusters");
  addListClusters(cluster, console, exitWith);
  addDescribeCluster(cluster, console, exitWith);
  cluster
    .command("label")
    .description("set and take away labels that the hub keeps for clusters")
    .argument("<cluster...>", "their names, then the changes: KEY=VALUE sets a label, KEY- takes it away")
    .addOption(selectorOption())
    .option("--all", "every cluster of the fleet")
    .option("--overwrite", "also change labels that have another value", false)
    .action(async (words: readonly string[], _options: unknown, command: Command) => {
      const { overwrite, selector, all, ...global } = command.optsWithGlobals<Options>();
      const { names, changes } = readWords(words);
      if ([names.length > 0, selector !== undefined, all === true].filter(Boolean).length !== 1) {
        throw new CliError("InvalidUsage", "say which clusters, in one way: by their names, by --selector, or --all");
      }
      const { labelClusters } = await import("../labels/mod.ts");
      await labelClusters(console, await hubOf(console, global), {
        changes,
        overwrite,
        ...(names.length > 0 ? { names } : { selector }),
      });
    });
};

const CHANGE = /^(?:(?<set>[^=]+)=(?<value>[^=]*)|(?<removed>[^=]+)-)$/u;

/** A name of a cluster ends with no `-`, and has no `=`. */
function readWords(words: readonly string[]): { readonly names: readonly string[]; readonly changes: readonly LabelChange[] } {
  const names: string[] = [];
  const changes: LabelChange[] = [];
  for (const word of words) {
    const { set, value, removed } = CHANGE.exec(word)?.groups ?? {};
    const key = set ?? removed;
    if (key === undefined) {
      names.push(word);
    } else if (changes.some((change) => change.key === key)) {
      throw new CliError("InvalidUsage", `the label ${key} is there twice`);
    } else {
      changes.push({ key, value });
    }
  }
  if (changes.length === 0) {
    throw new CliError("InvalidUsage", "nothing is to be changed", { hint: "KEY=VALUE sets a label, KEY- takes it away" });
  }
  return { names, changes };
}
