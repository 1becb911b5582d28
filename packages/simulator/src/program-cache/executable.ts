import { access, constants, stat } from "node:fs/promises";
import { delimiter, join } from "node:path";

/** Whether the path is a file that this user may run. */
export async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return (await stat(path)).isFile();
  } catch {
    // Missing, a dangling link, or not ours to run: no program for us in all of these cases.
    return false;
  }
}

/** The first program of this name in the folders of PATH. */
export async function findOnPath(program: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const candidates = (env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "")
    .map((folder) => join(folder, program));
  const runnable = await Promise.all(candidates.map(isExecutable));
  return candidates.find((_, index) => runnable[index]);
}
