import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SigningKeyUnusable, signingKeyFrom } from "./signing-key.ts";

describe("signingKeyFrom", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "portolan-key-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it("makes a key that only its owner can read, and finds it again", async () => {
    const file = join(folder, "hub.pem");
    const made = await signingKeyFrom(file);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect((await signingKeyFrom(file)).publicKey).toBe(made.publicKey);
  });

  it("names the file that cannot be used, and never its content", async () => {
    const file = join(folder, "hub.pem");
    await writeFile(file, "not-a-key-but-maybe-a-secret");
    const error: unknown = await signingKeyFrom(file).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SigningKeyUnusable);
    expect(String(error)).toContain(file);
    expect(String(error)).not.toContain("maybe-a-secret");
    await expect(signingKeyFrom(join(folder, "missing", "hub.pem"))).rejects.toThrow(SigningKeyUnusable);
  });
});
