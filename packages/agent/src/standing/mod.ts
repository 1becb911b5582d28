/** What the agent that leads says of itself, where `portolan doctor` reads it. */
export { readStanding, standingAnnotations, type FleetLink, type Standing } from "./standing.ts";
