/**
 * A thin Kubernetes client: objects as JSON, kinds by discovery, typed errors, watches. It knows nothing of queues, caches or of
 * what the objects mean.
 */
export { KubeClient } from "./client.ts";
export { describeAccess, serviceAccountSubject, type Access, type AccessSubject, type ResourceAccess } from "./access.ts";
export type {
  ApplyOptions,
  CallOptions,
  DeleteOptions,
  KubeClientOptions,
  KubeList,
  ListOptions,
  ReadOptions,
  SelectOptions,
  ServerVersion,
  SubresourceOptions,
  WatchOptions,
  WriteOptions,
} from "./client-options.ts";
export { sleep, systemClock, type CancelTimer, type Clock } from "./clock.ts";
export { untilAborted } from "./deadline.ts";
export type { ResourceInfo } from "./resource-info.ts";
export {
  ClientReason,
  fieldConflicts,
  isAlreadyExists,
  isConflict,
  isExpired,
  isForbidden,
  isInvalid,
  isNoKindMatch,
  isNotFound,
  isTimeout,
  KubeError,
  type KubeErrorInit,
  type KubeErrorReason,
  type StatusCause,
} from "./errors.ts";
export {
  describeKind,
  describeRef,
  isBeingDeleted,
  objectKey,
  ownerReference,
  refOf,
  splitObjectKey,
  type KindRef,
  type KubeObject,
  type ManagedFieldsEntry,
  type ObjectKey,
  type ObjectMeta,
  type ObjectRef,
  type OwnerReference,
} from "./object.ts";
export type { JsonPatchOperation, Patch } from "./patch.ts";
export type { KubeMethod, KubeRequest, KubeResponse, KubeTransport } from "./transport.ts";
export type { WatchEvent } from "./watch.ts";
