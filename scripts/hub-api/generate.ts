/** Generates packages/cli/src/client/generated/hub-api.ts. A unit test fails when it is not current. */
import { writeFileSync } from "node:fs";
import { hubApiText, TYPES } from "./text.ts";

writeFileSync(TYPES, await hubApiText());
