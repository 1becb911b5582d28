/**
 * `node test/testbed/kubernetes/install.ts [RELEASE…]`: makes sure that the programs of real control planes
 * are there, of every supported release when none is named, and says where. What is missing is built with
 * Go from the modules beside this file into the user's cache; a second run finds everything and builds
 * nothing.
 */
import { installProgram, runGo, type Attempt, type InstallOutcome } from "@portolan/simulator/program-cache";
import { join } from "node:path";
import { KubernetesNotFound } from "./errors.ts";
import { findKubernetes, programFolder, type KubernetesPrograms, type KubernetesRequest } from "./find.ts";
import { DEFAULT_RELEASE, isKubernetesRelease, KUBERNETES_RELEASES, moduleVersion, programModules, type ProgramModule } from "./modules.ts";

const HEARTBEAT_MS = 30_000;

export interface KubernetesAcquisition extends KubernetesRequest {
  /** Told what takes long, one line each. */
  readonly onProgress?: (line: string) => void;
}

/**
 * The programs of a control plane: those that findKubernetes finds, else built with Go.
 *
 * @throws KubernetesNotFound with everything that was tried.
 */
export async function getKubernetes(acquisition: KubernetesAcquisition = {}): Promise<KubernetesPrograms> {
  const { release = DEFAULT_RELEASE, env = process.env, onProgress = () => undefined } = acquisition;
  const search = await findKubernetes({ release, env });
  if (search.found !== undefined) {
    return search.found;
  }
  const attempts: Attempt[] = [...search.attempts];
  // One after the other: a single Go build keeps all cores busy.
  for (const module of Object.values(programModules(release))) {
    const outcome = await install(module, env, onProgress);
    if (!outcome.ok) {
      throw new KubernetesNotFound([...attempts, outcome]);
    }
  }
  const built = await findKubernetes({ release, env });
  if (built.found === undefined) {
    throw new KubernetesNotFound([...attempts, ...built.attempts]);
  }
  return built.found;
}

/** Builds the programs of a module into the cache, unless they are there. */
export async function install(module: ProgramModule, env: NodeJS.ProcessEnv, onProgress: (line: string) => void): Promise<InstallOutcome> {
  const names = Object.keys(module.packages);
  const version = await moduleVersion(module);
  return installProgram(
    {
      folder: await programFolder(module, env),
      programs: names,
      onWait: (pid) => onProgress(`waiting for process ${pid}, which installs ${module.name} too`),
    },
    async (buildFolder) => {
      const started = performance.now();
      onProgress(`building ${names.join(", ")} ${version} from source`);
      const seconds = (): number => Math.round((performance.now() - started) / 1000);
      // The go command is silent for minutes.
      const heartbeat = setInterval(() => onProgress(`still building ${module.name} (${seconds()} s)`), HEARTBEAT_MS);
      try {
        const outcome = await build(module, version, buildFolder, env);
        onProgress(`${outcome.ok ? "built" : "could not build"} ${module.name} in ${seconds()} s`);
        return outcome;
      } finally {
        clearInterval(heartbeat);
      }
    },
  );
}

async function build(module: ProgramModule, version: string, buildFolder: string, env: NodeJS.ProcessEnv): Promise<InstallOutcome> {
  const variables = Object.entries(module.variables(version)).map(([name, value]) => `-X ${name}=${value}`);
  const flags = ["-trimpath", "-buildvcs=false", "-ldflags", ["-s", "-w", ...variables].join(" ")];
  const packages = Object.entries(module.packages);
  // Several packages in one command share its work; a single one has to be told its name, because Go
  // would name the program of go.etcd.io/etcd/server/v3 "server".
  const [only] = packages;
  const output = packages.length === 1 && only !== undefined ? join(buildFolder, only[0]) : `${buildFolder}/`;
  return runGo(["build", ...flags, "-o", output, ...packages.map(([, goPackage]) => goPackage)], { cwd: module.folder, env });
}

async function main(requested: readonly string[]): Promise<number> {
  const releases = requested.filter(isKubernetesRelease);
  const unknown = requested.filter((release) => !isKubernetesRelease(release));
  if (unknown.length > 0) {
    process.stderr.write(`unknown Kubernetes release ${unknown.join(", ")}; known: ${KUBERNETES_RELEASES.join(", ")}\n`);
    return 2;
  }
  try {
    // The default one first: most suites need no other.
    for (const release of releases.length > 0 ? releases : KUBERNETES_RELEASES.toReversed()) {
      const programs = await getKubernetes({ release, onProgress: (line) => process.stdout.write(`${line}\n`) });
      for (const [name, path] of Object.entries(programs)) {
        process.stdout.write(`${release} ${name}: ${path}\n`);
      }
    }
    return 0;
  } catch (error) {
    if (!(error instanceof KubernetesNotFound)) {
      throw error;
    }
    process.stderr.write(`${error.message}\n`);
    return 1;
  }
}

if (import.meta.main) {
  process.exitCode = await main(process.argv.slice(2));
}
