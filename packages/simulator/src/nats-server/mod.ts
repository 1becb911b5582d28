/**
 * A real NATS server for the demo, the tests and the benchmarks: found or installed, started on the
 * loopback interface, killed and restarted at will. It is not how a fleet's NATS system is run.
 */
export { NatsPortInUse, NatsServerNotFound, NatsServerNotReady } from "./errors.ts";
export { findNatsServer, type FoundNatsServer, type NatsServerRequest, type NatsServerSearch } from "./find.ts";
export { getNatsServer, type NatsServerAcquisition } from "./get.ts";
export { startNatsServer, type NatsServer, type NatsServerOptions } from "./server.ts";
export { NATS_SERVER_COMPATIBILITY_VERSION, NATS_SERVER_MINIMUM_VERSION, NATS_SERVER_VERSION } from "./versions.ts";
