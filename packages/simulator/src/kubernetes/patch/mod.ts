/** JSON patch (RFC 6902), JSON merge patch (RFC 7386) and strategic merge patch. Server-side apply is in `apply/`. */
export { applyJsonPatch } from "./json-patch.ts";
export { applyMergePatch } from "./merge-patch.ts";
export { applyStrategicMergePatch } from "./strategic-merge.ts";
