import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { readRoles } from "./roles.ts";

async function file(content: string): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "portolan-hub-test-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  const path = join(dir, "roles.json");
  await writeFile(path, content);
  return path;
}

describe("the file of roles", () => {
  it("gives people roles", async () => {
    expect(await readRoles(await file('{"owner": ["ann@desk", "ben"]}'))).toEqual({ owner: ["ann@desk", "ben"] });
  });

  it.each([
    ["{", "JSON"],
    ['{"owner": "ann"}', "/owner: "],
    ['{"owner": []}', "/owner: "],
  ])("that holds %s cannot be used, and it is said why", async (content, why) => {
    await expect(readRoles(await file(content))).rejects.toMatchObject({ code: "SettingsUnusable", message: expect.stringContaining(why) });
    await expect(readRoles("/nowhere/roles.json")).rejects.toMatchObject({
      message: expect.stringContaining("/nowhere/roles.json: ENOENT"),
    });
  });
});
