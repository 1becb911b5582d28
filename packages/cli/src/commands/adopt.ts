import { Option } from "commander";
import type { AddCommand } from "./global.ts";
import { collect, contextOption, kubeconfigOption, outputOption, pairs, type Pair } from "./options.ts";

interface Options {
  readonly namespace?: string;
  readonly catalog: readonly string[];
  readonly service?: string;
  readonly config?: string;
  readonly secret: readonly Pair[];
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly yes?: true;
  readonly dryRun?: true;
  readonly output: "table" | "json" | "yaml";
}

export const addAdopt: AddCommand = (parent, console, exitWith) => {
  parent
    .command("adopt")
    .description("make ServiceInstances of releases that were installed with helm, so that their objects stay as they are")
    .argument("[release]", "name of the release; without it all that are found")
    .option("-n, --namespace <name>", "this namespace alone")
    .addOption(
      new Option("--catalog <dir>", "folder of a catalog whose services are deployed from the charts; can be given several times")
        .argParser(collect)
        .default([], "none")
        .makeOptionMandatory(),
    )
    .option("--service <name>", "the service that it becomes, where several are deployed from its chart")
    .option("--config <file>", "config that the release does not tell; - reads stdin")
    .addOption(
      new Option(
        "--secret <name=secret>",
        "a Secret of the release's namespace, by the service's name for it; made of the release's values when there is none; {release} stands for the release's name",
      )
        .argParser(pairs)
        .default([], "none"),
    )
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .option("--yes", "asks nothing")
    .option("--dry-run", "shows what would be made, and makes nothing")
    .addOption(outputOption(["table", "json", "yaml"]))
    .action(async (release: string | undefined, options: Options) => {
      const { adopt } = await import("../adopt/adopt.ts");
      const { namespace, catalog: catalogs, service, config, secret: secrets, kubeconfig, context, yes, dryRun, output } = options;
      exitWith(
        await adopt(console, {
          release,
          namespace,
          catalogs,
          service,
          config,
          secrets,
          yes: yes === true,
          dryRun: dryRun === true,
          output,
          kubeconfig,
          context,
        }),
      );
    });
};
