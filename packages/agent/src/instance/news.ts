/** What a person should hear of when it becomes true, besides what operations, drift and intents tell themselves. Pure. */
import { findCondition, type ServiceInstanceStatus } from "../resources/mod.ts";

/** An Event on the instance, without the instance. */
export interface News {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

/** Compares two statuses of an instance; undefined where nobody would be told anything new. */
export function newsOf(before: ServiceInstanceStatus = {}, after: ServiceInstanceStatus): News | undefined {
  const [was, is] = [before, after].map(({ conditions }) => findCondition(conditions, "Ready"));
  if (is === undefined) return undefined;
  const { reason, message } = is;
  // A failed operation has told it.
  if (isStalled(after) && after.phase !== "Failed") {
    const isNew = !isStalled(before) || was?.reason !== reason || was.message !== message;
    return isNew ? { type: "Warning", reason, message } : undefined;
  }
  if (reason === "WindowClosed") return was?.reason === reason ? undefined : { type: "Normal", reason, message };
  if (is.status === "True") {
    // The operation that has just ended has told it.
    const isNew = was?.status !== "True" && was?.reason !== "Checking";
    return isNew ? { type: "Normal", reason: "Ready", message: `${after.version ?? ""} is installed and ready` } : undefined;
  }
  return was?.status === "True" && reason === "ObjectsNotReady" ? { type: "Warning", reason, message } : undefined;
}

function isStalled({ conditions }: ServiceInstanceStatus): boolean {
  return findCondition(conditions, "Stalled")?.status === "True";
}
