import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { isJsonObject } from "../json/mod.ts";
import type { Json } from "../json/mod.ts";
import { FileError, FolderReader } from "./files.ts";
import { inlineFiles } from "./inline-files.ts";
import { isDnsLabel } from "./names.ts";
import { parseServices } from "./parse.ts";
import type { ParsedCatalog, RawPiece, RawService } from "./parse.ts";
import type { CatalogProblem } from "./problems.ts";

const SERVICE_FILE = "service.yaml";

/**
 * Reads a catalog from a folder: `<service>/service.yaml`, `<service>/installers/<version>.yaml`, `<service>/upgraders/<name>.yaml`, and
 * the files that those name: manifests, and mappings and schemas that several versions share. Never throws: what cannot be read is a problem that names its file, and the rest is there.
 */
export async function loadCatalogFolder(dir: string): Promise<ParsedCatalog> {
  const problems: CatalogProblem[] = [];
  const services: RawService[] = [];
  for (const name of await serviceFolders(dir, problems)) {
    const service = await readService(dir, name, problems);
    if (service !== undefined) services.push(service);
  }
  const parsed = parseServices(services);
  return { catalog: parsed.catalog, problems: [...problems, ...parsed.problems] };
}

async function serviceFolders(dir: string, problems: CatalogProblem[]): Promise<readonly string[]> {
  try {
    const entries = await readdir(dir, { withFileTypes: true });
    // A mounted ConfigMap holds symbolic links, and its own bookkeeping under hidden names.
    return entries
      .filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith("."))
      .map(({ name }) => name)
      .sort();
  } catch (error) {
    problems.push({ code: "Unreadable", file: ".", message: `the catalog's folder cannot be read: ${systemMessage(error)}` });
    return [];
  }
}

async function readService(dir: string, name: string, problems: CatalogProblem[]): Promise<RawService | undefined> {
  if (!isDnsLabel(name)) {
    problems.push({
      code: "InvalidName",
      file: name,
      message: `the folder ${JSON.stringify(name)} is no service: expected a DNS-1123 label`,
    });
    return undefined;
  }
  const folder = new FolderReader(join(dir, name));
  const file = `${name}/${SERVICE_FILE}`;
  const content = await attempt(problems, file, async () => named(await folder.document(SERVICE_FILE), "name", name));
  const installers = await readPieces(folder, name, "installers", "version", problems);
  const upgraders = await readPieces(folder, name, "upgraders", "name", problems);
  // A service whose own file is broken still shows what is wrong with its versions.
  return { file, content, installers, upgraders };
}

async function readPieces(
  folder: FolderReader,
  service: string,
  kind: "installers" | "upgraders",
  key: "version" | "name",
  problems: CatalogProblem[],
): Promise<readonly RawPiece[]> {
  const pieces: RawPiece[] = [];
  const names = await attempt(problems, `${service}/${kind}`, () => folder.yamlFiles(kind));
  for (const name of names ?? []) {
    const file = `${service}/${kind}/${name}`;
    const content = await attempt(problems, file, async () => {
      const document = named(await folder.document(`${kind}/${name}`), key, name.replace(/\.ya?ml$/, ""));
      return inlineFiles(document, folder, `${kind}/${name}`);
    });
    if (content !== undefined) pieces.push({ file, content });
  }
  return pieces;
}

/** What a file defines is named after the file; it may say the name itself, but no other. */
function named(content: Json, key: string, name: string): Json {
  if (!isJsonObject(content)) return content;
  const own = content[key];
  if (own === undefined) return { [key]: name, ...content };
  if (own === name) return content;
  throw new FileError(
    "InvalidName",
    `/${key}: expected ${JSON.stringify(name)}, as the file's name says, found ${JSON.stringify(own)}`,
    `/${key}`,
  );
}

async function attempt<T>(problems: CatalogProblem[], file: string, action: () => Promise<T>): Promise<T | undefined> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    problems.push({ code: error.code, file, ...(error.path === "" ? {} : { path: error.path }), message: error.message });
    return undefined;
  }
}

function systemMessage(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown error";
}
