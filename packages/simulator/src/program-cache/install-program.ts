import { mkdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Attempt } from "./attempt.ts";
import { isExecutable } from "./executable.ts";
import { withInstallLock } from "./install-lock.ts";

/** An install that did not work out is an outcome: the caller may know another way. */
export type InstallOutcome = { readonly ok: true } | ({ readonly ok: false } & Attempt);

export interface InstallTarget {
  readonly folder: string;
  readonly programs: readonly string[];
  /** Called when another process is installing the same, which is then waited for. */
  readonly onWait: (holderPid: number) => void;
}

/**
 * Puts programs into a folder unless all of them stand there already. `build` is given an empty folder
 * beside it and makes files of these names in it; they are renamed into place only after all of it went
 * well, so an interrupted install is never found as a finished one.
 */
export async function installProgram(
  { folder, programs, onWait }: InstallTarget,
  build: (buildFolder: string) => Promise<InstallOutcome>,
): Promise<InstallOutcome> {
  const installed = async (): Promise<boolean> => {
    const present = await Promise.all(programs.map((name) => isExecutable(join(folder, name))));
    return present.every(Boolean);
  };
  if (await installed()) {
    return { ok: true };
  }
  const beside = join(dirname(folder), `.${basename(folder)}`);
  const install = async (): Promise<InstallOutcome> => {
    // Another process may have finished it while this one waited.
    if (await installed()) {
      return { ok: true };
    }
    const buildFolder = `${beside}.partial`;
    // What an interrupted install left.
    await rm(buildFolder, { recursive: true, force: true });
    await mkdir(buildFolder, { recursive: true });
    try {
      const outcome = await build(buildFolder);
      if (outcome.ok) {
        await mkdir(folder, { recursive: true });
        await Promise.all(programs.map((name) => rename(join(buildFolder, name), join(folder, name))));
      }
      return outcome;
    } finally {
      await rm(buildFolder, { recursive: true, force: true });
    }
  };
  return withInstallLock(`${beside}.lock`, install, onWait);
}
