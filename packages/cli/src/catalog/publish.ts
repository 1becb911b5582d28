import { isJsonObject, toJson, type JsonObject } from "@portolan/shared/json";
import { CatalogTooLarge, serializeCatalog, type Catalog } from "@portolan/shared/catalog";
import { suggesting, type HubClient } from "../client/mod.ts";
import { CliError } from "../errors/mod.ts";
import { note, printItems, type Console, type ListFormat } from "../output/mod.ts";
import { catalogView } from "../resources/mod.ts";
import { describeProblem, loadCatalog } from "./load.ts";

export interface PublishRequest {
  readonly dir: string;
  readonly name: string;
  readonly output: ListFormat;
}

/**
 * Publishes a catalog's folder to the fleet: as a whole or not at all, because a file that was left out is a version that is gone.
 *
 * @throws CliError InputUnreadable, InvalidCatalog, CatalogTooLarge
 */
export async function publish(console: Console, client: HubClient, { dir, name, output }: PublishRequest): Promise<void> {
  const { catalog, problems } = await loadCatalog(dir);
  if (problems.length > 0) {
    throw new CliError(
      "InvalidCatalog",
      `the catalog in ${dir} has ${problems.length} ${problems.length === 1 ? "error" : "errors"}; nothing was published`,
      {
        details: problems.map(describeProblem),
        hint: `look closer with: portolan catalog lint ${dir}`,
      },
    );
  }
  if (catalog.services.length === 0) {
    throw new CliError("InvalidCatalog", `there is no service in ${dir}; expected a folder for each, with a service.yaml`);
  }
  const published = await client.publishCatalog(name, publishedForm(catalog));
  await printItems(console, output, catalogView, { item: published });
}

export async function withdraw(console: Console, client: HubClient, name: string): Promise<void> {
  await suggesting(client, { catalog: name }, () => client.withdrawCatalog(name));
  note(console, `catalog ${name} is withdrawn`);
}

function publishedForm(catalog: Catalog): JsonObject {
  try {
    const form = toJson(JSON.parse(new TextDecoder().decode(serializeCatalog(catalog))));
    return isJsonObject(form) ? form : {};
  } catch (error) {
    if (error instanceof CatalogTooLarge) {
      throw new CliError("CatalogTooLarge", error.message, { cause: error });
    }
    throw error;
  }
}
