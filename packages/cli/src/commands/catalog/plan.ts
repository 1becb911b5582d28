import type { AddCommand } from "../global.ts";
import { outputOption } from "../options.ts";

interface Options {
  readonly kubernetes?: string;
  readonly facts?: string;
  readonly config?: string;
  readonly output: "table" | "json" | "yaml";
}

export const addCatalogPlan: AddCommand = (parent, console, exitWith) => {
  parent
    .command("plan")
    .description("the steps between two versions, as an agent would plan them")
    .argument("<dir>", "folder of the catalog")
    .argument("<service>")
    .argument("<from>", "installed version; none (or -): the service is installed anew")
    .argument("<to>", "where to")
    .option("--kubernetes <version>", "version of Kubernetes that the cluster runs; without it ranges of Kubernetes versions count as met")
    .option("--facts <file>", "what is known of the cluster, as YAML or JSON; - reads stdin")
    .option("--config <file>", "config of the instance, for risks that ask for it; - reads stdin")
    .addOption(outputOption(["table", "json", "yaml"]))
    .addHelpText("after", "\nThe exit code is 1 when the version cannot be reached; every reason is shown.")
    .action(async (dir: string, service: string, from: string, to: string, { kubernetes, facts, config, output }: Options) => {
      const { planOffline } = await import("../../catalog/mod.ts");
      exitWith(await planOffline(console, { dir, service, from, to, kubernetes, facts, config, output }));
    });
};
