/** Generates docs/reference/catalog.md from catalog/. A unit test fails when the page is not current. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadCatalogFolder } from "@portolan/shared/catalog";
import { referencePage } from "./catalog-reference/page.ts";

const root = join(import.meta.dirname, "..");
const { catalog, problems } = await loadCatalogFolder(join(root, "catalog"));
for (const { file, message } of problems) process.stderr.write(`${file}: ${message}\n`);
if (problems.length === 0) writeFileSync(join(root, "docs/reference/catalog.md"), referencePage(catalog));
process.exitCode = problems.length === 0 ? 0 : 1;
