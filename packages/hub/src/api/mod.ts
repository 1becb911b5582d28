/** The HTTP API: what the hub knows, and the commands it takes. It parses, asks, and shows; it decides nothing. */
export { createApp, openApiDocument } from "./app.ts";
export { describeCluster, type ApiContext, type Readiness, type Roles } from "./context.ts";
export { presentAvailability, presentEvent, presentInstance, presentRollout, presentTarget } from "./present.ts";
