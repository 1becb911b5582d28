import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";

/**
 * The user's cache folder of this project, by the XDG Base Directory specification (which says that a
 * relative XDG_CACHE_HOME is invalid and to be ignored).
 */
export function cacheFolder(env: NodeJS.ProcessEnv = process.env): string {
  const configured = env["XDG_CACHE_HOME"];
  const base = configured !== undefined && isAbsolute(configured) ? configured : join(homedir(), ".cache");
  return join(base, "portolan");
}
