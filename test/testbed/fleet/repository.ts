import { join } from "node:path";

/** The root of the working tree. */
export const REPOSITORY = join(import.meta.dirname, "../../..");

/** The catalog with the service `ledger`, whose actions wait where its configuration says. */
export const LEDGER_CATALOG = join(REPOSITORY, "test/fixtures/catalog");
