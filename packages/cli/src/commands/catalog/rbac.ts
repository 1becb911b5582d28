import { Option } from "commander";
import type { AddCommand } from "../global.ts";
import { chartsOf, withChartFlags, type ChartFlags } from "../charts.ts";
import { outputOption } from "../options.ts";

interface Options extends ChartFlags {
  readonly account?: string;
  readonly namespace?: string;
  readonly targetNamespace?: string;
  readonly name?: string;
  readonly config?: string;
  readonly agentNamespace: string;
  readonly ownRights?: true;
  readonly fleet: boolean;
  readonly kubernetes: string;
  readonly output: "json" | "yaml";
}

export const addCatalogRbac: AddCommand = (parent, console) => {
  withChartFlags(parent.command("rbac"))
    .description("the least that RBAC must allow: to the agent, or with --account to an account that instances of a service name")
    .argument("<dir>", "folder of the catalog")
    .argument("[service]", "this service alone")
    .option("--account <name>", "name of a ServiceAccount in whose name the service is looked after")
    .option("-n, --namespace <name>", "namespace of the instance (default: the service's name)")
    .option("--target-namespace <name>", "namespace of its objects (default: the instance's)")
    .option("--name <name>", "name of the instance (default: the service's)")
    .option("--config <file>", "a config to render with, beside the service's examples; - reads stdin")
    .addOption(new Option("--agent-namespace <name>", "namespace of the agent").default("portolan-system"))
    .addOption(
      new Option(
        "--own-rights",
        "the agent looks after services with its own rights, as it does for instances that name no account",
      ).conflicts("account"),
    )
    .option("--no-fleet", "the cluster belongs to no fleet")
    .addOption(new Option("--kubernetes <version>", "version of Kubernetes that charts are rendered for").default("v1.34.0"))
    .addOption(outputOption(["yaml", "json"], "yaml"))
    .action(async (dir: string, service: string | undefined, options: Options) => {
      // It brings a part of the agent along, which no other command needs.
      const { rbac } = await import("../../catalog/rbac.ts");
      const { account, namespace, targetNamespace, name, config, agentNamespace, ownRights, fleet, kubernetes, output } = options;
      await rbac(console, {
        dir,
        service,
        account,
        namespace,
        targetNamespace,
        name,
        config,
        agentNamespace,
        ownRights: ownRights === true,
        fleet,
        kubernetes,
        output,
        charts: chartsOf(options),
      });
    });
};
