/** What requests do, apart from HTTP: create, read, update, patch, delete, list and scale, by the rules of the kinds. */
export { getObject, readObject, updaterContext, type Api, type Subresource, type WriteOptions } from "./api.ts";
export { createObject } from "./create.ts";
export { deleteCollection, deleteObject, parseDeleteOptions, type DeleteOptions, type DeleteResult } from "./delete.ts";
export { listObjects, parseResourceVersion, selectionOf, type ListOptions, type ObjectList } from "./list.ts";
export { podLog } from "./log.ts";
export { patchObject, type Patch } from "./patch.ts";
export { putObject } from "./put.ts";
export { getScale, scaleOf, updateScale } from "./scale.ts";
export { updateObject, type UpdateRequest, type UpdateResult } from "./update.ts";
