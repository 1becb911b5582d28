/** Failures on purpose, for tests: statuses, hangs and cut connections. */
export { ConnectionDropped, withFaults, type Fault, type FaultResponse, type Faults } from "./faults.ts";
