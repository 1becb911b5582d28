import { homedir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { cacheFolder } from "./mod.ts";

describe("the cache folder", () => {
  it.each([
    [{ XDG_CACHE_HOME: "/var/cache/me" }, "/var/cache/me/portolan"],
    [{ XDG_CACHE_HOME: "relative" }, join(homedir(), ".cache/portolan")],
    [{}, join(homedir(), ".cache/portolan")],
  ])("with %j is %s", (env, folder) => {
    expect(cacheFolder(env)).toBe(folder);
  });
});
