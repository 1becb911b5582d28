import type { Rollout } from "../client/mod.ts";

/** What a person can do about a rollout as it stands. Pure. */
export function nextFor({ name, phase, counts, waves }: Pick<Rollout, "name" | "phase" | "counts" | "waves">): readonly string[] {
  const command = (action: string): string => `portolan rollout ${action} ${name}`;
  switch (phase) {
    case "Draft":
    case "Checking":
      return [`see what the agents say: ${command("status")}`];
    case "Checked":
      return [`start it: ${command("start")}`, `ask the agents again: ${command("check")}`];
    case "AwaitingApproval":
      return [`let the next wave begin: ${command("approve")}`, `or pause instead: ${command("reject")}`];
    case "Paused":
      return [
        ...((counts["Failed"] ?? 0) > 0 ? [`try again what has failed: ${command("retry")}`] : []),
        `go on: ${command("resume")}`,
        `give up: ${command("abort")}`,
      ];
    case "Running":
      return [
        `follow it: ${command("watch")}`,
        ...(waves.some(({ state }) => state === "Soaking") ? [`end the soak: ${command("promote")}`] : []),
        `stop it for a while: ${command("pause")}`,
      ];
    case "Failed":
    case "Aborted":
    case "Succeeded":
      return [`bring its targets back: ${command("undo")}`];
    default:
      return [];
  }
}
