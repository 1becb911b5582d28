/**
 * OpenAPI v3, as far as clients read it: which kinds there are, what their fields are, and which patches and parameters their paths
 * take. Descriptions of built-in fields are left out.
 */
export { openApiDocument, openApiIndex } from "./documents.ts";
