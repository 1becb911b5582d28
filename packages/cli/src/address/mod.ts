/** Addresses of hubs, as people write them. A folder of its own: the command line reads them before anything else is loaded. */
export { serverUrl } from "./server-url.ts";
