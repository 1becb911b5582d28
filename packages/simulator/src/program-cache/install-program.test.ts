import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { installProgram, isExecutable, runCommand, type InstallOutcome } from "./mod.ts";

let cache: string;

beforeEach(async () => {
  cache = await mkdtemp(join(tmpdir(), "portolan-install-"));
});

afterEach(() => rm(cache, { recursive: true, force: true }));

const target = () => ({ folder: join(cache, "v1"), programs: ["one", "two"], onWait: () => undefined });

async function writeProgram(folder: string, name: string): Promise<void> {
  await writeFile(join(folder, name), "#!/bin/sh\n");
  await chmod(join(folder, name), 0o755);
}

async function buildBoth(folder: string): Promise<InstallOutcome> {
  await writeProgram(folder, "one");
  await writeProgram(folder, "two");
  return { ok: true };
}

describe("installing programs into the cache", () => {
  it("builds what is missing, and nothing when all is there", async () => {
    let builds = 0;
    const build = (folder: string): Promise<InstallOutcome> => {
      builds += 1;
      return buildBoth(folder);
    };
    expect(await installProgram(target(), build)).toStrictEqual({ ok: true });
    expect(await installProgram(target(), build)).toStrictEqual({ ok: true });
    await rm(join(cache, "v1", "two"));
    expect(await installProgram(target(), build)).toStrictEqual({ ok: true });
    expect(builds).toBe(2);
    expect(await readdir(cache)).toStrictEqual(["v1"]);
    expect(await isExecutable(join(cache, "v1", "two"))).toBe(true);
  });

  it("leaves nothing behind of a build that failed or threw", async () => {
    const outcome = { ok: false, place: "go build", outcome: "no" } as const;
    expect(
      await installProgram(target(), async (folder) => {
        await writeProgram(folder, "one");
        return outcome;
      }),
    ).toStrictEqual(outcome);
    await expect(installProgram(target(), () => Promise.reject(new Error("broke")))).rejects.toThrow("broke");
    expect(await readdir(cache)).toStrictEqual([]);
  });

  it("takes over from an installer that was killed: its lock and its half of a build", async () => {
    const dead = await runCommand("/bin/sh", ["-c", "echo $$"]);
    await writeFile(join(cache, ".v1.lock"), dead.stdout);
    await mkdir(join(cache, ".v1.partial"));
    await writeFile(join(cache, ".v1.partial", "leftover"), "");
    let found: string[] | undefined;
    const outcome = await installProgram(target(), async (folder) => {
      found = await readdir(folder);
      return buildBoth(folder);
    });
    expect(outcome).toStrictEqual({ ok: true });
    expect(found).toStrictEqual([]);
    expect(await readdir(cache)).toStrictEqual(["v1"]);
  });

  it("waits for another installer of the same programs, says for whom, and uses its result", async () => {
    const first = Promise.withResolvers<undefined>();
    const started = Promise.withResolvers<undefined>();
    const slow = installProgram(target(), async (folder) => {
      started.resolve(undefined);
      await first.promise;
      return buildBoth(folder);
    });
    await started.promise;
    const waitedFor: number[] = [];
    const waiting = installProgram(
      {
        ...target(),
        onWait: (pid) => {
          waitedFor.push(pid);
          first.resolve(undefined);
        },
      },
      () => Promise.reject(new Error("was built twice")),
    );
    expect(await Promise.all([slow, waiting])).toStrictEqual([{ ok: true }, { ok: true }]);
    expect(waitedFor).toStrictEqual([process.pid]);
  });
});
