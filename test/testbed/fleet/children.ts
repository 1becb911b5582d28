import { readdir, readFile } from "node:fs/promises";

export interface Child {
  readonly pid: number;
  /** Of its program. */
  readonly name: string;
}

/** The processes that a process has started and that live. Reads /proc, so on Linux only. */
export async function childrenOf(parent: number | undefined): Promise<readonly Child[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name));
  const children = await Promise.all(
    pids.map(async (pid) => {
      const { name, state, parent: of } = await look(Number(pid));
      return of === parent && state !== "Z" ? [{ pid: Number(pid), name }] : [];
    }),
  );
  return children.flat();
}

/** @throws RangeError when there is no process to look at */
export async function isAlive(child: Child | undefined): Promise<boolean> {
  if (child === undefined) throw new RangeError("expected a process, found none");
  const { name, state } = await look(child.pid);
  return name === child.name && state !== "Z";
}

async function look(pid: number): Promise<{ readonly name: string; readonly state: string; readonly parent: number }> {
  // It may end while it is looked at.
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  // proc(5): the number, the name in brackets, the state, the parent.
  const [, name = "", state = "Z", parent = ""] = /^\d+ \((.*)\) (\S) (\d+) /s.exec(stat) ?? [];
  return { name, state, parent: Number(parent) };
}
