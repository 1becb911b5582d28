/** What only the hub knows, in key-value buckets: compare-and-set, and written again from memory when the store was lost. */
export { RecordConflict, Records, type RecordsOptions } from "./records.ts";
