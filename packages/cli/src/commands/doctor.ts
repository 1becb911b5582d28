import { Option } from "commander";
import type { AddCommand } from "./global.ts";
import { contextOption, kubeconfigOption, outputOption } from "./options.ts";

interface Options {
  readonly agentNamespace: string;
  readonly kubeconfig?: string;
  readonly context?: string;
  readonly output: "table" | "json" | "yaml";
}

export const addDoctor: AddCommand = (parent, console, exitWith) => {
  parent
    .command("doctor")
    .description("look at a cluster and its agent: what is wrong, and what to do")
    .addOption(new Option("--agent-namespace <name>", "namespace of the agent").default("portolan-system"))
    .addOption(kubeconfigOption())
    .addOption(contextOption())
    .addOption(outputOption(["table", "json", "yaml"]))
    .action(async ({ agentNamespace: namespace, kubeconfig, context, output }: Options) => {
      const { doctor } = await import("../doctor/doctor.ts");
      exitWith(
        await doctor(console, {
          namespace,
          output,
          kubeconfig,
          context,
        }),
      );
    });
};
