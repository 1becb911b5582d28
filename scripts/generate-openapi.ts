/** Generates docs/reference/openapi.json from the hub's routes. A unit test fails when the document is not current. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { openApiText } from "./openapi-reference/text.ts";

writeFileSync(join(import.meta.dirname, "../docs/reference/openapi.json"), openApiText());
