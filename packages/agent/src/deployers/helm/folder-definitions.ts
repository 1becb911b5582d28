import { showCrdsCommand } from "./arguments.ts";
import type { ChartArchive } from "./charts.ts";
import { failureOf } from "./errors.ts";
import { objectsOf } from "./manifest.ts";
import type { HelmProcesses } from "./processes.ts";

const timeoutMs = 30_000;

/** Which CRDs are in crds folders of a chart and of all charts that are in it. helm is asked once for an archive: what is in it never changes. */
export class FolderDefinitions {
  readonly #processes: Pick<HelmProcesses, "run">;
  readonly #known = new Map<string, ReadonlySet<string>>();

  constructor(processes: Pick<HelmProcesses, "run">) {
    this.#processes = processes;
  }

  /** Their names. @throws HelmError */
  async namesIn({ path, digest }: ChartArchive): Promise<ReadonlySet<string>> {
    const known = this.#known.get(digest);
    if (known !== undefined) return known;
    const shown = await this.#processes.run(showCrdsCommand(path), timeoutMs);
    if (shown.code !== 0) throw failureOf("show crds", shown.stderr);
    const names = new Set(objectsOf(shown.stdout).map(({ metadata }) => metadata.name));
    this.#known.set(digest, names);
    return names;
  }
}
