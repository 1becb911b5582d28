/**
 * The charts of an agent: pulled with helm, verified against their pinned digest, and kept on disk by that digest, so that a chart
 * crosses the network once. What is in the cache was verified when it came, and is verified again by each process that uses it.
 */
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, mkdtemp, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { HelmDeployer } from "@portolan/shared/catalog";
import { pullCommands } from "./arguments.ts";
import type { ChartAccess } from "./chart-access.ts";
import { archiveOfFolder } from "./chart-folder.ts";
import { mirrored, parseChartReference, type ChartMirror, type ChartReference } from "./chart-reference.ts";
import { HelmError, pullFailureOf } from "./errors.ts";
import { exists } from "./exists.ts";
import type { HelmCommand, HelmProcesses, HelmResult } from "./processes.ts";
import { UnpinnedDigests } from "./unpinned-digests.ts";

/** Where a cluster takes its charts from. */
export interface ChartSettings {
  /** Where pulled charts are kept. */
  readonly cache: string;
  /** Folders of a catalog that are not absolute are below it. */
  readonly folder?: string;
  readonly mirrors: readonly ChartMirror[];
  /** `sha256:…` of charts that their catalog does not pin, by `<chart>@<version>`. */
  readonly digests: ReadonlyMap<string, string>;
  /** Charts that nobody pinned are taken as they come. */
  readonly allowUnpinned: boolean;
  /** Hosts of OCI registries that speak HTTP without TLS, as `registry.local:5000`. */
  readonly plainHttp: readonly string[];
  /** A CA bundle (PEM) for registries and repositories, beside the system's. */
  readonly caFile?: string;
}

/** A chart on disk. */
export interface ChartArchive {
  readonly path: string;
  /** `sha256:…` */
  readonly digest: string;
}

interface Pull {
  /** Never rejects. */
  ended: Promise<void>;
  result: { readonly ok: true; readonly archive: ChartArchive } | { readonly ok: false; readonly error: unknown } | undefined;
}

const pullTimeoutMs = 300_000;
const momentMs = 1_000;

export class Charts {
  readonly #settings: ChartSettings;
  readonly #processes: HelmProcesses;
  readonly #access: Pick<ChartAccess, "for">;
  /** Pulls that run, by chart and version: instances of one service share them. */
  readonly #pulls = new Map<string, Pull>();
  readonly #unpinned: UnpinnedDigests;
  /** Archives in the cache that were looked at: what an earlier process has left may be cut off, or be another one by now. */
  readonly #sound = new Set<string>();

  constructor(settings: ChartSettings, processes: HelmProcesses, access: Pick<ChartAccess, "for">) {
    this.#settings = settings;
    this.#processes = processes;
    this.#access = access;
    this.#unpinned = new UnpinnedDigests(settings.cache);
  }

  /** The chart's name. @throws HelmError InvalidChartReference */
  nameOf(deployer: HelmDeployer): string {
    return this.#reference(deployer).name;
  }

  /** `sha256:…` of the chart's archive, as far as it is known without pulling it. */
  digestOf(deployer: HelmDeployer): string | undefined {
    return deployer.digest ?? this.#settings.digests.get(idOf(deployer)) ?? this.#unpinned.get(idOf(deployer));
  }

  /**
   * The chart's archive: from the cache, or pulled and verified. A pull that takes longer than a moment goes on by itself, and what it
   * came to is given to whoever asks next.
   *
   * @throws HelmError
   */
  async archive(deployer: HelmDeployer, patienceMs = momentMs): Promise<ChartArchive | "pulling"> {
    const digest = this.digestOf(deployer);
    // What is in a folder is there to be read: its digest can be told.
    const isToldLater = this.#settings.allowUnpinned || this.#reference(deployer).kind === "folder";
    if (digest === undefined && !isToldLater) throw notPinned(deployer);
    if (digest !== undefined) {
      const path = this.#cached(digest);
      if (await this.#isSound(path, digest)) return { path, digest };
    }
    const id = `${idOf(deployer)} ${digest ?? ""}`;
    const pull = this.#pulls.get(id) ?? this.#begin(id, deployer, digest);
    // Patience that is not needed any more keeps no process alive.
    await Promise.race([pull.ended, sleep(patienceMs, undefined, { ref: false })]);
    if (pull.result === undefined) return "pulling";
    this.#pulls.delete(id);
    if (pull.result.ok) return pull.result.archive;
    throw pull.result.error;
  }

  #begin(id: string, deployer: HelmDeployer, digest: string | undefined): Pull {
    const pull: Pull = { ended: Promise.resolve(), result: undefined };
    this.#pulls.set(id, pull);
    pull.ended = this.#fetch(deployer, digest).then(
      (archive) => void (pull.result = { ok: true, archive }),
      (error: unknown) => void (pull.result = { ok: false, error }),
    );
    return pull;
  }

  #reference({ chart }: HelmDeployer): ChartReference {
    return parseChartReference(mirrored(chart, this.#settings.mirrors), this.#settings.folder);
  }

  #cached(digest: string): string {
    return join(this.#settings.cache, `${digest.replace(/^sha256:/u, "")}.tgz`);
  }

  async #fetch(deployer: HelmDeployer, pinned: string | undefined): Promise<ChartArchive> {
    const reference = this.#reference(deployer);
    await mkdir(this.#settings.cache, { recursive: true, mode: 0o700 });
    const folder = await mkdtemp(join(this.#settings.cache, ".pull-"));
    try {
      const file = await this.#bring(reference, deployer, folder);
      const digest = await digestOf(file);
      if (pinned !== undefined && digest !== pinned) {
        throw new HelmError(
          "ChartDigestMismatch",
          `expected ${idOf(deployer)} with the digest ${pinned}, found one with ${digest}: it is not the chart that the catalog means`,
        );
      }
      if (pinned === undefined && !this.#settings.allowUnpinned) throw notPinned(deployer, digest);
      const path = this.#cached(digest);
      await rename(file, path);
      this.#sound.add(path);
      if (pinned === undefined) await this.#unpinned.set(idOf(deployer), digest);
      return { path, digest };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async #isSound(path: string, digest: string): Promise<boolean> {
    if (!(await exists(path))) return false;
    if (!this.#sound.has(path) && (await digestOf(path)) === digest) this.#sound.add(path);
    return this.#sound.has(path);
  }

  async #pull(command: HelmCommand, deployer: HelmDeployer): Promise<HelmResult> {
    try {
      return await this.#processes.run(command, pullTimeoutMs);
    } catch (error) {
      // It took too long.
      if (error instanceof HelmError && error.code === "HelmInterrupted") {
        throw new HelmError("ChartUnavailable", `the chart ${idOf(deployer)} does not come: ${error.message}`, { cause: error });
      }
      throw error;
    }
  }

  /** Puts the archive into a folder, and says where. */
  async #bring(reference: ChartReference, deployer: HelmDeployer, folder: string): Promise<string> {
    if (reference.kind === "folder") {
      const chart = { reference, version: deployer.chartVersion, id: idOf(deployer) };
      return await archiveOfFolder(chart, folder, async (command) => await this.#pull(command, deployer));
    }
    const { caFile, plainHttp } = this.#settings;
    const access = await this.#access.for(reference, { folder, version: deployer.chartVersion, caFile });
    const charts = join(folder, "charts");
    await mkdir(charts);
    for (const command of pullCommands(reference, { version: deployer.chartVersion, destination: charts, caFile, plainHttp, access })) {
      const result = await this.#pull(command, deployer);
      if (result.code !== 0) throw pullFailureOf(idOf(deployer), result.stderr);
    }
    const file = (await readdir(charts)).find((each) => each.endsWith(".tgz"));
    if (file === undefined) throw new HelmError("ChartNotFound", `helm pull of ${idOf(deployer)} gave no archive`);
    return join(charts, file);
  }
}

function notPinned(deployer: HelmDeployer, found?: string): HelmError {
  const digest = found === undefined ? "its digest" : `its digest, which is ${found} now,`;
  return new HelmError(
    "ChartNotPinned",
    `the chart ${idOf(deployer)} is pinned neither by its catalog nor by this cluster: give ${digest} with --chart-digest, or accept unpinned charts with --allow-unpinned-charts`,
  );
}

/** `<chart>@<version>`, as the catalog writes it. */
function idOf({ chart, chartVersion }: HelmDeployer): string {
  return `${chart}@${chartVersion}`;
}

async function digestOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return `sha256:${hash.digest("hex")}`;
}
