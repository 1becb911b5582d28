import type { Clock } from "./clock.ts";
import type { KubeObject } from "./object.ts";
import type { KubeTransport } from "./transport.ts";

export interface KubeClientOptions {
  readonly transport: KubeTransport;
  /** For a whole request, its answer included. Default 30 s. */
  readonly timeoutMs?: number;
  /** How long a watch may be silent before it is taken for dead. Default 90 s: an API server sends a bookmark about once a minute. */
  readonly watchInactivityMs?: number;
  readonly userAgent?: string;
  /** The user in whose name everything is asked. Absent: whoever the transport is. */
  readonly impersonate?: string;
  readonly clock?: Clock;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly timeoutMs?: number;
}

export interface ReadOptions extends CallOptions {
  /** Only apiVersion, kind and metadata cross the wire (PartialObjectMetadata). */
  readonly metadataOnly?: boolean;
}

export interface SelectOptions extends ReadOptions {
  /** Absent: all namespaces. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface ListOptions extends SelectOptions {
  /** Objects a page; the pages are put together. Default 500. */
  readonly pageSize?: number;
}

export interface KubeList {
  readonly items: readonly KubeObject[];
  /** Where a watch goes on from this list. */
  readonly resourceVersion: string;
}

export interface WatchOptions extends SelectOptions {
  /** Events after this version. */
  readonly resourceVersion: string;
  /** After how long the server shall end the watch in good order. Absent: as it likes (30 to 60 minutes). */
  readonly lifetimeMs?: number;
  /** Instead of the client's own. */
  readonly inactivityMs?: number;
  /** The server has accepted the watch; events may be long in coming. */
  readonly onOpen?: () => void;
}

export interface LogOptions extends CallOptions {
  /** Absent: the only one. */
  readonly container?: string;
  readonly tailLines: number;
}

export interface WriteOptions extends CallOptions {
  /** Who owns what is written. Absent: the server takes the user agent's first part. */
  readonly fieldManager?: string;
  /** Check and compute, store nothing. */
  readonly dryRun?: boolean;
  /** What the server does about unknown and duplicate fields. Its default is `Warn`, which drops them. */
  readonly fieldValidation?: "Ignore" | "Warn" | "Strict";
}

export interface SubresourceOptions extends WriteOptions {
  readonly subresource?: string;
}

export interface ApplyOptions extends SubresourceOptions {
  readonly fieldManager: string;
  /** Take fields over from other managers instead of failing with a Conflict. */
  readonly force?: boolean;
}

export interface DeleteOptions extends CallOptions {
  /** Delete this very object, not one of the same name that came after it. */
  readonly uid?: string | undefined;
  /** Delete it only as it was seen. */
  readonly resourceVersion?: string | undefined;
  /** What happens to what it owns. Absent: the kind's default, for most `Background`. */
  readonly propagation?: "Foreground" | "Background" | "Orphan";
  readonly gracePeriodSeconds?: number;
  readonly dryRun?: boolean;
}

export interface ServerVersion {
  /** As the server gives it, vendor suffixes included: `v1.34.2-gke.104`. */
  readonly gitVersion: string;
}
