import { stat } from "node:fs/promises";
import { loadCatalogFolder, type Catalog, type CatalogProblem, type ServiceDefinition } from "@portolan/shared/catalog";
import { CliError, listNearest } from "../errors/mod.ts";
import { warn, type Console } from "../output/mod.ts";

export interface LoadedCatalog {
  readonly catalog: Catalog;
  readonly problems: readonly CatalogProblem[];
}

/**
 * Reads a catalog's folder. What is wrong with single files is among the problems.
 *
 * @throws CliError InputUnreadable when there is no such folder
 */
export async function loadCatalog(dir: string): Promise<LoadedCatalog> {
  const found = await stat(dir).catch((error: NodeJS.ErrnoException) => error);
  if (found instanceof Error) {
    throw new CliError(
      "InputUnreadable",
      found.code === "ENOENT" ? `the folder ${dir} does not exist` : `the folder ${dir} cannot be read: ${found.code}`,
      { cause: found },
    );
  }
  if (!found.isDirectory()) {
    throw new CliError("InputUnreadable", `${dir} is no folder; expected the folder that holds a folder for each service`);
  }
  return await loadCatalogFolder(dir);
}

/**
 * All services of several folders. Broken files are warned of; the others are there.
 *
 * @throws CliError InputUnreadable
 */
export async function loadServices(console: Console, dirs: readonly string[]): Promise<readonly ServiceDefinition[]> {
  const services: ServiceDefinition[] = [];
  for (const dir of dirs) {
    const { catalog, problems } = await loadCatalog(dir);
    for (const problem of problems) warn(console, describeProblem(problem));
    services.push(...catalog.services);
  }
  return services;
}

/**
 * One service of a catalog's folder. Broken files are warned of; the others are there.
 *
 * @throws CliError InputUnreadable, UnknownService
 */
export async function loadService(console: Console, dir: string, name: string): Promise<ServiceDefinition> {
  const { catalog, problems } = await loadCatalog(dir);
  const concerned = problems.filter(({ file }) => file === "." || file.split("/")[0] === name);
  for (const problem of concerned) {
    warn(console, describeProblem(problem));
  }
  const service = catalog.services.find((candidate) => candidate.name === name);
  if (service === undefined) {
    const broken = concerned.length > 0 ? ["its files are broken: see the warnings"] : [];
    const details = [
      ...broken,
      `services: ${listNearest(
        name,
        catalog.services.map((candidate) => candidate.name),
      )}`,
    ];
    throw new CliError("UnknownService", `the catalog in ${dir} has no service ${name}`, { details });
  }
  const others = problems.length - concerned.length;
  if (others > 0) {
    warn(console, `${others} ${others === 1 ? "problem" : "problems"} in other services of the catalog; see: portolan catalog lint ${dir}`);
  }
  return service;
}

/** One line for a person. */
export function describeProblem({
  file,
  path = "",
  code,
  message,
}: Pick<CatalogProblem, "file" | "path" | "message"> & { readonly code: string }): string {
  // Most messages begin with their place.
  const place = path === "" || message.startsWith(path) ? "" : ` ${path}`;
  return `${file}${place}: ${message} (${code})`;
}
