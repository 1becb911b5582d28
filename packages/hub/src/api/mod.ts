/** The HTTP API: what the hub knows, and the commands it takes. It parses, asks, and shows; it decides nothing. */
export { createApp, openApiDocument } from "./app.ts";
export { describeCluster, type ApiContext, type Readiness } from "./context.ts";
export { presentAvailability, presentEvent, presentInstance, presentUpgrade, presentUpgradeSummary } from "./present.ts";
