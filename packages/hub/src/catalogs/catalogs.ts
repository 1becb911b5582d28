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
import { newIn, noted, type AuditEntry, type AuditRecord, type Journal } from "../audit/mod.ts";
import { judge, remember, type ConditionProblem, type Conditions } from "../conditions/mod.ts";
import { RecordConflict, type Records } from "../records/mod.ts";
import {
  decodeCatalogs,
  encodeCatalogs,
  NO_CATALOGS,
  withCatalog,
  withoutCatalog,
  type CatalogSet,
  type PublishedCatalog,
} from "./catalog-set.ts";

export interface CatalogsOptions {
  readonly bus: Pick<Bus, "publishStored">;
  readonly records: Pick<Records, "revision" | "write">;
  readonly logger: Logger;
  readonly now: () => number;
  /** The fleet's catalog set is another one. */
  readonly onChange: () => void;
  /** What was changed here is to be told. */
  readonly record: (entry: AuditEntry) => void;
  /** What somebody else has changed, who may not have told anybody. */
  readonly onSeen: (entries: Journal) => void;
}

/** Who asks for a change, and what it is held to. */
export interface Asked {
  readonly actor: string;
  readonly conditions: Conditions<PublishedCatalog | undefined>;
}

export type Publication =
  /** With what its authors should know. */
  | { readonly published: PublishedCatalog; readonly findings: readonly Finding[] }
  /** Some of this is wrong with it; nothing was published. */
  | { readonly refused: readonly Finding[] }
  | { readonly tooLarge: CatalogTooLarge }
  | { readonly tooMany: number }
  | { readonly problem: ConditionProblem };

export type Withdrawal = { readonly withdrawn: true } | { readonly unknown: true } | { readonly problem: ConditionProblem };

/** Key of the one record: the order of the set matters, so it is written as a whole. */
export const CATALOG_SET_KEY = "set";
const REPUBLISH_RETRY_MS = 500;
/** So often in a row somebody else may be faster. */
const MAX_CONFLICTS = 20;

/**
 * The catalogs of the fleet: their definitions in a stream, content-addressed, and the ordered set of them in a record. Agents learn
 * the set from their intent documents.
 */
export class Catalogs {
  readonly #options: CatalogsOptions;
  /** Payloads on the stream's subjects, by digest: kept to write them again when the stream is lost. */
  readonly #payloads = new Map<string, Uint8Array>();
  #stored = NO_CATALOGS;
  #retry: NodeJS.Timeout | undefined;

  constructor(options: CatalogsOptions) {
    this.#options = options;
  }

  /** Lowest precedence first. */
  get set(): CatalogSet {
    return this.#stored.set;
  }

  references(): CatalogReference[] {
    return this.set.map(({ name, digest }) => ({ name, digest }));
  }

  /** The record was read, or written by somebody else. */
  onRecord(value: Uint8Array | undefined): void {
    const stored = value === undefined ? NO_CATALOGS : decodeCatalogs(value);
    if (stored === undefined) {
      this.#options.logger.error({ key: CATALOG_SET_KEY }, "the stored catalog set cannot be read: it stays as it is in memory");
      return;
    }
    const news = newIn(stored.journal, this.#stored.journal);
    this.#stored = stored;
    this.#options.onChange();
    this.#options.onSeen(news);
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
  async publish(name: string, value: unknown, asked: Asked): Promise<Publication> {
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
    const payload = encodeCatalogDocument({ name, content });
    const changed = await this.#change(name, asked, { action: "CatalogPublished", after: { digest: published.digest } }, async (set) => {
      const next = withCatalog(set, published);
      if (next.length > COUNT_LIMITS.catalogs) {
        return { tooMany: COUNT_LIMITS.catalogs };
      }
      // The content first: an agent that learns of the digest must find it.
      await this.#options.bus.publishStored(subjects.catalog(published.digest), payload);
      this.#payloads.set(published.digest, payload);
      return next;
    });
    if ("doneAtMs" in changed) {
      return { published: { ...published, publishedAtMs: changed.doneAtMs }, findings };
    }
    if ("changed" in changed) {
      this.#options.logger.info({ catalog: name, digest: published.digest }, "catalog published");
      return { published, findings };
    }
    return changed;
  }

  /**
   * Takes a catalog out of the set; its content stays, because running operations may name it.
   *
   * @throws RecordConflict, BusError
   */
  async withdraw(name: string, asked: Asked): Promise<Withdrawal> {
    const changed = await this.#change(name, asked, { action: "CatalogWithdrawn" }, async (set) =>
      set.some((catalog) => catalog.name === name) ? withoutCatalog(set, name) : { unknown: true as const },
    );
    if ("doneAtMs" in changed) {
      return { withdrawn: true };
    }
    if ("changed" in changed) {
      this.#options.logger.info({ catalog: name }, "catalog withdrawn");
      return { withdrawn: true };
    }
    return changed;
  }

  stop(): void {
    clearTimeout(this.#retry);
  }

  /** Makes another set of the one that there is, again and again while somebody else was faster. */
  async #change<Refusal extends object>(
    name: string,
    { actor, conditions }: Asked,
    what: Pick<AuditRecord, "action" | "after">,
    make: (set: CatalogSet) => Promise<CatalogSet | Refusal>,
  ): Promise<{ readonly changed: true } | { readonly doneAtMs: number } | { readonly problem: ConditionProblem } | Refusal> {
    const { records, now, onChange, record } = this.#options;
    for (let attempt = 1; ; attempt += 1) {
      const basis = records.revision(CATALOG_SET_KEY);
      const { set, requests, journal } = this.#stored;
      const before = set.find((catalog) => catalog.name === name);
      const judged = judge(conditions, requests, before, now());
      if (judged.type !== "Go") {
        return judged.type === "Done" ? { doneAtMs: judged.atMs } : { problem: judged.problem };
      }
      const made = await make(set);
      if (!isSet(made)) {
        return made;
      }
      const was = before === undefined ? {} : { before: { digest: before.digest } };
      const note = noted(journal, { actor, name, ...was, ...what }, now());
      const known = conditions.request === undefined ? requests : remember(requests, conditions.request, now());
      const stored = { set: made, requests: known, journal: note.journal };
      try {
        await records.write(CATALOG_SET_KEY, encodeCatalogs(stored), basis);
        this.#stored = stored;
        onChange();
        record(note.entry);
        return { changed: true };
      } catch (error) {
        // What somebody else has written is known by now: it is decided anew.
        if (!(error instanceof RecordConflict) || attempt === MAX_CONFLICTS) {
          throw error;
        }
      }
    }
  }

  async #republish(): Promise<void> {
    for (const { name, digest } of this.set) {
      const payload = this.#payloads.get(digest);
      if (payload === undefined) {
        this.#options.logger.error({ catalog: name, digest }, "the content of a catalog is lost: publish it again");
      } else {
        await this.#options.bus.publishStored(subjects.catalog(digest), payload);
      }
    }
  }
}

function isSet(made: CatalogSet | object): made is CatalogSet {
  return Array.isArray(made);
}

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
