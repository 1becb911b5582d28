/**
 * The intent documents: what the hub says to each cluster, signed, one document a cluster. What is to be said comes from labels,
 * catalogs and rollouts; here it is decided whether it must be said (again), and done.
 */
export type { IntentContent } from "./decide.ts";
export { IntentDocumentError } from "./document.ts";
export { IntentWriter, type IntentWriterOptions } from "./writer.ts";
