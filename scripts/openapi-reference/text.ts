import { openApiDocument } from "@portolan/hub/api";
import manifest from "../../packages/hub/package.json" with { type: "json" };

/** The OpenAPI document of the hub's API as it is checked in. */
export function openApiText(): string {
  return `${JSON.stringify(openApiDocument(manifest.version), null, 2)}\n`;
}
