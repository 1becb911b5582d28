import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { UnpinnedDigests } from "./unpinned-digests.ts";

async function cache(): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "portolan-charts-"));
  onTestFinished(() => rm(dir, { recursive: true }));
  return dir;
}

const digest = `sha256:${"a".repeat(64)}`;

describe("digests of charts that nobody pins", () => {
  it("are known to the next process", async () => {
    const dir = await cache();
    const first = new UnpinnedDigests(dir);
    expect(first.get("oci://x/web@1.0.0")).toBeUndefined();
    await first.set("oci://x/web@1.0.0", digest);
    const next = new UnpinnedDigests(dir);
    expect([next.get("oci://x/web@1.0.0"), next.get("oci://x/web@2.0.0")]).toEqual([digest, undefined]);
  });

  it.each(["{", "[]", '{"oci://x/web@1.0.0": "sha256:no"}', '{"oci://x/web@1.0.0": 7}'])("are none where %s is kept", async (content) => {
    const dir = await cache();
    await writeFile(join(dir, "unpinned.json"), content);
    expect(new UnpinnedDigests(dir).get("oci://x/web@1.0.0")).toBeUndefined();
  });
});
