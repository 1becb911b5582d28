/**
 * One clock for the whole fleet, whatever the clocks of hubs and agents say: that of the NATS server, which stamps every message. It is
 * measured how far others are from it; nothing is set right.
 */
export { FleetClock } from "./fleet-clock.ts";
export { SkewEstimate } from "./skew-estimate.ts";
