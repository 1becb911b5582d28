import type { AddCommand } from "../global.ts";
import { outputOption } from "../options.ts";

interface Options {
  readonly output: "table" | "json" | "yaml";
}

export const addCatalogLint: AddCommand = (parent, console, exitWith) => {
  parent
    .command("lint")
    .description("find what is wrong with a catalog, without a hub or a cluster")
    .argument("<dir>", "folder of the catalog")
    .addOption(outputOption(["table", "json", "yaml"]))
    .addHelpText("after", "\nThe exit code is 1 when there are errors; warnings alone are 0.")
    .action(async (dir: string, { output }: Options) => {
      const { lint } = await import("../../catalog/mod.ts");
      exitWith(await lint(console, dir, output));
    });
};
