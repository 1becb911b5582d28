import { Option, type Command } from "commander";
import type { ChartOptions } from "../catalog/charts.ts";
import { collect } from "./options.ts";

/** What commander makes of {@link withChartFlags}. */
export interface ChartFlags {
  readonly helm: string;
  readonly chartFolder?: string;
  readonly chartMirror: readonly string[];
  readonly chartCa?: string;
  readonly chartPlainHttp: readonly string[];
  readonly allowUnpinnedCharts?: true;
}

/** Flags of a command that renders charts. */
export function withChartFlags(command: Command): Command {
  return command
    .addOption(new Option("--helm <path>", "helm 4, for services that are deployed from charts").default("helm"))
    .option("--chart-folder <dir>", "where the catalog's chart folders that are not absolute are")
    .addOption(
      new Option("--chart-mirror <from=to>", "takes charts from elsewhere; can be given several times")
        .argParser(collect)
        .default([], "none"),
    )
    .option("--chart-ca <file>", "CA bundle for registries and repositories")
    .addOption(
      new Option("--chart-plain-http <host[:port]>", "OCI registry that speaks HTTP without TLS; can be given several times")
        .argParser(collect)
        .default([], "none"),
    )
    .option("--allow-unpinned-charts", "takes charts without a digest as they come");
}

export function chartsOf({
  helm,
  chartFolder: folder,
  chartMirror: mirrors,
  chartCa: caFile,
  chartPlainHttp: plainHttp,
  allowUnpinnedCharts,
}: ChartFlags): ChartOptions {
  return { helm, folder, mirrors, caFile, plainHttp, allowUnpinned: allowUnpinnedCharts === true };
}
