import { OfflineCharts, parseMirror, type ChartMirror, type HelmError } from "@portolan/agent/deployers/helm";
import { homedir } from "node:os";
import { join } from "node:path";
import { CliError } from "../errors/mod.ts";
import type { Console } from "../output/mod.ts";

/** Where charts come from, and what renders them. */
export interface ChartOptions {
  readonly helm: string;
  readonly folder: string | undefined;
  /** Each `FROM=TO`. */
  readonly mirrors: readonly string[];
  readonly caFile: string | undefined;
  /** Of registries, as `host[:port]`. */
  readonly plainHttp: readonly string[];
  readonly allowUnpinned: boolean;
}

/**
 * Gives charts to whoever renders them, and takes away afterwards what that has left.
 *
 * @param kubernetesVersion that charts are rendered for
 * @throws CliError InvalidUsage, and ChartUnavailable for what helm does not do
 */
export async function withCharts<Result>(
  { env }: Pick<Console, "env">,
  { helm, folder, mirrors, caFile, plainHttp, allowUnpinned }: ChartOptions,
  kubernetesVersion: string,
  work: (charts: OfflineCharts) => Promise<Result>,
): Promise<Result> {
  const charts = await OfflineCharts.open({
    program: helm,
    kubernetesVersion,
    charts: {
      cache: join(env["XDG_CACHE_HOME"] ?? join(env["HOME"] ?? homedir(), ".cache"), "portolan"),
      mirrors: mirrors.map(mirrorOf),
      plainHttp,
      digests: new Map(),
      allowUnpinned,
      ...(folder === undefined ? {} : { folder }),
      ...(caFile === undefined ? {} : { caFile }),
    },
  });
  try {
    return await work(charts);
  } finally {
    await charts.close();
  }
}

/** What helm does not do for a service, as its user is told. */
export function chartUnavailable(service: string, error: HelmError): CliError {
  const hint =
    "charts are rendered with helm: see --helm, --chart-mirror, --chart-folder and --allow-unpinned-charts, and for private ones helm registry login and helm repo add";
  return new CliError("ChartUnavailable", `${service}: ${error.message} (${error.code})`, { hint, cause: error });
}

/** @throws CliError InvalidUsage */
function mirrorOf(text: string): ChartMirror {
  const found = parseMirror(text);
  if (found === undefined) throw new CliError("InvalidUsage", `--chart-mirror: expected FROM=TO, found ${JSON.stringify(text)}`);
  return found;
}
