import type * as z from "zod";
import { childPointer, isJsonArray, isJsonObject, toJson, toPointer, UntrustedJsonError } from "../json/mod.ts";
import type { Json } from "../json/mod.ts";
import { installerMistakes, schemaMistakes, upgraderMistakes } from "./mistakes.ts";
import type { Mistake } from "./mistakes.ts";
import type { Catalog, Installer, ServiceDefinition, Upgrader } from "./model.ts";
import type { CatalogProblem, CatalogProblemCode } from "./problems.ts";
import { installerSchema, serviceSchema, upgraderSchema } from "./schemas.ts";

/** What could be read, and what could not. A piece with a problem is left out; the others are there. */
export interface ParsedCatalog {
  readonly catalog: Catalog;
  readonly problems: readonly CatalogProblem[];
}

/** A piece of a catalog as it was found, and where. Undefined content was reported already. */
export interface RawPiece {
  readonly file: string;
  readonly content: unknown;
}

export interface RawService extends RawPiece {
  readonly installers: readonly RawPiece[];
  readonly upgraders: readonly RawPiece[];
}

const MAX_SERVICES = 1_000;
const MAX_PROBLEMS_PER_PIECE = 20;

/**
 * Reads a catalog from a JSON value of unknown origin, as {@link serializeCatalog} writes it. Never throws: what is wrong is a problem, and
 * one bad service, version or upgrader never hides the others.
 */
export function parseCatalog(value: unknown): ParsedCatalog {
  const file = "catalog.json";
  const { services, ...others } = isRecord(value) ? value : {};
  if (!Array.isArray(services))
    return failed({ code: "InvalidField", file, path: "/services", message: "/services: expected a list of services" });
  if (services.length > MAX_SERVICES)
    return failed({ code: "TooLarge", file, path: "/services", message: `more than ${MAX_SERVICES} services` });
  const parsed = parseServices(services.map(rawService));
  const unknown = Object.keys(others).map((key): CatalogProblem => ({
    code: "InvalidField",
    file,
    path: childPointer("", key),
    message: `${key}: there is no such field`,
  }));
  return { catalog: parsed.catalog, problems: [...unknown, ...parsed.problems] };
}

function isRecord(value: unknown): value is { readonly [key: string]: unknown } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function failed(problem: CatalogProblem): ParsedCatalog {
  return { catalog: { services: [] }, problems: [problem] };
}

/** A service of a published document, its pieces under the file names that a folder would give them. */
function rawService(value: unknown, index: number): RawService {
  if (!isRecord(value)) return { file: `services/${index}`, content: value ?? null, installers: [], upgraders: [] };
  const { installers = [], upgraders = [], ...content } = value;
  const folder = typeof content["name"] === "string" ? content["name"] : `services/${index}`;
  return {
    file: `${folder}/service.yaml`,
    content,
    installers: pieces(installers, `${folder}/installers`, "version"),
    upgraders: pieces(upgraders, `${folder}/upgraders`, "name"),
  };
}

function pieces(value: unknown, folder: string, key: string): readonly RawPiece[] {
  if (!Array.isArray(value)) return [{ file: folder, content: value }];
  return value.map((content: unknown, index) => {
    const name = isRecord(content) ? content[key] : undefined;
    return { file: `${folder}/${typeof name === "string" ? name : index}.yaml`, content: content ?? null };
  });
}

/** Checks services piece by piece. */
export function parseServices(raw: readonly RawService[]): ParsedCatalog {
  const problems: CatalogProblem[] = [];
  const services = new Map<string, ServiceDefinition>();
  for (const piece of raw) {
    const service = parseService(piece, problems);
    if (service === undefined) continue;
    if (services.has(service.name))
      problems.push({ code: "Duplicate", file: piece.file, path: "/name", message: `the service ${service.name} is defined twice` });
    else services.set(service.name, service);
  }
  return { catalog: { services: [...services.values()] }, problems };
}

function parseService(raw: RawService, problems: CatalogProblem[]): ServiceDefinition | undefined {
  const meta = parsePiece(raw, serviceSchema, ({ config }) => schemaMistakes(config, "/config"), problems);
  // Also when the service itself is wrong: whoever mends it wants to see everything at once.
  const installers = parsePieces<Installer>(raw.installers, installerSchema, installerMistakes, ({ version }) => version, problems);
  const upgraders = parsePieces<Upgrader>(raw.upgraders, upgraderSchema, upgraderMistakes, ({ name }) => name, problems);
  return meta === undefined ? undefined : { ...meta, installers, upgraders };
}

function parsePieces<T>(
  raw: readonly RawPiece[],
  schema: z.ZodType<T>,
  mistakes: (value: T) => readonly Mistake[],
  nameOf: (value: T) => string,
  problems: CatalogProblem[],
): readonly T[] {
  const byName = new Map<string, T>();
  for (const piece of raw) {
    const value = parsePiece(piece, schema, mistakes, problems);
    if (value === undefined) continue;
    const name = nameOf(value);
    if (byName.has(name)) problems.push({ code: "Duplicate", file: piece.file, message: `${name} is defined twice` });
    else byName.set(name, value);
  }
  return [...byName.values()];
}

function parsePiece<T>(
  { file, content }: RawPiece,
  schema: z.ZodType<T>,
  mistakes: (value: T) => readonly Mistake[],
  problems: CatalogProblem[],
): T | undefined {
  if (content === undefined) return undefined;
  const { value, found } = check(content, schema, mistakes);
  problems.push(...found.slice(0, MAX_PROBLEMS_PER_PIECE).map((mistake) => ({ ...mistake, file })));
  if (found.length > MAX_PROBLEMS_PER_PIECE) {
    problems.push({ code: "InvalidField", file, message: `${found.length - MAX_PROBLEMS_PER_PIECE} more problems` });
  }
  return found.length === 0 ? value : undefined;
}

function check<T>(
  content: unknown,
  schema: z.ZodType<T>,
  mistakes: (value: T) => readonly Mistake[],
): { readonly value?: T; readonly found: readonly Mistake[] } {
  let json: Json;
  try {
    json = toJson(content);
  } catch (error) {
    if (!(error instanceof UntrustedJsonError)) throw error;
    return { found: [{ code: error.code === "TooLarge" ? "TooLarge" : "Malformed", path: error.path, message: error.message }] };
  }
  const parsed = schema.safeParse(json);
  if (!parsed.success) return { found: parsed.error.issues.map((issue) => fieldMistake(issue, json)) };
  return { value: parsed.data, found: mistakes(parsed.data) };
}

const CODES: { readonly [code: string]: CatalogProblemCode } = {
  InvalidVersion: "InvalidVersion",
  InvalidRange: "InvalidRange",
  InvalidName: "InvalidName",
};

function fieldMistake(issue: z.core.$ZodIssue, content: Json): Mistake {
  const keys = issue.path.map((key) => (typeof key === "symbol" ? String(key) : key));
  const path = toPointer(keys);
  const code: unknown = issue.code === "custom" ? issue.params?.["code"] : undefined;
  const expected = issue.message.replace(/^Invalid input: /, "").replace(/, received \S+$/, "");
  return {
    code: (typeof code === "string" ? CODES[code] : undefined) ?? "InvalidField",
    path,
    message: `${path === "" ? "the file" : path}: ${expected}, found ${shortly(childAt(content, keys))}`,
  };
}

function childAt(content: Json, keys: readonly (string | number)[]): Json | undefined {
  let value: Json | undefined = content;
  for (const key of keys) {
    if (isJsonArray(value)) value = value[Number(key)];
    else if (isJsonObject(value)) value = value[key];
    else return undefined;
  }
  return value;
}

const MAX_SHOWN = 60;

function shortly(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  if (isJsonArray(value)) return "a list";
  if (isJsonObject(value)) return "an object";
  const text = JSON.stringify(value);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}
