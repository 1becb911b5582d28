/**
 * The fleet view: what every cluster runs and could run, as the agents report it. Pure: messages in, changes out. It does not decide
 * anything and keeps nothing that agents could not say again.
 */
export { AvailabilityDocuments } from "./availability-documents.ts";
export { Fleet, type FleetReader } from "./fleet.ts";
export { readFleetMessage, type ReadMessage } from "./read-message.ts";
export type { Arrival, FleetMessage, SubjectContent } from "./messages.ts";
export { incarnationKey, type IncarnationKey } from "./messages.ts";
export {
  instanceKey,
  isAvailabilityCurrent,
  type Availability,
  type ClusterView,
  type Connectivity,
  type FleetChange,
  type InstanceKey,
  type InstanceRef,
  type InstanceView,
  type ObservedIntent,
  type StandingSubject,
} from "./model.ts";
export type { StandingPayload } from "./subject-table.ts";
