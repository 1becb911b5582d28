import { createHash } from "node:crypto";
import type { Logger } from "pino";
import { lintCatalog, type Finding } from "@portolan/shared/catalog/lint";
import { BusError, type Bus, type StoredMessage } from "@portolan/shared/bus";
import { catalogDigest, CatalogTooLarge, parseCatalog, serializeCatalog, type Catalog } from "@portolan/shared/catalog";
import {
  COUNT_LIMITS,
  decodeCatalogDocument,
  encodeCatalogDocument,
  parseSubject,
  subjects,
  WireError,
  type CatalogReference,
} from "@portolan/shared/wire";
import type { Records } from "../records/mod.ts";
import { decodeCatalogSet, encodeCatalogSet, withCatalog, withoutCatalog, type CatalogSet, type PublishedCatalog } from "./catalog-set.ts";

export interface CatalogsOptions {
  readonly bus: Pick<Bus, "publishStored">;
  readonly records: Pick<Records, "revision" | "write">;
  readonly logger: Logger;
  readonly now: () => number;
  /** The fleet's catalog set is another one. */
  readonly onChange: () => void;
}

export type Publication =
  /** With what its authors should know. */
  | { readonly published: PublishedCatalog; readonly findings: readonly Finding[] }
  /** Some of this is wrong with it; nothing was published. */
  | { readonly refused: readonly Finding[] }
  | { readonly tooLarge: CatalogTooLarge }
  | { readonly tooMany: number };

/** Key of the one record: the order of the set matters, so it is written as a whole. */
export const CATALOG_SET_KEY = "set";
const REPUBLISH_RETRY_MS = 500;

/**
 * The catalogs of the fleet: their definitions in a stream, content-addressed, and the ordered set of them in a record. Agents learn
 * the set from their intent documents.
 */
export class Catalogs {
  readonly #options: CatalogsOptions;
  /** Payloads on the stream's subjects, by digest: kept to write them again when the stream is lost. */
  readonly #payloads = new Map<string, Uint8Array>();
  #set: CatalogSet = [];
  #retry: NodeJS.Timeout | undefined;

  constructor(options: CatalogsOptions) {
    this.#options = options;
  }

  /** Lowest precedence first. */
  get set(): CatalogSet {
    return this.#set;
  }

  references(): CatalogReference[] {
    return this.#set.map(({ name, digest }) => ({ name, digest }));
  }

  /** The record was read, or written by somebody else. */
  onRecord(value: Uint8Array | undefined): void {
    const set = value === undefined ? [] : decodeCatalogSet(value);
    if (set === undefined) {
      this.#options.logger.error({ key: CATALOG_SET_KEY }, "the stored catalog set cannot be read: it stays as it is in memory");
      return;
    }
    this.#set = set;
    this.#options.onChange();
  }

  /** A message of the stream. Returns what is wrong with it. */
  onStored({ subject, payload }: StoredMessage): string | undefined {
    const parsed = parseSubject(subject);
    if (parsed?.kind !== "catalog") {
      return "not the subject of a catalog";
    }
    try {
      const { content } = decodeCatalogDocument(payload);
      const digest = digestOf(content);
      if (digest !== parsed.digest) {
        return `the content's digest is ${digest}`;
      }
      this.#payloads.set(digest, Uint8Array.from(payload));
      return undefined;
    } catch (error) {
      if (error instanceof WireError) {
        return error.message;
      }
      throw error;
    }
  }

  /** The stream was lost: what the set names is published again, as soon as there is a stream. */
  restore(): void {
    clearTimeout(this.#retry);
    this.#republish().catch((error: unknown) => {
      if (!(error instanceof BusError)) {
        throw error;
      }
      this.#options.logger.warn({ code: error.code }, "could not publish the catalogs again, will try again");
      this.#retry = setTimeout(() => this.restore(), REPUBLISH_RETRY_MS);
    });
  }

  /**
   * Checks a catalog and publishes it under a name, in the place of the one that has the name.
   *
   * @throws RecordConflict, BusError
   */
  async publish(name: string, value: unknown): Promise<Publication> {
    const { catalog, problems } = parseCatalog(value);
    const findings = lintCatalog(catalog, problems);
    if (findings.some(isFatal)) {
      return { refused: findings };
    }
    const content = contentOf(catalog);
    if (content instanceof CatalogTooLarge) {
      return { tooLarge: content };
    }
    const published: PublishedCatalog = {
      name,
      digest: catalogDigest(catalog),
      publishedAtMs: this.#options.now(),
      services: servicesOf(catalog),
    };
    const basis = this.#options.records.revision(CATALOG_SET_KEY);
    const set = withCatalog(this.#set, published);
    if (set.length > COUNT_LIMITS.catalogs) {
      return { tooMany: COUNT_LIMITS.catalogs };
    }
    const payload = encodeCatalogDocument({ name, content });
    // The content first: an agent that learns of the digest must find it.
    await this.#options.bus.publishStored(subjects.catalog(published.digest), payload);
    this.#payloads.set(published.digest, payload);
    await this.#write(set, basis);
    this.#options.logger.info({ catalog: name, digest: published.digest }, "catalog published");
    return { published, findings };
  }

  /**
   * Takes a catalog out of the set; its content stays, because running operations may name it. False when there is none.
   *
   * @throws RecordConflict, BusError
   */
  async withdraw(name: string): Promise<boolean> {
    if (!this.#set.some((catalog) => catalog.name === name)) {
      return false;
    }
    await this.#write(withoutCatalog(this.#set, name), this.#options.records.revision(CATALOG_SET_KEY));
    this.#options.logger.info({ catalog: name }, "catalog withdrawn");
    return true;
  }

  stop(): void {
    clearTimeout(this.#retry);
  }

  /** @param basis revision of the record that the set was made from */
  async #write(set: CatalogSet, basis: number): Promise<void> {
    await this.#options.records.write(CATALOG_SET_KEY, encodeCatalogSet(set), basis);
    this.#set = set;
    this.#options.onChange();
  }

  async #republish(): Promise<void> {
    for (const { name, digest } of this.#set) {
      const payload = this.#payloads.get(digest);
      if (payload === undefined) {
        this.#options.logger.error({ catalog: name, digest }, "the content of a catalog is lost: publish it again");
      } else {
        await this.#options.bus.publishStored(subjects.catalog(digest), payload);
      }
    }
  }
}

/** Versions that an upgrader goes to may be in another catalog of the fleet, or in the agents' own. */
/** What no other catalog of a cluster can mend: another one may bring the version that is missing, or that breaks a circle. */
function isFatal({ severity, code }: Finding): boolean {
  return severity === "error" && code !== "MissingInstaller" && code !== "RequirementCycle";
}

function digestOf(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

function contentOf(catalog: Catalog): Uint8Array | CatalogTooLarge {
  try {
    return serializeCatalog(catalog);
  } catch (error) {
    if (error instanceof CatalogTooLarge) {
      return error;
    }
    throw error;
  }
}

function servicesOf({ services }: Catalog): PublishedCatalog["services"] {
  return services.map(({ name, installers }) => ({ name, versions: installers.map(({ version }) => version) }));
}
