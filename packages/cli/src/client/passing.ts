import { CliError } from "../errors/mod.ts";
import { HubProblem } from "./problem.ts";

/** Whether trying again may help: a hub that restarts, a proxy that hiccups, a cut connection. Not what the hub has decided. */
export function isPassing(error: unknown): boolean {
  if (error instanceof HubProblem) {
    return error.status >= 500;
  }
  return error instanceof CliError || error instanceof TypeError || (error instanceof DOMException && error.name === "AbortError");
}
