import { spawn } from "node:child_process";

/**
 * A shell that holds the read end of a pipe of ours. However this process ends, SIGKILL included, the
 * pipe closes, and the shell kills the servers that are still on its list. An exit handler would miss
 * every ending by a signal, and Linux's parent-death signal does not exist elsewhere.
 */
const GUARDIAN_SCRIPT = `
guarded=" "
while read -r verb pid; do
  case "$verb" in
    guard) guarded="$guarded$pid " ;;
    release) guarded="\${guarded%%" $pid "*} \${guarded#*" $pid "}" ;;
  esac
done
for pid in $guarded; do kill -KILL "$pid"; done
`;

interface Guardian {
  guard(pid: number): void;
  release(pid: number): void;
}

let running: Guardian | undefined;

function startGuardian(): Guardian {
  // Detached: an interrupt from the terminal goes to the whole process group, and must not end it first.
  const shell = spawn("/bin/sh", ["-c", GUARDIAN_SCRIPT], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  shell.unref();
  const pipe = shell.stdin;
  if ("unref" in pipe && typeof pipe.unref === "function") {
    pipe.unref();
  }
  shell.once("exit", () => {
    running = undefined;
  });
  // Somebody ended the shell: a write to it fails, and the next server gets a new one.
  pipe.on("error", () => {
    running = undefined;
  });
  return {
    guard: (pid) => pipe.write(`guard ${pid}\n`),
    release: (pid) => pipe.write(`release ${pid}\n`),
  };
}

/** Makes sure that the process `pid` does not outlive this one. The result takes it off the list again. */
export function guard(pid: number): () => void {
  running ??= startGuardian();
  const guardian = running;
  guardian.guard(pid);
  return () => guardian.release(pid);
}
