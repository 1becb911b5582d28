import type { Heartbeat, Incarnation, InstanceStatus } from "@portolan/shared/wire";
import type { Availability, InstanceRef } from "./model.ts";

/** Text form of an incarnation, equal exactly when the incarnations are. */
export type IncarnationKey = string;

export function incarnationKey(incarnation: Incarnation): IncarnationKey {
  return JSON.stringify([incarnation.clusterUid, incarnation.registrationId]);
}

/** What a payload on a report or availability subject says, once it was read. */
export type SubjectContent =
  | { readonly type: "status"; readonly incarnation: Incarnation; readonly ref: InstanceRef; readonly status: InstanceStatus }
  | { readonly type: "availability"; readonly incarnation: Incarnation; readonly ref: InstanceRef; readonly availability: Availability }
  /** A tombstone, or an availability without a document: nothing stands on the subject any more. */
  | { readonly type: "gone"; readonly incarnation: Incarnation }
  /** Bytes that could not be read, or that speak of something else than their subject. They stand there all the same. */
  | { readonly type: "unusable" };

/** One message of the report stream, read. */
export type FleetMessage =
  | {
      readonly type: "subject";
      readonly cluster: string;
      readonly subject: string;
      /** Sequence in the stream. */
      readonly sequence: number;
      readonly payload: Uint8Array;
      readonly content: SubjectContent;
    }
  | { readonly type: "heartbeat"; readonly cluster: string; readonly heartbeat: Heartbeat };

/** When and how a message arrived. */
export interface Arrival {
  /** The hub's clock. */
  readonly nowMs: number;
  /** When it was stored, by the same clock. */
  readonly storedAtMs: number;
  /** False for what the stream already held when the hub began to follow it: that is no sign of life. */
  readonly live: boolean;
}
