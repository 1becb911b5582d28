/** What puts a version's objects into a cluster and looks after them: one implementation a deployer type of the catalog. */
import type { Installer, ServiceDefinition } from "@portolan/shared/catalog";
import type { DriftedObject } from "../drift/mod.ts";
import type { KubeObject, ObjectRef } from "../kube/mod.ts";
import type { ActionContext, Outcome } from "../operation/mod.ts";

/** What a version consists of. */
export interface Rendered {
  /** In the order in which they are applied. */
  readonly objects: readonly KubeObject[];
  /** Made by a chart for a moment of the version's life, such as a Job before an upgrade. */
  readonly hooks: readonly KubeObject[];
  /** The account may not look at what templates, or helm, look at: rendered without that, which shows what else it needs. */
  readonly forbidden?: Error;
}

/** How what is installed is doing. */
export interface Observation {
  /** All objects that the version consists of. */
  readonly members: readonly ObjectRef[];
  /** One line an object, or health check, that is not ready. */
  readonly notReady: readonly string[];
  /** One line an object that will not become ready by waiting. */
  readonly failed: readonly string[];
  /** Objects that are missing or differ from what was applied; empty when drift was not looked for. */
  readonly drifted: readonly DriftedObject[];
}

/** What is enough to find what a deployer has made for an instance, also when no definition of it is known any more. */
export type RemovalContext = Pick<ActionContext, "kube" | "own" | "instance" | "applySetId" | "targetNamespace">;

export interface Deployer {
  /**
   * A version as it would be applied, without a look at the cluster: a namespaced object that names no namespace goes to the target
   * namespace.
   *
   * @throws ManifestError, DuplicateMemberError and the like when they cannot be rendered
   */
  render(context: ActionContext, installer: Installer): Promise<Rendered>;
  /** Brings the version's objects into the cluster and takes away what an earlier version left behind. Level-based, and asked again while it waits. */
  deploy(context: ActionContext, installer: Installer): Promise<Outcome>;
  /**
   * A version is deployed in another way now: takes away what this deployer has made for the instance, except objects that belong to that
   * version, which it lets go of. Asked again until it says so.
   *
   * @param kept objects of the version, asked for only when there is something to take away
   */
  handOver(context: ActionContext, kept: () => Promise<readonly KubeObject[]>): Promise<Outcome>;
  /** Runs the tests that come with a version. Asked again while it waits; only where {@link Installer} asks for tests. */
  test?(context: ActionContext, installer: Installer): Promise<Outcome>;
  /** Readiness of all members, health checks, and with `drift` whether they are still as applied. Changes nothing. */
  observe(context: ActionContext, installer: Installer, look: { readonly drift: boolean }): Promise<Observation>;
  /** Puts back what {@link observe} found to have drifted. */
  correct(context: ActionContext, installer: Installer, drifted: readonly ObjectRef[]): Promise<void>;
  /** Takes away all that this deployer has made for an instance; returns how many objects are still there. Asked again until none is. */
  uninstall(context: RemovalContext): Promise<number>;
  /** Lets go of all that this deployer has made for an instance, and leaves it running. */
  orphan(context: RemovalContext): Promise<void>;
  /**
   * The versions whose objects are in the cluster, each once, as the objects themselves say: for an instance that has lost its status.
   * More than one where a step was under way.
   */
  traces(context: RemovalContext, service: ServiceDefinition): Promise<readonly string[]>;
  /** Ends what runs on its behalf: the agent stops, or has lost the right to act. Nothing is begun afterwards. */
  stop?(): Promise<void>;
}
