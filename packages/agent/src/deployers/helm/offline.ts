/** Renders charts without a cluster: for people who want to know beforehand what a version consists of. */
import { tmpdir } from "node:os";
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Installer, JsonObject } from "@portolan/shared/catalog";
import type { Rendered } from "../deployer.ts";
import { templateCommand } from "./arguments.ts";
import { Charts, type ChartSettings } from "./charts.ts";
import { failureOf, HelmError } from "./errors.ts";
import { personalAccess, personalConfiguration } from "./personal-access.ts";
import { HelmProcesses } from "./processes.ts";
import { renderedIn } from "./rendering.ts";

export interface OfflineOptions {
  /** Path of helm 4. */
  readonly program: string;
  readonly charts: ChartSettings;
  /** As an API server says it; decides about what charts render for it. */
  readonly kubernetesVersion: string;
}

const pullPatienceMs = 300_000;
const renderTimeoutMs = 120_000;

export class OfflineCharts {
  readonly #options: OfflineOptions;
  readonly #processes: HelmProcesses;
  readonly #charts: Charts;
  readonly #home: string;

  private constructor(options: OfflineOptions, home: string) {
    this.#options = options;
    this.#home = home;
    this.#processes = new HelmProcesses({
      program: options.program,
      env: { ...personalConfiguration(process.env), HELM_CACHE_HOME: join(home, "cache"), HELM_DATA_HOME: join(home, "data") },
    });
    this.#charts = new Charts(options.charts, this.#processes, personalAccess(this.#processes));
  }

  static async open(options: OfflineOptions): Promise<OfflineCharts> {
    return new OfflineCharts(options, await mkdtemp(join(tmpdir(), "portolan-charts-")));
  }

  /** @throws HelmError */
  async render(
    { version, deployer }: Installer,
    target: { readonly name: string; readonly namespace: string },
    values: JsonObject,
  ): Promise<Rendered> {
    if (deployer.type !== "helm") throw new TypeError(`${version} is not deployed from a chart`);
    const chart = await this.#charts.archive(deployer, pullPatienceMs);
    if (chart === "pulling") throw new HelmError("ChartUnavailable", `the chart ${deployer.chart} ${deployer.chartVersion} does not come`);
    const command = templateCommand(target, chart.path, values, {
      kubeVersion: this.#options.kubernetesVersion,
      tests: deployer.test === true,
    });
    const result = await this.#processes.run(command, renderTimeoutMs);
    if (result.code !== 0) throw failureOf("template", result.stderr);
    return renderedIn(result.stdout);
  }

  async close(): Promise<void> {
    await this.#processes.stop();
    await rm(this.#home, { recursive: true, force: true });
  }
}
