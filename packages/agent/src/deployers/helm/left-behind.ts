/**
 * Remembers in a folder which helm processes an agent has started, so that the next agent can end those that a killed one left behind
 * before it takes their locks away. Where a process cannot be told from another one with its number, nothing is ended.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { identify, isAlive, type ProcessId } from "./process-id.ts";

export interface LeftBehind {
  /** A process was started; the result forgets it. */
  remember(pid: number): () => void;
  /** Resolves when none of a former agent's processes is left. */
  readonly gone: Promise<void>;
}

interface Note {
  readonly agent: ProcessId;
  readonly helm: ProcessId;
}

const pollMs = 50;

/** Looks after the processes of one cluster's agent. `folder` is made. */
export function leftBehindIn(folder: string, graceMs = 20_000): LeftBehind {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const agent = identify(process.pid);
  return {
    gone: endAll(folder, graceMs),
    remember(pid) {
      const helm = identify(pid);
      if (agent === undefined || helm === undefined) return () => undefined;
      const file = join(folder, `${pid}-${helm.start}.json`);
      writeFileSync(file, JSON.stringify({ agent, helm } satisfies Note), { mode: 0o600 });
      return () => rmSync(file, { force: true });
    },
  };
}

async function endAll(folder: string, graceMs: number): Promise<void> {
  const files = (await readdir(folder)).filter((file) => file.endsWith(".json"));
  await Promise.all(
    files.map(async (file) => {
      const path = join(folder, file);
      const note = parse(await readIfPresent(path));
      // An agent that lives looks after its own.
      if (note !== undefined && isAlive(note.agent)) return;
      if (note !== undefined) await end(note.helm, graceMs);
      await rm(path, { force: true });
    }),
  );
}

async function end(helm: ProcessId, graceMs: number): Promise<void> {
  if (!isAlive(helm)) return;
  process.kill(helm.pid, "SIGTERM");
  for (const deadline = Date.now() + graceMs; isAlive(helm); await sleep(pollMs)) {
    if (Date.now() > deadline) process.kill(helm.pid, "SIGKILL");
  }
}

/** Empty when its process has just ended. */
async function readIfPresent(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return "";
    throw error;
  }
}

/** What an agent has written; undefined for anything else, such as a file that was being written when it was killed. */
function parse(text: string): Note | undefined {
  try {
    const note: unknown = JSON.parse(text);
    // Only this module writes there.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return note as Note;
  } catch {
    return undefined;
  }
}
