export { systemClock, type CancelTimer, type Clock } from "./clock.ts";
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
export type { KubeMethod, KubeRequest, KubeResponse, KubeTransport } from "./transport.ts";
