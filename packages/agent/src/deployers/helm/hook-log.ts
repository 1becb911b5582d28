import { endOfLog } from "../../hooks/mod.ts";
import type { ActionContext } from "../../operation/mod.ts";
import type { ReleaseHook } from "./release.ts";

/** What a hook that failed has said last, for a message; empty where that cannot be read. */
export async function endOfHookLog({ kube, targetNamespace }: ActionContext, { kind, name }: ReleaseHook): Promise<string> {
  const log = await endOfLog(kube, { apiVersion: kind === "Job" ? "batch/v1" : "v1", kind, namespace: targetNamespace, name });
  return log === undefined ? "" : `; the end of its log:\n${log}`;
}
