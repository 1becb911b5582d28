import type { Command } from "commander";
import { hubOf, selectorOf, type AddCommand, type GlobalOptions, type SelectionOptions } from "./global.ts";
import { clustersOption, namespaceOption, outputOption, selectorOption } from "./options.ts";

interface Options extends GlobalOptions, SelectionOptions {
  readonly output: "table" | "json" | "yaml";
  readonly exitCode?: true;
}

export const addPlan: AddCommand = (parent, console, exitWith) => {
  parent
    .command("plan")
    .description("how one instance, or every instance of a service, would go to a version")
    .argument("<what>", "CLUSTER/NAMESPACE/NAME, or the name of a service")
    .argument("<version>", "where to")
    .addOption(clustersOption())
    .addOption(namespaceOption())
    .addOption(selectorOption())
    .option("--exit-code", "exit with 1 also when anything is to be done, as git diff does")
    .addOption(outputOption(["table", "json", "yaml"]))
    .addHelpText(
      "after",
      "\nEvery plan is the cluster's own agent's. The exit code is 1 when an instance cannot reach the version; every reason is shown.",
    )
    .action(async (what: string, version: string, _options: unknown, command: Command) => {
      const options = command.optsWithGlobals<Options>();
      const { showFleetPlan, showInstancePlan } = await import("../plan/mod.ts");
      const hub = await hubOf(console, options);
      const shared = { version, selector: selectorOf(options), output: options.output, strict: options.exitCode === true };
      exitWith(
        what.includes("/")
          ? await showInstancePlan(console, hub, { instance: what, ...shared })
          : await showFleetPlan(console, hub, { service: what, ...shared }),
      );
    });
};
