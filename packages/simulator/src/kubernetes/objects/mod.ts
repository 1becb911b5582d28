/** Objects of the API as JSON: their metadata, keys and times. What a kind means is in `kinds/`. */
export { decodeObject } from "./decode.ts";
export { formatTime, keyOf, objectKey, type KubeObject, type ManagedFieldsEntry, type ObjectMeta, type OwnerReference } from "./object.ts";
