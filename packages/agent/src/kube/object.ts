/** Any object of the Kubernetes API, as JSON. What the fields of its kind mean is for those who know the kind. */
export interface KubeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
}

export interface ObjectMeta {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  /** Opaque: may be compared for equality, never for order. */
  readonly resourceVersion?: string;
  readonly generation?: number;
  /** RFC 3339. */
  readonly creationTimestamp?: string;
  /** RFC 3339. Present: the object is on its way out and waits for its finalizers. */
  readonly deletionTimestamp?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly finalizers?: readonly string[];
  readonly ownerReferences?: readonly OwnerReference[];
  readonly managedFields?: readonly ManagedFieldsEntry[];
}

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

/** Which fields a manager owns, in the API server's own notation (`fieldsV1`). */
export interface ManagedFieldsEntry {
  readonly manager: string;
  readonly operation: "Apply" | "Update";
  readonly apiVersion: string;
  readonly time?: string;
  readonly fieldsType?: string;
  readonly fieldsV1?: Readonly<Record<string, unknown>>;
  readonly subresource?: string;
}

/** A kind, as manifests name it. */
export interface KindRef {
  /** `v1`, `apps/v1`, `portolan.dev/v1alpha1`. */
  readonly apiVersion: string;
  readonly kind: string;
}

/** One object. `namespace` is absent for cluster-scoped kinds. */
export interface ObjectRef extends KindRef {
  readonly namespace?: string;
  readonly name: string;
}

/** Names an object inside one kind: `namespace/name`, or `name` when it is cluster-scoped. Neither part can hold a slash. */
export type ObjectKey = string;

export function objectKey(meta: { readonly namespace?: string; readonly name: string }): ObjectKey {
  return meta.namespace === undefined ? meta.name : `${meta.namespace}/${meta.name}`;
}

/** The inverse of objectKey. */
export function splitObjectKey(key: ObjectKey): { namespace?: string; name: string } {
  const slash = key.indexOf("/");
  return slash === -1 ? { name: key } : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

export function refOf(object: KubeObject): ObjectRef {
  const { name, namespace } = object.metadata;
  return { apiVersion: object.apiVersion, kind: object.kind, name, ...(namespace === undefined ? {} : { namespace }) };
}

/** For messages: `Deployment.apps/v1 default/web`. */
export function describeRef(ref: ObjectRef): string {
  return `${describeKind(ref)} ${objectKey(ref)}`;
}

/** For messages: `Deployment.apps/v1`. */
export function describeKind(kind: KindRef): string {
  return `${kind.kind}.${kind.apiVersion}`;
}

/**
 * Makes `owner` the controlling owner: its deletion takes the owned object along, and waits for it in a foreground deletion.
 *
 * @throws TypeError when the owner was never stored: without a uid the garbage collector would take the owner for gone.
 */
export function ownerReference(owner: KubeObject): OwnerReference {
  if (owner.metadata.uid === undefined) throw new TypeError(`${describeRef(refOf(owner))} has no uid and cannot own anything`);
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: owner.metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}

export function isBeingDeleted(object: KubeObject): boolean {
  return object.metadata.deletionTimestamp !== undefined;
}
