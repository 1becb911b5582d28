/** Writes the status that an instance has lost. */
import { rebuild, type Remains } from "../recovery/mod.ts";
import { operationSituation, restSituation, type StatusChanges } from "./status.ts";
import { writeStatus, type Next, type Turn } from "./turn.ts";

export async function rebuildStatus(turn: Turn, remains: Remains): Promise<Next> {
  const missing = turn.state.secrets.missing;
  const { version, operation, definitionsDigest } = rebuild(remains, new Date(turn.now()).toISOString());
  // What the installed version runs with is not known: it is applied once more.
  const changes: StatusChanges = { version, operation, definitionsDigest, configDigest: undefined };
  const checking = { code: "Checking", message: `${version ?? ""} was found in the cluster; its objects are being looked at` };
  const situation =
    operation === undefined
      ? { ...restSituation("Ready", checking, false, missing), reconciling: true }
      : operationSituation(operation, missing);
  const written = await writeStatus(turn, situation, changes);
  const goesOn = operation === undefined ? "" : `; ${operation.kind} to ${operation.plan.at(-1)?.to ?? ""} goes on`;
  turn.events.note(written, "Normal", "StatusRebuilt", `found in the cluster: ${version ?? "an installation that had begun"}${goesOn}`);
  turn.logger.info({ version, operation: operation?.id }, "a lost status was rebuilt from the cluster");
  return { again: written };
}
