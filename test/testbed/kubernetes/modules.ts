import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** The oldest and the newest Kubernetes release line that is supported: each is a folder of `modules/` with a Go module. */
export const KUBERNETES_RELEASES = ["v1.34", "v1.37"] as const;

export type KubernetesRelease = (typeof KUBERNETES_RELEASES)[number];

export const DEFAULT_RELEASE: KubernetesRelease = "v1.37";

export function isKubernetesRelease(release: string): release is KubernetesRelease {
  return KUBERNETES_RELEASES.some((known) => known === release);
}

/** A Go module of `modules/`, from which programs are built. */
export interface ProgramModule {
  /** Also the name of the folder of the cache, below which each version has its own. */
  readonly name: string;
  readonly folder: string;
  /** The Go module whose required version is the version of the programs. */
  readonly requirement: string;
  /** Program name → Go package. */
  readonly packages: Readonly<Record<string, string>>;
  /** What the linker writes into the programs, by their version. */
  readonly variables: (version: string) => Readonly<Record<string, string>>;
}

const MODULES_FOLDER = join(import.meta.dirname, "modules");

/**
 * Without these, /version answers with something that is not a semantic version, and clients such as
 * helm refuse the server.
 */
function kubernetesVersionVariables(version: string): Readonly<Record<string, string>> {
  const [major = "", minor = ""] = version.slice(1).split(".");
  const prefix = "k8s.io/component-base/version";
  return {
    [`${prefix}.gitVersion`]: version,
    [`${prefix}.gitMajor`]: major,
    [`${prefix}.gitMinor`]: minor,
  };
}

/** The modules that the programs of a control plane of this release are built from. */
export function programModules(release: KubernetesRelease): Readonly<Record<"kubernetes" | "etcd" | "kwok", ProgramModule>> {
  return {
    kubernetes: {
      name: "kubernetes",
      folder: join(MODULES_FOLDER, release),
      requirement: "k8s.io/kubernetes",
      packages: {
        "kube-apiserver": "k8s.io/kubernetes/cmd/kube-apiserver",
        "kube-controller-manager": "k8s.io/kubernetes/cmd/kube-controller-manager",
        "kube-scheduler": "k8s.io/kubernetes/cmd/kube-scheduler",
        kubectl: "k8s.io/kubernetes/cmd/kubectl",
      },
      variables: kubernetesVersionVariables,
    },
    etcd: {
      name: "etcd",
      folder: join(MODULES_FOLDER, "etcd"),
      requirement: "go.etcd.io/etcd/server/v3",
      packages: { etcd: "go.etcd.io/etcd/server/v3" },
      variables: () => ({}),
    },
    kwok: {
      name: "kwok",
      folder: join(MODULES_FOLDER, "kwok"),
      requirement: "sigs.k8s.io/kwok",
      packages: { kwok: "sigs.k8s.io/kwok/cmd/kwok" },
      variables: () => ({}),
    },
  };
}

/** What the agent installs charts with; no part of a control plane. */
export const HELM_MODULE: ProgramModule = {
  name: "helm",
  folder: join(MODULES_FOLDER, "helm"),
  requirement: "helm.sh/helm/v4",
  packages: { helm: "helm.sh/helm/v4/cmd/helm" },
  variables: (version) => ({ "helm.sh/helm/v4/internal/version.version": version }),
};

/** The version of a required module in a go.mod, such as "v1.37.2". */
export function requiredVersion(goMod: string, requirement: string): string | undefined {
  return goMod
    .split("\n")
    .map((line) =>
      line
        .trim()
        .replace(/^require /u, "")
        .split(" "),
    )
    .find(([module, version]) => module === requirement && version !== "=>")?.[1];
}

/** The version of the programs that a module builds. The go.mod is the only place that names it. */
export async function moduleVersion({ folder, requirement }: ProgramModule): Promise<string> {
  const file = join(folder, "go.mod");
  const version = requiredVersion(await readFile(file, "utf8"), requirement);
  if (version === undefined) {
    throw new Error(`${file} requires no ${requirement}`);
  }
  return version;
}
