/**
 * The connection to the fleet's NATS system. Nothing else imports the client library, and nothing of it shows here.
 *
 * It knows subjects, payloads and streams; what the bytes mean is in `wire/`.
 */
export { BusError } from "./errors.ts";
export type { BusErrorCode } from "./errors.ts";
export { connectBus } from "./connect.ts";
export { AUDIT_STREAM, CATALOGS_STREAM, EVENTS_STREAM, FLEET_STREAMS, INTENTS_STREAM, REPORTS_STREAM } from "./streams.ts";
export type {
  Bus,
  BusLogger,
  BusMessage,
  BusOptions,
  BusStatus,
  Follower,
  FollowOptions,
  KeyValue,
  KeyValueBucket,
  KeyValueChange,
  KeyValueWrite,
  KeyValueEntry,
  KeyValueOptions,
  PublishStoredOptions,
  StoredAck,
  StoredMessage,
  StreamSpec,
  Subscription,
} from "./model.ts";
