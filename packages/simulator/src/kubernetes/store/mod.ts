/** Objects in memory with revisions and a bounded history. Knows nothing of kinds, rules or HTTP. */
export { ObjectStore, type Change, type ChangeListener, type ChangeType, type Compacted } from "./store.ts";
