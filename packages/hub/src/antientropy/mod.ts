/** Finds by digests what got lost between an agent and the hub, in either direction, and mends it in seconds. */
export { Repairer, type RepairerOptions, type RepairResult } from "./repairer.ts";
