import { Option } from "commander";
import { chartsOf, withChartFlags, type ChartFlags } from "./charts.ts";
import type { AddCommand } from "./global.ts";
import { collect, contextOption, kubeconfigOption, outputOption } from "./options.ts";

interface Options extends ChartFlags {
  readonly agentNamespace: string;
  readonly agentAccount?: string;
  readonly catalog: readonly string[];
  readonly ownRights?: true;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly output: "table" | "json" | "yaml";
}

export const addDoctor: AddCommand = (parent, console, exitWith) => {
  withChartFlags(parent.command("doctor"))
    .description("look at a cluster and its agent: what is wrong, and what to do")
    .addOption(new Option("--agent-namespace <name>", "namespace of the agent").default("portolan-system"))
    .option("--agent-account <name>", "name of the agent's ServiceAccount (default: that of its pod, else portolan-agent)")
    .addOption(
      new Option("--catalog <dir>", "folder of a catalog for whose services the agent's rights are checked; can be given several times")
        .argParser(collect)
        .default([], "none"),
    )
    .option("--own-rights", "the agent looks after services with its own rights, as it does for instances that name no account")
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addOption(outputOption(["table", "json", "yaml"]))
    .action(async (options: Options) => {
      const { doctor } = await import("../doctor/doctor.ts");
      const { agentNamespace: namespace, agentAccount: account, catalog: catalogs, ownRights, kubeconfig, context, output } = options;
      exitWith(
        await doctor(console, {
          namespace,
          account,
          catalogs,
          ownRights: ownRights === true,
          charts: chartsOf(options),
          output,
          kubeconfig,
          context,
        }),
      );
    });
};
