/** JSON patch (RFC 6902) and JSON merge patch (RFC 7386). Server-side apply is in `apply/`. */
export { applyJsonPatch } from "./json-patch.ts";
export { applyMergePatch } from "./merge-patch.ts";
