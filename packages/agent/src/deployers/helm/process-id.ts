/** Tells a process from another one that has got its number: by the time of its start, which only Linux shows. */
import { readFileSync } from "node:fs";

export interface ProcessId {
  readonly pid: number;
  /** Clock ticks since the machine's start, as the kernel says. */
  readonly start: string;
}

/** Undefined: it does not run, or nobody says since when. */
export function identify(pid: number): ProcessId | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name in brackets may hold anything; proc(5): field 3 is the state, field 22 the start.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    const start = fields[19];
    return start === undefined || fields[0] === "Z" ? undefined : { pid, start };
  } catch {
    // No such process, or no /proc.
    return undefined;
  }
}

export function isAlive({ pid, start }: ProcessId): boolean {
  return identify(pid)?.start === start;
}
