import { Option, type Command } from "commander";
import type { ListFormat } from "../../output/mod.ts";
import { hubOf, type AddCommand, type GlobalOptions } from "../global.ts";
import { clustersOption, namespaceOption, outputOption, selectorOption } from "../options.ts";

interface Options extends GlobalOptions {
  readonly service?: string;
  readonly cluster?: string;
  readonly clusters?: readonly string[];
  readonly namespace?: string;
  readonly selector?: string;
  readonly output: ListFormat;
}

export const addGetVersions: AddCommand = (parent, console) => {
  parent
    .command("versions")
    .alias("version")
    .description("every version of the services: who runs it, who could go to it, who could not")
    .argument("[service]", "of this service alone")
    .option("--service <name>", "the same as the argument")
    .addOption(new Option("--cluster <name>", "as it is for this cluster alone").conflicts("clusters"))
    .addOption(clustersOption())
    .addOption(namespaceOption())
    .addOption(selectorOption())
    .addOption(outputOption())
    .action(async (argument: string | undefined, _options: unknown, command: Command) => {
      const { service = argument, cluster, clusters, namespace, selector, output, ...global } = command.optsWithGlobals<Options>();
      const { getVersions } = await import("../../resources/mod.ts");
      await getVersions(console, await hubOf(console, global), {
        service,
        clusters: cluster === undefined ? clusters : [cluster],
        namespace,
        selector,
        output,
      });
    });
};
