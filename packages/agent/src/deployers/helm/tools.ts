/** What the actions on releases share. */
import type { HelmDeployer } from "@portolan/shared/catalog";
import type { ActionContext } from "../../operation/mod.ts";
import { accountUser } from "../../resources/mod.ts";
import type { ReleaseTarget } from "./arguments.ts";
import type { Charts } from "./charts.ts";
import { HelmError } from "./errors.ts";
import type { FolderDefinitions } from "./folder-definitions.ts";
import type { PostRenderer } from "./post-renderer.ts";
import type { HelmProcesses } from "./processes.ts";
import { redactor } from "./redact.ts";

export interface HelmTools {
  readonly processes: HelmProcesses;
  readonly charts: Charts;
  readonly folderDefinitions: FolderDefinitions;
  readonly postRenderer: PostRenderer;
  readonly kubeconfig: string | undefined;
  /** ms since the Unix epoch. */
  readonly now: () => number;
}

/** helm's own limit; its objects' names are made from the release's. */
const longestName = 53;

/** The release of an instance: it has the instance's name, in the namespace of its objects. @throws HelmError InvalidReleaseName */
export function targetOf(
  { kubeconfig }: Pick<HelmTools, "kubeconfig">,
  { instance, targetNamespace }: Pick<ActionContext, "instance" | "targetNamespace">,
): ReleaseTarget {
  const { name } = instance.metadata;
  if (name.length > longestName) {
    throw new HelmError(
      "InvalidReleaseName",
      `expected an instance name of at most ${longestName} characters, as Helm allows a release, found ${name.length}`,
    );
  }
  return { name, namespace: targetNamespace, kubeconfig, asUser: accountUser(instance) };
}

/** The key under which processes work on a release. */
export function keyOf({ namespace, name }: Pick<ReleaseTarget, "namespace" | "name">): string {
  return `${namespace}/${name}`;
}

/** For whom a process works: the running operation's step. */
export function stampOf({ operation }: ActionContext): string {
  return `${operation.id}.${operation.cursor.step}`;
}

/** Masks what helm must not say of this instance. */
export function redactorOf(context: ActionContext): (text: string) => string {
  const { config = {}, overrides = {} } = context.instance.spec;
  return redactor({ values: context.values, secrets: context.secrets, open: [config, overrides] });
}

/** What a version's chart is, and what it is given. */
export interface ChartWish {
  readonly deployer: HelmDeployer;
  readonly version: string;
}
