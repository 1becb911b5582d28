import { Option, type Command } from "commander";
import type { ListFormat } from "../../output/mod.ts";
import { hubOf, type AddCommand, type GlobalOptions } from "../global.ts";
import { fieldSelectorOption, namespaceOption, outputOption } from "../options.ts";

interface Options extends GlobalOptions {
  readonly cluster?: string;
  readonly namespace?: string;
  readonly service?: string;
  readonly selector?: string;
  readonly fieldSelector?: string;
  readonly output: ListFormat;
}

export const addGetInstances: AddCommand = (parent, console) => {
  parent
    .command("instances")
    .aliases(["instance", "si"])
    .description("what every cluster runs")
    .argument("[instance]", "one of them: CLUSTER/NAMESPACE/NAME, or NAME in any cluster")
    .option("--cluster <name>", "in this cluster alone")
    .addOption(namespaceOption())
    .option("--service <name>", "of this service alone")
    .addOption(new Option("-l, --selector <labels>", "label selector over the instances' labels"))
    .addOption(fieldSelectorOption("service=dns,ready=false"))
    .addOption(outputOption())
    .action(async (name: string | undefined, _options: unknown, command: Command) => {
      const { cluster, namespace, service, selector, fieldSelector, output, ...global } = command.optsWithGlobals<Options>();
      const { getInstances } = await import("../../resources/mod.ts");
      await getInstances(console, await hubOf(console, global), { name, cluster, namespace, service, selector, fieldSelector, output });
    });
};
