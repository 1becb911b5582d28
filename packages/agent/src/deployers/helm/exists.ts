import { access } from "node:fs/promises";

/** Whether there is something at a path. */
export async function exists(path: string): Promise<boolean> {
  try {
    await access(path);
    return true;
  } catch {
    // Also what may not be reached is not there.
    return false;
  }
}
