import { join } from "node:path";
import { cacheFolder, isExecutable, type Attempt } from "@portolan/simulator/program-cache";
import { DEFAULT_RELEASE, moduleVersion, programModules, type KubernetesRelease, type ProgramModule } from "./modules.ts";

/** The paths of a control plane's programs, by their names. */
export type KubernetesPrograms = Readonly<
  Record<"etcd" | "kube-apiserver" | "kube-controller-manager" | "kube-scheduler" | "kubectl" | "kwok", string>
>;

export type KubernetesSearch =
  | { readonly found: KubernetesPrograms }
  | { readonly found: undefined; readonly attempts: readonly Attempt[] };

export interface KubernetesRequest {
  readonly release?: KubernetesRelease;
  readonly env?: NodeJS.ProcessEnv;
}

/** The folder of the cache for the programs of one module. */
export async function programFolder(module: ProgramModule, env: NodeJS.ProcessEnv): Promise<string> {
  return join(cacheFolder(env), module.name, await moduleVersion(module), "bin");
}

/**
 * Looks for the programs of a control plane: in KUBEBUILDER_ASSETS when it holds all of them (envtest's
 * own archives hold three of six), else in the cache. That folder holds one release, which stands for the
 * default one and for no other. Builds nothing.
 */
export async function findKubernetes({ release = DEFAULT_RELEASE, env = process.env }: KubernetesRequest = {}): Promise<KubernetesSearch> {
  const attempts: Attempt[] = [];

  const assets = env["KUBEBUILDER_ASSETS"];
  if (assets === undefined || assets === "") {
    attempts.push({ place: "KUBEBUILDER_ASSETS", outcome: "not set" });
  } else if (release !== DEFAULT_RELEASE) {
    attempts.push({ place: `KUBEBUILDER_ASSETS (${assets})`, outcome: `stands for ${DEFAULT_RELEASE}, not for ${release}` });
  } else {
    const programs = programsIn({ kubernetes: assets, etcd: assets, kwok: assets });
    const missing = await missingOf(programs);
    if (missing.length === 0) {
      return { found: programs };
    }
    attempts.push({ place: `KUBEBUILDER_ASSETS (${assets})`, outcome: `lacks ${missing.join(", ")}` });
  }

  const modules = programModules(release);
  const programs = programsIn({
    kubernetes: await programFolder(modules.kubernetes, env),
    etcd: await programFolder(modules.etcd, env),
    kwok: await programFolder(modules.kwok, env),
  });
  const missing = await missingOf(programs);
  if (missing.length === 0) {
    return { found: programs };
  }
  attempts.push({ place: `cache (${cacheFolder(env)})`, outcome: `lacks ${missing.join(", ")}` });
  return { found: undefined, attempts };
}

function programsIn(folders: Readonly<Record<"kubernetes" | "etcd" | "kwok", string>>): KubernetesPrograms {
  return {
    etcd: join(folders.etcd, "etcd"),
    "kube-apiserver": join(folders.kubernetes, "kube-apiserver"),
    "kube-controller-manager": join(folders.kubernetes, "kube-controller-manager"),
    "kube-scheduler": join(folders.kubernetes, "kube-scheduler"),
    kubectl: join(folders.kubernetes, "kubectl"),
    kwok: join(folders.kwok, "kwok"),
  };
}

async function missingOf(programs: KubernetesPrograms): Promise<readonly string[]> {
  const named = Object.entries(programs);
  const present = await Promise.all(named.map(([, path]) => isExecutable(path)));
  return named.filter((_, index) => present[index] === false).map(([name]) => name);
}
