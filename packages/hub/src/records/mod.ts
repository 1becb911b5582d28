/** What only the hub knows, in key-value buckets: compare-and-set, and written again from memory when the store was lost. */
export { readRecord } from "./read-record.ts";
export { RecordConflict, Records, type RecordsOptions } from "./records.ts";
