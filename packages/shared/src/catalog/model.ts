/**
 * What a catalog says, after validation: plain data, no I/O.
 *
 * Strings that hold `${ … }` are CEL expressions ({@link Template}); everything else is taken literally.
 */

import type { Json, JsonObject } from "../json/mod.ts";

export type { Json, JsonObject } from "../json/mod.ts";

/**
 * JSON in which a string may hold CEL: `"${config.replicas}"` keeps the type of its result, and a null leaves the key or element out;
 * `"v${release.version}"` is text. `$${` stands for a literal `${`, as shell scripts need it.
 */
export type Template = Json;

/** Semantic version (semver.org), without a leading `v`. */
export type Version = string;
/** Range in the syntax of npm's `semver` package. */
export type VersionRange = string;

/** A set of services: what a folder or a published document holds. */
export interface Catalog {
  readonly services: readonly ServiceDefinition[];
}

/** How many instances of a service may exist: one in a cluster, or one in each namespace. */
export type ServiceScope = "Cluster" | "Namespace";

export interface ServiceDefinition {
  /** DNS-1123 label; the folder's name. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** URL or data URI of a picture. */
  readonly icon?: string;
  readonly scope: ServiceScope;
  /** JSON Schema (draft 2020-12) of `spec.config`: the same for all versions. */
  readonly config: JsonObject;
  /** Configurations that must fit the schema and every mapping (checked by lint). */
  readonly examples: readonly JsonObject[];
  readonly secrets: readonly SecretRequirement[];
  readonly installers: readonly Installer[];
  readonly upgraders: readonly Upgrader[];
}

/** A Kubernetes Secret that the service reads, by the name used in CEL as `secrets.<name>.<key>`. */
export interface SecretRequirement {
  readonly name: string;
  readonly description: string;
  readonly keys: readonly string[];
  readonly optional: boolean;
}

/** How to install one version: a node of the version graph. */
export interface Installer {
  readonly version: Version;
  /** Kubernetes versions that it runs on; absent = all. Vendor suffixes are cut before comparing. */
  readonly kubernetes?: VersionRange;
  /** Other services that must be Ready in the cluster, and in which range. */
  readonly requires: readonly Requirement[];
  readonly deployer: Deployer;
  /** Values before anything else is merged in. */
  readonly defaults: JsonObject;
  /**
   * The mapping from `config` to the deployer's values: a template over `config`, `secrets`, `cluster`, `release`. A result of null leaves
   * the key out.
   */
  readonly values: { readonly [key: string]: Template };
  /** JSON Schema (draft 2020-12) of the effective values: what overrides may say in this version. Absent = anything. */
  readonly valuesSchema?: JsonObject;
  /** Extra conditions for Ready, beyond what the deployer checks. */
  readonly health: readonly HealthCheck[];
  readonly retracted?: Retraction;
}

export interface Requirement {
  readonly service: string;
  readonly range: VersionRange;
}

export interface Retraction {
  readonly reason: string;
  readonly url?: string;
}

export type Deployer = ManifestsDeployer | HelmDeployer;

export interface ManifestsDeployer {
  readonly type: "manifests";
  /**
   * Objects to apply, in order. Templates over `values`, `config`, `secrets`, `cluster`, `release`. Without a namespace they go to the
   * target namespace.
   */
  readonly objects: readonly ManifestTemplate[];
}

export interface ManifestTemplate {
  /** Where it came from, for messages: `manifests/deployment.yaml#1`. */
  readonly source: string;
  /** CEL; the object is left out when it is false. */
  readonly when?: string;
  readonly object: { readonly [key: string]: Template };
}

export interface HelmDeployer {
  readonly type: "helm";
  /** `oci://…/<chart>`, `https://<repository>#<chart>`, the URL of an archive, or a folder. */
  readonly chart: string;
  readonly chartVersion: string;
  /**
   * `sha256:…` of the chart archive. Absent where whoever wrote the catalog could not know it: the chart is unpinned, and an agent takes it
   * only when its cluster pins the digest itself or accepts unpinned charts.
   */
  readonly digest?: string;
  /** The chart's own tests (`helm test`) run at the end of each step; a step whose tests fail has failed. Default: they do not run. */
  readonly test?: boolean;
}

/** CEL over `object` (the object read from the cluster). */
export interface HealthCheck {
  readonly object: ObjectReference;
  readonly expression: string;
  readonly message: string;
}

/** One object by name; without a namespace the target namespace (namespaced kinds). The name may be a template. */
export interface ObjectReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

/** One object by name, or all that a label selector finds. */
export interface ObjectSelection {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name?: string;
  /** Equality labels; exactly one of `name` and `labels` is given. */
  readonly labels?: { readonly [key: string]: string };
}

export type Direction = "upgrade" | "downgrade";

/** How to go from some versions to others: edges of the version graph, in one direction only. */
export interface Upgrader {
  readonly name: string;
  readonly direction: Direction;
  readonly from: VersionRange;
  readonly to: VersionRange;
  /** Positive integer; a plan is the cheapest path. */
  readonly cost: number;
  readonly before: readonly Hook[];
  readonly after: readonly Hook[];
  /** The service is interrupted. */
  readonly disruptive: boolean;
  /** There is no way back, even where a downgrade edge exists. */
  readonly irreversible: boolean;
  readonly risks: readonly Risk[];
}

/**
 * A reason to think twice. `when` is CEL over `cluster` and `config`; what cannot be evaluated counts as applying. Absent = always applies.
 */
export interface Risk {
  readonly id: string;
  readonly message: string;
  readonly url?: string;
  readonly when?: string;
}

/** One action of an upgrader. `name` is unique within its upgrader. Templates over `values`, `config`, `secrets`, `cluster`, `release`. */
export type Hook = { readonly name: string; readonly timeoutSeconds: number } & HookAction;

export type HookAction =
  | { readonly action: "delete"; readonly target: ObjectSelection; readonly propagation: "Foreground" | "Background" | "Orphan" }
  | { readonly action: "apply"; readonly objects: readonly ManifestTemplate[] }
  | { readonly action: "patch"; readonly target: ObjectReference; readonly type: "merge" | "json"; readonly patch: Template }
  | { readonly action: "scale"; readonly target: ObjectReference; readonly replicas: number }
  /** A `batch/v1` Job, run to completion. Its name is given by the operation. */
  | { readonly action: "job"; readonly job: { readonly [key: string]: Template } }
  /** Until the CEL expression over `object` is true (null while the object is absent). */
  | { readonly action: "wait"; readonly target: ObjectReference; readonly until: string }
  | { readonly action: "migrateStorage"; readonly crd: string };
