/**
 * JSON values as the API keeps them: plain, treated as immutable once stored. What a field means is
 * not known here.
 */
export { cloneJson, equalJson, hasPrototypeMember, isJsonObject, ownMember, parseJson } from "./value.ts";
export type { Json, JsonObject } from "./value.ts";
