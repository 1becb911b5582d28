/** One agent for one cluster, in this process. */
export { startAgent, type Agent, type AgentFleetOptions, type AgentOptions } from "./agent.ts";
export { findStuck } from "./liveness.ts";
