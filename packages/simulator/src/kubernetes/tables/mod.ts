/** Tables: what `kubectl get` prints, drawn by the server. Which columns a kind has, and what stands in them; pure. */
export { columnsOf } from "./columns-of.ts";
export { tableOf, type IncludeObject } from "./table.ts";
