import { readFileSync } from "node:fs";
import { join } from "node:path";
import openapiTS, { astToString } from "openapi-typescript";

const DOCUMENT = join(import.meta.dirname, "../../docs/reference/openapi.json");
export const TYPES = join(import.meta.dirname, "../../packages/cli/src/client/generated/hub-api.ts");

/** The hub's API as TypeScript, made from its checked-in OpenAPI document. */
export async function hubApiText(): Promise<string> {
  const types = await openapiTS(readFileSync(DOCUMENT, "utf8"), { immutable: true, alphabetize: true });
  return `/** Generated from docs/reference/openapi.json by scripts/hub-api/generate.ts: do not edit. */\n${astToString(types)}`;
}
