import { Option } from "commander";
import type { AddCommand } from "../global.ts";
import { outputOption } from "../options.ts";

interface Options {
  readonly config?: string;
  readonly overrides?: string;
  readonly facts?: string;
  readonly secrets?: string;
  readonly values?: true;
  readonly manifests?: true;
  readonly name?: string;
  readonly namespace?: string;
  readonly output: "json" | "yaml";
}

export const addCatalogRender: AddCommand = (parent, console) => {
  parent
    .command("render")
    .description("what a version deploys with a config: its objects, or the values that it gives to its chart")
    .argument("<dir>", "folder of the catalog")
    .argument("<service>")
    .argument("<version>")
    .option("--config <file>", "config of the instance, as YAML or JSON; - reads stdin; without it {}")
    .option("--overrides <file>", "merge patch over the values; - reads stdin")
    .option("--facts <file>", "what is known of the cluster; - reads stdin")
    .option("--secrets <file>", "name → key → value; without it placeholders stand for secrets; - reads stdin")
    .addOption(new Option("--values", "the effective values (what a helm version gives by default)").conflicts("manifests"))
    .option("--manifests", "the objects (what a version of manifests gives by default)")
    .option("--name <name>", "name of the instance (default: the service's)")
    .option("-n, --namespace <name>", "namespace of the instance (default: the service's name)")
    .addOption(outputOption(["yaml", "json"], "yaml"))
    .action(async (dir: string, service: string, version: string, { values, manifests, ...options }: Options) => {
      const { render } = await import("../../catalog/mod.ts");
      const what = values === true ? "values" : manifests === true ? "manifests" : undefined;
      await render(console, { dir, service, version, what, ...options });
    });
};
