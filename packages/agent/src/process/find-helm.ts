import { access, constants, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { ConfigError } from "./config-error.ts";

/** The path of helm: the one that was named, or the first one on PATH. @throws ConfigError when the named one is no program */
export async function findHelm(named: string | undefined, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  if (named !== undefined) {
    if (await isProgram(named)) return named;
    throw new ConfigError(`expected a program in --helm, found none at ${named}`);
  }
  for (const folder of (env["PATH"] ?? "").split(delimiter)) {
    const path = join(folder, "helm");
    if (folder !== "" && (await isProgram(path))) return path;
  }
  return undefined;
}

async function isProgram(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    // Missing, or not ours to run.
    return false;
  }
}
