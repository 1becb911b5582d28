import type { HubClient, PublishedCatalog } from "../client/mod.ts";
import { CliError, listNearest } from "../errors/mod.ts";
import { age, printItems, type Console, type ListFormat, type View } from "../output/mod.ts";
import { shortDigest } from "./text.ts";

export interface CatalogsQuery {
  readonly name: string | undefined;
  readonly output: ListFormat;
}

export const catalogView: View<PublishedCatalog> = {
  plural: "catalogs",
  kind: "catalog",
  name: ({ name }) => name,
  columns: [
    { header: "NAME", cell: ({ name }) => name },
    { header: "DIGEST", cell: ({ digest }) => shortDigest(digest) },
    { header: "SERVICES", cell: ({ services }) => services.map(({ name }) => name).join(",") },
    { header: "AGE", cell: ({ publishedAt }, nowMs) => age(publishedAt, nowMs) },
    {
      header: "VERSIONS",
      cell: ({ services }) => services.flatMap(({ name, versions }) => versions.map((version) => `${name}@${version}`)).join(","),
      wide: true,
    },
  ],
};

export async function getCatalogs(console: Console, client: HubClient, { name, output }: CatalogsQuery): Promise<void> {
  const items = await client.catalogs();
  if (name === undefined) {
    await printItems(console, output, catalogView, { items });
    return;
  }
  const item = items.find((catalog) => catalog.name === name);
  if (item === undefined) {
    const details = [
      `catalogs: ${listNearest(
        name,
        items.map((catalog) => catalog.name),
      )}`,
    ];
    throw new CliError("UnknownCatalog", `the fleet has no catalog called ${name}`, { details });
  }
  await printItems(console, output, catalogView, { item });
}
