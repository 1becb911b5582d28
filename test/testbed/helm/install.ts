/**
 * `node test/testbed/helm/install.ts`: makes sure that there is a helm, and says where. A missing one is built with Go into the user's
 * cache.
 */
import { install } from "../kubernetes/install.ts";
import { HELM_MODULE } from "../kubernetes/modules.ts";
import { findHelm } from "./find.ts";

/** There is no helm, and none can be built. */
export class HelmNotFound extends Error {
  readonly code = "HELM_NOT_FOUND";
  constructor(reason: string) {
    super(
      `no helm found: ${reason}. Set HELM to a helm 4, put one on PATH, or run npx node test/testbed/helm/install.ts with Go (https://go.dev/dl)`,
    );
    this.name = "HelmNotFound";
  }
}

/** @throws HelmNotFound */
export async function getHelm(env: NodeJS.ProcessEnv = process.env, onProgress: (line: string) => void = () => undefined): Promise<string> {
  const found = await findHelm(env);
  if (found !== undefined) return found;
  const outcome = await install(HELM_MODULE, env, onProgress);
  const built = await findHelm(env);
  if (built === undefined) throw new HelmNotFound(outcome.ok ? "HELM names no program" : `${outcome.place}: ${outcome.outcome}`);
  return built;
}

if (import.meta.main) {
  try {
    process.stdout.write(`helm: ${await getHelm(process.env, (line) => process.stdout.write(`${line}\n`))}\n`);
  } catch (error) {
    if (!(error instanceof HelmNotFound)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
