import type { FieldError, GroupKind, GroupResource } from "../errors/mod.ts";
import type { Json, JsonObject } from "../json/mod.ts";
import type { KubeObject } from "../objects/mod.ts";
import type { StructuralSchema } from "../schema/mod.ts";
import type { MergeType } from "../apply/mod.ts";

/** What an update of an object changes besides its spec for its `metadata.generation` to grow. */
type GenerationRule = "none" | "spec" | "specAndAnnotations" | "everythingButMetadata";

/**
 * What is particular about a kind: its defaults, its checks and its rules for metadata. Every member
 * is pure; objects are changed in place where a function returns nothing.
 */
export type KindStrategy = {
  readonly generation: GenerationRule;
  /** Status of a new object: whatever the client sent is dropped. Absent: the kind has no status of its own. */
  readonly initialStatus?: Json;
  /** A PUT to an absent name creates the object. */
  readonly allowCreateOnUpdate?: boolean;
  /** An update must name the resourceVersion that it was made from. */
  readonly requireResourceVersion?: boolean;
  /** A delete without a propagation policy orphans the dependents (batch/v1 Jobs, for old clients). */
  readonly orphanByDefault?: boolean;
  /** What a delete that removes the object at once answers with: the object in its last state. Absent: a Status. */
  readonly returnsDeleted?: boolean;
  /** How a failed precondition of a delete is told, by kinds whose deletion is their own. */
  readonly preconditionWords?: string;
  /** Seconds between the request to delete and the deletion, when the request does not say (pods). */
  readonly gracePeriodSeconds?: (object: KubeObject) => number;
  /** Paths that field selectors may use besides metadata.name and metadata.namespace. */
  readonly selectableFields?: readonly string[];
  /** Fields that an update of the status endpoint leaves as they are, besides the spec. */
  readonly statusKeepsLabels?: boolean;
  readonly nameRule?: NameRule;
  /** Fills in what Kubernetes defaults when it reads the object of a request. */
  readonly applyDefaults?: (object: KubeObject) => void;
  readonly prepareForCreate?: (object: KubeObject) => void;
  readonly prepareForUpdate?: (object: KubeObject, old: KubeObject) => void;
  /** Something that is not in its finalizers holds the object when it is deleted. */
  readonly isHeld?: (object: KubeObject) => boolean;
  /** What else is written to an object when its deletion starts; `now` in milliseconds. */
  readonly prepareForDelete?: (object: KubeObject, now: number) => void;
  readonly validate?: (object: KubeObject) => FieldError[];
  readonly validateUpdate?: (object: KubeObject, old: KubeObject) => FieldError[];
  readonly validateStatusUpdate?: (object: KubeObject, old: KubeObject) => FieldError[];
};

export type NameRule = "dns1123Subdomain" | "dns1123Label" | "dns1035Label" | "pathSegment";

/** One kind in one served version, as requests name it. */
export type ResourceType = {
  readonly group: string;
  readonly version: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly singular: string;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
  readonly storageVersionHash?: string;
  readonly subresources: ReadonlySet<string>;
  /** Discovery entries of the subresources, in order. */
  readonly subresourceEntries: readonly SubresourceEntry[];
  readonly schema: StructuralSchema;
  /** The schema as OpenAPI v3 writes it; of a built-in kind the name of its definition. */
  readonly openApi: JsonObject | string;
  readonly mergeType: MergeType;
  readonly strategy: KindStrategy;
  /** Defined by a CustomResourceDefinition. */
  readonly custom: boolean;
  /** Where objects are kept: the same for every version of a kind. */
  readonly collection: string;
  /** The object as it is kept, and back in this version. */
  readonly toStorage: (object: KubeObject) => KubeObject;
  readonly fromStorage: (object: KubeObject) => KubeObject;
  /** Whether an object that was read is stored with all that it says. Absent: it always is. */
  readonly isStoredAsRead?: (object: KubeObject) => boolean;
  /** The printer columns of a CustomResourceDefinition, as they are written there. */
  readonly printerColumns?: readonly JsonObject[];
  /** Replica paths of the scale subresource; absent: not served. */
  readonly scale?: ScalePaths;
};

export type ScalePaths = {
  readonly specReplicas: readonly string[];
  readonly statusReplicas: readonly string[];
};

export type SubresourceEntry = {
  readonly name: string;
  readonly kind: string;
  readonly group?: string;
  readonly version?: string;
  readonly verbs: readonly string[];
};

export function groupResource(type: ResourceType): GroupResource {
  return { group: type.group, resource: type.plural };
}

export function groupKind(type: ResourceType): GroupKind {
  return { group: type.group, kind: type.kind };
}

export function apiVersionOf(group: string, version: string): string {
  return group === "" ? version : `${group}/${version}`;
}
