/** Whether the maintenance windows of an instance keep its next step from beginning. Pure. */
import { parseWindows, windowState } from "@portolan/shared/windows";
import type { OperationKind } from "../resources/mod.ts";
import type { InstanceState, Refusal } from "./state.ts";

const WINDOWS_PATH = "spec.upgradePolicy.windows";

export interface WindowHold {
  readonly reason: Refusal;
  /** ms since the Unix epoch. */
  readonly opensAtMs: number;
}

/** Why the windows of a spec cannot be used: without knowing when it may, nothing begins. */
export function windowsProblem({ spec }: InstanceState["instance"]): Refusal | undefined {
  const parsed = parseWindows(spec.upgradePolicy?.windows ?? [], WINDOWS_PATH);
  return parsed.valid ? undefined : { code: "ConfigInvalid", message: parsed.problem };
}

/** Windows open at whole minutes. */
function isoMinute(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}

/**
 * What keeps the next step of an operation of a kind from beginning now. A first installation waits for no window, because nothing runs
 * yet that it could disturb; nor does a rollback, because what it takes back is broken already.
 */
export function windowHold({ instance, now }: InstanceState, kind: OperationKind): WindowHold | undefined {
  if (kind === "Install" || kind === "Rollback") return undefined;
  const parsed = parseWindows(instance.spec.upgradePolicy?.windows ?? [], WINDOWS_PATH);
  const state = parsed.valid ? windowState(parsed.windows, now) : undefined;
  if (state?.open !== false) return undefined;
  const opensAt = isoMinute(state.opensAtMs);
  return {
    reason: { code: "WindowClosed", message: `waits for the maintenance window that opens at ${opensAt}` },
    opensAtMs: state.opensAtMs,
  };
}
