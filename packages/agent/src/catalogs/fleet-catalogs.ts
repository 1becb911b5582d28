/** Fetches the fleet's catalogs by digest. A catalog that is not what its digest says, or holds mistakes, is told of; the good parts are used. */
import { CATALOGS_STREAM, type Bus } from "@portolan/shared/bus";
import { parseCatalog, type Catalog } from "@portolan/shared/catalog";
import { sha256Hex } from "@portolan/shared/json";
import { clip, decodeCatalogDocument, subjects, TEXT_LIMITS, WireError, type CatalogReference } from "@portolan/shared/wire";
import type { Logger } from "pino";
import type { NamedCatalog } from "./catalogs.ts";

const retryMs = 1_000;
const mostProblems = 20;

export interface FleetCatalogsOptions {
  readonly bus: Bus;
  readonly logger: Logger;
  /** The set is complete, or a part of it could be fetched now. */
  readonly onChange: (fleet: readonly NamedCatalog[]) => void;
}

/** What a fetched catalog turned out to be. */
interface Fetched {
  readonly catalog: Catalog;
  readonly problems: readonly string[];
}

export class FleetCatalogs {
  readonly #options: FleetCatalogsOptions;
  readonly #fetched = new Map<string, Fetched>();
  #wanted: readonly CatalogReference[] = [];
  #missing: readonly string[] = [];
  #retry: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(options: FleetCatalogsOptions) {
    this.#options = options;
  }

  /** One line a problem, for the hub. */
  get problems(): readonly string[] {
    const mistakes = this.#wanted.flatMap(({ name, digest }) =>
      (this.#fetched.get(digest)?.problems ?? []).map((problem) => `${name}: ${problem}`),
    );
    return [...this.#missing, ...mistakes].slice(0, mostProblems).map((problem) => clip(problem, TEXT_LIMITS.line));
  }

  /** Takes over the set of an intent document. What is there already is not fetched again. */
  async use(references: readonly CatalogReference[]): Promise<void> {
    this.#wanted = references;
    await this.#refresh();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#retry);
  }

  async #refresh(): Promise<void> {
    clearTimeout(this.#retry);
    const wanted = this.#wanted;
    const missing: string[] = [];
    for (const { name, digest } of wanted) {
      if (this.#fetched.has(digest)) continue;
      const problem = await this.#fetch(digest);
      if (problem !== undefined) missing.push(`${name}: ${problem}`);
    }
    // A newer set may have come while this one was fetched.
    if (wanted !== this.#wanted || this.#stopped) return;
    this.#missing = missing;
    for (const digest of this.#fetched.keys()) if (!wanted.some((each) => each.digest === digest)) this.#fetched.delete(digest);
    this.#options.onChange(
      wanted.flatMap(({ name, digest }) => {
        const fetched = this.#fetched.get(digest);
        return fetched === undefined ? [] : [{ name, catalog: fetched.catalog }];
      }),
    );
    if (missing.length > 0) {
      this.#options.logger.warn({ missing }, "catalogs of the fleet cannot be read and are tried again");
      this.#retry = setTimeout(() => void this.#refresh(), retryMs);
      this.#retry.unref();
    }
  }

  /** Returns why a catalog cannot be used; undefined when it can. */
  async #fetch(digest: string): Promise<string | undefined> {
    try {
      const message = await this.#options.bus.lastMessage(CATALOGS_STREAM.name, subjects.catalog(digest));
      if (message === undefined) return `the catalog ${digest.slice(0, 12)} is not in the stream`;
      const { content } = decodeCatalogDocument(message.payload);
      if (sha256Hex(content) !== digest) return `the catalog ${digest.slice(0, 12)} is not what its digest says`;
      const { catalog, problems } = parseCatalog(JSON.parse(new TextDecoder().decode(content)));
      this.#fetched.set(digest, { catalog, problems: problems.map((problem) => `${problem.file}: ${problem.message}`) });
      return undefined;
    } catch (error) {
      // What came from the wire may be anything; what went wrong is told to the hub and tried again.
      this.#options.logger.warn({ digest, err: error }, "a catalog of the fleet could not be read");
      return error instanceof WireError || error instanceof SyntaxError ? "it cannot be decoded" : "it cannot be fetched";
    }
  }
}
