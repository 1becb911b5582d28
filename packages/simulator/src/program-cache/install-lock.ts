import { randomUUID } from "node:crypto";
import { link, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 250;

/**
 * Runs `install` while no other process does under the same lock file. Installs end with a rename and
 * are right without a lock too; what it saves is building the same program twice at the same time. That
 * is why the lock of a process that is gone may simply be removed, and a rare double removal is harmless.
 */
export async function withInstallLock<T>(lockFile: string, install: () => Promise<T>, onWait: (holderPid: number) => void): Promise<T> {
  await mkdir(dirname(lockFile), { recursive: true });
  await acquire(lockFile, onWait);
  try {
    return await install();
  } finally {
    await rm(lockFile, { force: true });
  }
}

async function acquire(lockFile: string, onWait: (holderPid: number) => void): Promise<void> {
  let announced = false;
  // Each turn depends on what the one before it found.
  while (!(await tryAcquire(lockFile))) {
    const holder = await holderOf(lockFile);
    if (holder === undefined || !isAlive(holder)) {
      await rm(lockFile, { force: true });
      continue;
    }
    if (!announced) {
      onWait(holder);
      announced = true;
    }
    await sleep(POLL_MS);
  }
}

/** A link to a file that names us already: the lock is never seen empty. */
async function tryAcquire(lockFile: string): Promise<boolean> {
  const claim = `${lockFile}.${randomUUID()}`;
  await writeFile(claim, `${process.pid}\n`);
  try {
    await link(claim, lockFile);
    return true;
  } catch (error) {
    if (isErrno(error, "EEXIST")) {
      return false;
    }
    throw error;
  } finally {
    await rm(claim, { force: true });
  }
}

async function holderOf(lockFile: string): Promise<number | undefined> {
  try {
    const pid = Number.parseInt(await readFile(lockFile, "utf8"), 10);
    return Number.isNaN(pid) ? undefined : pid;
  } catch (error) {
    if (isErrno(error, "ENOENT")) {
      return undefined;
    }
    throw error;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, and is another user's.
    return isErrno(error, "EPERM");
  }
}

function isErrno(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
