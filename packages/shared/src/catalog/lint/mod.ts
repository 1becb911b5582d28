/**
 * Lint for those who write catalogs: what loading does not refuse, and what is probably not meant.
 */
export type { Finding, LintCode } from "./finding.ts";
export { lintCatalog } from "./lint.ts";
