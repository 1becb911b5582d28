/**
 * The ServiceInstance resource (`portolan.dev/v1alpha1`): one service in one cluster, its wish (`spec`) and what became of it (`status`).
 * The API server has validated what is read (structural schema in `crds.ts`), so the types are trusted behind {@link asServiceInstance}.
 */
import type { JsonObject } from "@portolan/shared/catalog";
import type { WindowSpec } from "@portolan/shared/windows";
import type { KubeObject, ObjectMeta } from "../kube/mod.ts";
import type { Condition } from "./conditions.ts";

export const GROUP = "portolan.dev";
export const API_VERSION = `${GROUP}/v1alpha1`;
export const SERVICE_INSTANCE_KIND = "ServiceInstance";

/** `status.observedGeneration` of an instance that no agent has looked at: the API server says so by default. */
export const UNOBSERVED_GENERATION = -1;

/** Field manager of all that the agent writes by itself. */
export const AGENT_MANAGER = "portolan-agent";

/** Keeps an instance until its service was uninstalled or left alone, as its deletion policy says. */
export const FINALIZER = `${GROUP}/uninstall`;

export const annotations = {
  /** Id of the intent that last set `spec.version`. */
  intent: `${GROUP}/intent`,
  /** Risks that the fleet accepted with the intent, comma-separated. */
  acceptedRisks: `${GROUP}/accepted-risks`,
  /** Any new value asks for another try after a failure. */
  retry: `${GROUP}/retry`,
  /** On every object of an instance: the version of the service that it was applied for. */
  version: `${GROUP}/version`,
} as const;

export const labels = {
  /** On every object that the agent makes for an instance: the instance's ApplySet id. */
  instance: `${GROUP}/instance-id`,
  /** On every object of an installed version: the same id, by the name that ApplySets have for it (KEP-3659). */
  partOf: "applyset.kubernetes.io/part-of",
  /** On Jobs: the operation that runs them. */
  operation: `${GROUP}/operation`,
} as const;

/** On an object that an instance's hooks have patched by JSON patches: the operation, and its actions that have done so. */
export function patchedAnnotation(applySetId: string): string {
  return `patched.${GROUP}/${applySetId}`;
}

export interface ServiceInstance {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: ObjectMeta & { readonly namespace: string };
  readonly spec: ServiceInstanceSpec;
  readonly status?: ServiceInstanceStatus;
}

export interface ServiceInstanceSpec {
  readonly service: string;
  /** Absent: only discover. Once set it cannot be unset. */
  readonly version?: string;
  readonly config?: JsonObject;
  /** JSON merge patch over the values; kept by every upgrade. */
  readonly overrides?: JsonObject;
  readonly secretRefs?: readonly SecretReference[];
  /** Where namespaced objects go; the instance's own namespace by default. */
  readonly targetNamespace?: string;
  readonly suspend?: boolean;
  readonly fleet?: "Follow" | "Ignore";
  readonly upgradePolicy?: UpgradePolicy;
  readonly driftPolicy?: "Correct" | "Warn" | "Ignore";
  /** Fields of managed objects that are left as they are in the cluster. */
  readonly driftIgnore?: readonly DriftIgnoreRule[];
  readonly deletionPolicy?: "Uninstall" | "Orphan";
  /** ServiceAccount of the instance's namespace with whose rights the service is looked after; the agent's own by default. */
  readonly serviceAccountName?: string;
}

/** When an instance may move, past which risks, and what becomes of an upgrade that fails. */
export interface UpgradePolicy {
  /** Steps begin only while one of them is open; none: always. */
  readonly windows?: readonly WindowSpec[];
  /** Default: Halt. */
  readonly onFailure?: "Halt" | "Rollback";
  readonly acceptRisks?: readonly string[];
}

/** `name` is the service's word for the secret, `secretName` a Secret in the instance's namespace. */
export interface SecretReference {
  readonly name: string;
  readonly secretName: string;
}

/** Fields of the objects that agree with all that the rule says of them; `pointers` are JSON Pointers (RFC 6901) into the object. */
export interface DriftIgnoreRule {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly pointers: readonly string[];
}

export type InstancePhase =
  | "Discovered"
  | "Installing"
  | "Ready"
  | "Upgrading"
  | "Downgrading"
  | "Configuring"
  | "Failed"
  | "Suspended"
  | "Removing";

export interface ServiceInstanceStatus {
  /** Of the spec that was last looked at; {@link UNOBSERVED_GENERATION}: of none yet. */
  readonly observedGeneration?: number;
  readonly phase?: InstancePhase;
  /** When `phase` last changed (RFC 3339, ms). */
  readonly phaseChangedAt?: string;
  /** Installed version. */
  readonly version?: string;
  readonly targetVersion?: string;
  readonly availableVersions?: readonly AvailableVersion[];
  readonly unavailableVersions?: readonly UnavailableVersion[];
  /** Totals and digest of the whole list, of which the two above are the nearest. */
  readonly availability?: { readonly available: number; readonly unavailable: number; readonly digest: string };
  readonly operation?: Operation;
  readonly history?: readonly HistoryEntry[];
  readonly inventory?: { readonly digest: string; readonly count: number };
  readonly catalogDigest?: string;
  /** Digest of config, overrides and references (never of a secret) that the installed version runs with. */
  readonly configDigest?: string;
  /** Keyed digest (HMAC) of the secrets that the installed version was deployed with. Its key stays in the cluster. */
  readonly secretsDigest?: string;
  /** Digest of the definitions that are kept in the cluster for the running operation and the installed version. */
  readonly definitionsDigest?: string;
  readonly failure?: Failure;
  readonly lastHandledRetry?: string;
  readonly conditions?: readonly Condition[];
}

export interface AvailableVersion {
  readonly version: string;
  readonly direction: "install" | "upgrade" | "downgrade";
  /** The versions that the steps pass through, the last one is `version`. */
  readonly steps: readonly string[];
  readonly disruptive: boolean;
  readonly irreversible: boolean;
  readonly risks: readonly string[];
  readonly planHash: string;
}

export interface UnavailableVersion {
  readonly version: string;
  readonly reason: string;
  readonly message: string;
}

/** `Rollback`: from where a failed upgrade stands to the version that it started from. */
export type OperationKind = "Install" | "Upgrade" | "Downgrade" | "Configure" | "Rollback";

/** `RolledBack`: how a rollback ends that succeeds. */
export type OperationResult = "Succeeded" | "Failed" | "Held" | "RolledBack";

/** The durable execution of one plan. Everything that a newly started agent needs to go on. */
export interface Operation {
  /** Unique within the instance; part of the names of its Jobs. */
  readonly id: string;
  readonly kind: OperationKind;
  /** The accepted steps (≤ 32). */
  readonly plan: readonly OperationStep[];
  readonly planHash: string;
  /** Generation of the spec that the running step works for. */
  readonly generation: number;
  /** The part of that spec by which the step is rendered; edits made meanwhile take effect at the next step. */
  readonly inputs: OperationInputs;
  readonly cursor: Cursor;
  readonly startedAt: string;
  readonly stepStartedAt?: string;
  /** Who asked: a field manager or an intent. */
  readonly by?: string;
  readonly message?: string;
}

/** What the values of a version are made from. */
export type OperationInputs = Pick<ServiceInstanceSpec, "config" | "overrides" | "secretRefs" | "targetNamespace">;

export interface OperationStep {
  /** Absent when installed anew. */
  readonly from?: string;
  readonly to: string;
  readonly upgrader?: string;
  readonly direction: "install" | "upgrade" | "downgrade" | "configure";
  readonly disruptive: boolean;
  readonly irreversible: boolean;
  readonly digest: string;
}

/** Where an operation stands. It is written before the action starts. */
export interface Cursor {
  /** Index into the plan. */
  readonly step: number;
  /** Name of the running action (`before/backup`, `deploy`, `ready`, `after/migrate`); absent between two steps. */
  readonly action?: string;
  /** From 1; how often the action was tried. */
  readonly attempt?: number;
  readonly actionStartedAt?: string;
  /** After a failed attempt: not before this. */
  readonly nextAttemptAt?: string;
  /** What a `delete` hook set out to delete, by UID, recorded before the first deletion. */
  readonly recorded?: readonly RecordedObject[];
}

export interface RecordedObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly uid: string;
}

/** Why the last operation stopped. Nothing is tried again for this generation until someone asks. */
export interface Failure {
  readonly generation: number;
  readonly reason: string;
  readonly message: string;
  readonly step?: string;
  readonly action?: string;
  readonly at: string;
}

export interface HistoryEntry {
  readonly from?: string;
  readonly to: string;
  readonly result: OperationResult;
  readonly by?: string;
  readonly startedAt: string;
  readonly finishedAt: string;
}

/** The one place where an object read from the API server becomes a ServiceInstance. */
export function asServiceInstance(object: KubeObject): ServiceInstance {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  return object as unknown as ServiceInstance;
}

/** `namespace/name`: the key of an instance in queues and caches. */
export function instanceKey(instance: { readonly metadata: { readonly namespace?: string; readonly name: string } }): string {
  return `${instance.metadata.namespace ?? ""}/${instance.metadata.name}`;
}

/** The user that the instance's service account is for the API server; undefined when the instance names none. */
export function accountUser({ metadata, spec }: ServiceInstance): string | undefined {
  return spec.serviceAccountName === undefined ? undefined : `system:serviceaccount:${metadata.namespace}:${spec.serviceAccountName}`;
}

/** Namespace of the service's own objects. */
export function targetNamespace(instance: ServiceInstance): string {
  return instance.spec.targetNamespace ?? instance.metadata.namespace;
}
