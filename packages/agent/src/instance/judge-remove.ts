/** An intent that deletes an instance. */
import { canonicalJson, sha256Hex } from "@portolan/shared/json";
import { creatorOf, type IntentVerdict } from "../intents/mod.ts";
import { gate, notStarted, refusalByInstance, refused, type IntentOf } from "./intent-steps.ts";
import type { InstanceState, Refusal } from "./state.ts";

type RemoveIntent = IntentOf<"Remove">;

export function judgeRemove(state: InstanceState, intent: RemoveIntent): IntentVerdict {
  const { instance } = state;
  // Nobody can take a deletion back; how far it is, its own condition says.
  if (instance.metadata.deletionTimestamp !== undefined) return removing(state);
  if (intent.mode === "Hold") return notStarted();
  const refusal = refusalByInstance(state, intent) ?? comesBack(state) ?? isNeeded(state);
  if (refusal !== undefined) return refused(refusal);
  if (instance.status?.operation !== undefined && intent.mode === "Apply") {
    return { phase: "Waiting", reason: { code: "OperationRunning", message: "another operation is still running" } };
  }
  const policy = intent.deletionPolicy ?? instance.spec.deletionPolicy ?? "Uninstall";
  const uninstalls = policy === "Uninstall";
  const hash = sha256Hex(canonicalJson(["remove", instance.metadata.uid ?? "", instance.status?.version ?? "", policy]));
  const members = instance.status?.inventory?.count ?? 0;
  const gated = gate(state, intent, {
    hash,
    kind: "Upgrade",
    action: "remove",
    check: {
      steps: [],
      disruptive: uninstalls,
      irreversible: uninstalls,
      risks: [],
      changes: { created: 0, changed: 0, deleted: uninstalls ? members : 0, objects: [] },
    },
  });
  if (gated !== undefined) return gated;
  const { id, acceptRisks, deletionPolicy } = intent;
  return {
    phase: "Waiting",
    planHash: hash,
    write: { change: { type: "Delete", ...(deletionPolicy === undefined ? {} : { deletionPolicy }) }, intentId: id, acceptRisks },
  };
}

function removing({ instance }: InstanceState): IntentVerdict {
  const ready = instance.status?.conditions?.find(({ type }) => type === "Ready");
  return ready?.status === "False" ? { phase: "Running", reason: { code: ready.reason, message: ready.message } } : { phase: "Running" };
}

/** Whoever applies the object makes it again. */
function comesBack({ instance }: InstanceState): Refusal | undefined {
  const creator = creatorOf(instance.metadata.managedFields);
  if (creator === undefined) return undefined;
  return { code: "OwnedByOther", message: `the instance belongs to ${creator}, which would make it again; remove it there` };
}

function isNeeded({ dependents = [] }: InstanceState): Refusal | undefined {
  if (dependents.length === 0) return undefined;
  return { code: "RequiredByOthers", message: `it is required by ${dependents.join(", ")}` };
}
