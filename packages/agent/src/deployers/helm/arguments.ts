/** The command lines of helm. Pure; no value and no password ever stands on one. */
import type { PullAccess } from "./chart-access.ts";
import type { ChartReference } from "./chart-reference.ts";
import type { HelmCommand } from "./processes.ts";
import { chartLabel, releaseLabels, versionLabel } from "./release.ts";

/** Which release of which cluster, and as whom. */
export interface ReleaseTarget {
  readonly name: string;
  readonly namespace: string;
  /** Absent: KUBECONFIG, or the file in the home folder. */
  readonly kubeconfig?: string | undefined;
  /** Impersonated for all that the service needs. */
  readonly asUser?: string | undefined;
}

export interface UpgradeRequest {
  readonly archive: string;
  readonly digest: string;
  readonly values: unknown;
  /** For whom, and one that no other run has. */
  readonly step: string;
  /** Of the service. */
  readonly version: string;
  /** What of it is left to others, as `ignoreLabel` writes it. */
  readonly ignored: string;
  readonly instanceLabel: string;
  readonly instance: string;
  readonly description: string;
  readonly timeoutSeconds: number;
  /** An installation that did not come to its end is taken up as one: with the chart's hooks for it, and as templates know it. */
  readonly installsAnew: boolean;
  /** By which what belongs to other controllers is taken out; none when nobody else has a part in any object. */
  readonly postRenderer: readonly string[];
}

/** Revisions that a release keeps. */
export const historyMax = 10;

/**
 * Installs a release, or brings it to another chart and other values. It waits for hooks alone: readiness of everything is seen by
 * watches.
 */
export function upgradeCommand(target: ReleaseTarget, request: UpgradeRequest): HelmCommand {
  const labels = [
    `${request.instanceLabel}=${request.instance}`,
    `${releaseLabels.step}=${request.step}`,
    `${releaseLabels.chart}=${chartLabel(request.digest)}`,
    `${releaseLabels.version}=${versionLabel(request.version)}`,
    `${releaseLabels.ignored}=${request.ignored}`,
  ];
  const [name, ...ofItsOwn] = request.installsAnew
    ? (["install", "--replace"] as const)
    : (["upgrade", "--install", "--reset-values", `--history-max=${historyMax}`] as const);
  return {
    name,
    input: JSON.stringify(request.values),
    args: [
      name,
      target.name,
      request.archive,
      ...ofItsOwn,
      ...common(target),
      "--values=-",
      "--server-side=true",
      // What other managers own legitimately was taken out of the objects before; whatever is left is the chart's.
      "--force-conflicts",
      // CRDs are applied before, also in an upgrade.
      "--skip-crds",
      "--wait=hookOnly",
      `--timeout=${request.timeoutSeconds}s`,
      `--labels=${labels.join(",")}`,
      `--description=${request.description}`,
      "--hide-notes",
      ...request.postRenderer,
    ],
  };
}

/** Tests of a chart as they were rendered for the release. */
export function testCommand(target: ReleaseTarget, timeoutSeconds: number): HelmCommand {
  return { name: "test", args: ["test", target.name, ...common(target), `--timeout=${timeoutSeconds}s`] };
}

export function uninstallCommand(target: ReleaseTarget, timeoutSeconds: number): HelmCommand {
  return {
    name: "uninstall",
    args: ["uninstall", target.name, ...common(target), "--ignore-not-found", "--wait=watcher", `--timeout=${timeoutSeconds}s`],
  };
}

/**
 * Everything that an upgrade would apply, CRDs and hooks too; `tests` where they are run. With a `kubeVersion` without asking the cluster;
 * else with what it serves and what templates look up in it, which fails for kinds that the chart is only about to bring.
 */
export function templateCommand(
  target: ReleaseTarget,
  archive: string,
  values: unknown,
  { kubeVersion, tests }: { readonly kubeVersion?: string; readonly tests: boolean },
): HelmCommand {
  return {
    name: "template",
    input: JSON.stringify(values),
    args: [
      "template",
      target.name,
      archive,
      ...common(target),
      "--values=-",
      kubeVersion === undefined ? "--dry-run=server" : `--kube-version=${kubeVersion}`,
      "--include-crds",
      ...(tests ? [] : ["--skip-tests"]),
      // Whose the objects are is not judged here.
      "--take-ownership",
    ],
  };
}

export function showCrdsCommand(archive: string): HelmCommand {
  return { name: "show crds", args: ["show", "crds", archive] };
}

/** Makes the archive of an unpacked chart. */
export function packageCommand(folder: string, destination: string): HelmCommand {
  return { name: "package", args: ["package", folder, `--destination=${destination}`] };
}

export interface PullRequest {
  readonly version: string;
  readonly destination: string;
  readonly caFile: string | undefined;
  readonly access: PullAccess;
  /** Hosts of registries that speak HTTP without TLS. */
  readonly plainHttp: readonly string[];
}

/**
 * What brings a chart's archive into a folder. A private repository has to be read before one can pull from it; an archive's URL needs
 * none, and has one all the same when there are credentials for it.
 */
export function pullCommands(
  reference: Exclude<ChartReference, { readonly kind: "folder" }>,
  { version, destination, caFile, plainHttp, access }: PullRequest,
): readonly HelmCommand[] {
  const isPlain = reference.kind === "oci" && plainHttp.includes(new URL(reference.url.replace(/^oci:/u, "http:")).host);
  // With a CA file helm asks for TLS, whatever else it is told.
  const trust = isPlain ? ["--plain-http"] : caFile === undefined ? [] : [`--ca-file=${caFile}`];
  const registry = access.registryConfig === undefined ? [] : [`--registry-config=${access.registryConfig}`];
  const pull = (...place: readonly string[]): HelmCommand => ({
    name: "pull",
    args: ["pull", ...place, `--destination=${destination}`, ...trust, ...registry],
  });
  if (reference.kind === "oci") return [pull(reference.url, `--version=${version}`)];
  const files =
    access.repository === undefined
      ? []
      : [`--repository-config=${access.repository.config}`, `--repository-cache=${access.repository.cache}`];
  if (reference.kind === "archive") return [pull(reference.url, ...files)];
  if (access.repository === undefined) return [pull(reference.name, `--repo=${reference.url}`, `--version=${version}`)];
  const { name } = access.repository;
  return [
    { name: "repo update", args: ["repo", "update", name, ...files] },
    pull(`${name}/${reference.name}`, `--version=${version}`, ...files),
  ];
}

function common({ namespace, kubeconfig, asUser }: ReleaseTarget): readonly string[] {
  return [
    `--namespace=${namespace}`,
    ...(kubeconfig === undefined ? [] : [`--kubeconfig=${kubeconfig}`]),
    ...(asUser === undefined ? [] : [`--kube-as-user=${asUser}`]),
  ];
}
