import { readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isFields, stringsAt } from "../../fields/mod.ts";

/**
 * Digests of charts that nobody pins, as they came first: a chart and version stand for one archive, also for the next process, and while
 * the registry is away. Kept in a file of the chart cache, and gone with it.
 */
export class UnpinnedDigests {
  readonly #file: string;
  #digests: Map<string, string> | undefined;

  constructor(cache: string) {
    this.#file = join(cache, "unpinned.json");
  }

  /** `sha256:…` @param id `<chart>@<version>` */
  get(id: string): string | undefined {
    return this.#known().get(id);
  }

  async set(id: string, digest: string): Promise<void> {
    this.#known().set(id, digest);
    const written = `${this.#file}.${process.pid}`;
    await writeFile(written, JSON.stringify(Object.fromEntries(this.#known())), { mode: 0o600 });
    await rename(written, this.#file);
  }

  #known(): Map<string, string> {
    this.#digests ??= new Map(Object.entries(read(this.#file)).filter(([, digest]) => /^sha256:[0-9a-f]{64}$/u.test(digest)));
    return this.#digests;
  }
}

function read(file: string): Readonly<Record<string, string>> {
  try {
    const found: unknown = JSON.parse(readFileSync(file, "utf8"));
    return isFields(found) ? stringsAt(found) : {};
  } catch {
    // There is none yet, or it was cut off: the charts are pulled anew.
    return {};
  }
}
