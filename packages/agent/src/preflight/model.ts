import type { Installer, JsonObject, Upgrader } from "@portolan/shared/catalog";
import type { Scope } from "@portolan/shared/expression";
import type { HelmProblem } from "../deployers/helm/mod.ts";
import type { KindRef, KubeObject, ObjectRef, ResourceAccess } from "../kube/mod.ts";

/** One step of a plan that has not begun, with what its templates are rendered with. */
export interface PlannedStep {
  readonly to: string;
  readonly installer: Installer;
  /** Absent when installed anew, or only configured. */
  readonly upgrader?: Upgrader;
  readonly scope: Scope;
  /** The effective values, which a chart is given. */
  readonly values: JsonObject;
}

/** Why a plan must not begin: a stable code in PascalCase and one sentence that names the object. */
export interface Finding {
  readonly code: FindingCode;
  readonly message: string;
}

export type FindingCode =
  /** The step's objects or hooks cannot be rendered. */
  | "TemplateFailed"
  | "InvalidManifest"
  | "DuplicateObject"
  | HelmProblem
  /** A kind that the cluster does not serve and no CustomResourceDefinition of the plan brings. */
  | "UnknownKind"
  | "OwnedByAnotherInstance"
  /** Another server-side applier looks after the object. */
  | "OwnedByOther"
  | "MissingPermissions"
  /** The account that the instance names is not there, or the agent may not act in its name. */
  | "ServiceAccountNotFound"
  | "ImpersonationForbidden"
  /** The API server, asked to apply without storing anything, … */
  | "Invalid"
  | "ImmutableField"
  | "AdmissionRefused"
  | "AdmissionUnavailable"
  | "QuotaExceeded"
  | "NamespaceTerminating"
  | "DryRunFailed";

/** A kind as a step uses it, and for what. */
export interface KindUse extends KindRef {
  /** For messages: `ConfigMap web`, `hook backup`. */
  readonly by: string;
}

/** Something that a step does to the cluster, before it is known how its kind is served. */
export interface Need extends KindRef {
  readonly verb: string;
  readonly subresource?: string;
  /** As the manifest says; the target namespace where it says nothing. */
  readonly namespace?: string;
  readonly name?: string;
}

/** What a step does, as plain data. */
export interface StepWork {
  readonly to: string;
  readonly objects: readonly KubeObject[];
  /** Made by its chart for a moment. */
  readonly chartHooks: readonly KubeObject[];
  /** Kinds that its objects and hooks cannot do without. */
  readonly kinds: readonly KindUse[];
  readonly needs: readonly Need[];
  /** More that must be allowed, of which the resource is known and the kind is not. */
  readonly accesses: readonly ResourceAccess[];
  /** What its hooks may have changed before its objects are applied. */
  readonly upset: Upset;
}

/** What `before` hooks touch, so that the cluster will not be as it is now when the step's objects are applied. */
export interface Upset {
  /** A Job may do anything. */
  readonly anything: boolean;
  readonly objects: readonly (KindRef & { readonly name?: string })[];
}

/** How a kind is served, or will be by a CustomResourceDefinition of the plan. */
export interface KnownKind {
  readonly plural: string;
  readonly namespaced: boolean;
  /** Index of the step that brings it; absent: it is there. */
  readonly broughtBy?: number;
}

/** The API server's answer to an apply that stores nothing. */
export interface Trial {
  readonly ref: ObjectRef;
  readonly exists: boolean;
  /** Absent: it would be taken. */
  readonly refusal?: Refused;
}

/** The parts of a refusal that can be told apart. */
export interface Refused {
  /** HTTP status; 0 when no answer came. */
  readonly status: number;
  readonly reason: string;
  readonly detail: string;
  readonly causes: readonly { readonly reason: string; readonly message: string; readonly field: string }[];
}

/** An object of the first step that is there already. */
export interface LiveObject {
  readonly ref: ObjectRef;
  /** Id of the instance that it belongs to. */
  readonly instanceId?: string;
  /** Server-side appliers besides the agent. */
  readonly appliers: readonly string[];
}

/** All that is judged: gathered before, plain data. */
export interface Evidence {
  /** Id of the instance whose plan it is. */
  readonly instanceId: string;
  /** Who does the work, where it is not the agent itself. */
  readonly account?: string;
  /** Steps as far as they could be rendered. */
  readonly steps: readonly StepWork[];
  /** Why a step could not be rendered. */
  readonly unrendered: readonly Finding[];
  readonly kinds: ReadonlyMap<string, KnownKind>;
  readonly denied: readonly ResourceAccess[];
  readonly live: readonly LiveObject[];
  readonly trials: readonly Trial[];
}

/** `apps/v1/Deployment`. */
export function kindId({ apiVersion, kind }: KindRef): string {
  return `${apiVersion}/${kind}`;
}
