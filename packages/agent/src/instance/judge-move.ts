/** An intent that brings an instance to a version. */
import { versionOwner, type IntentVerdict } from "../intents/mod.ts";
import type { Operation } from "../resources/mod.ts";
import {
  carries,
  checkOf,
  gate,
  notStarted,
  ownedByOther,
  refusalByInstance,
  refused,
  settled,
  superseded,
  type IntentOf,
} from "./intent-steps.ts";
import { clearanceFor, kindOf } from "./preconditions.ts";
import type { InstanceState } from "./state.ts";

type MoveIntent = IntentOf<"Move">;

export function judgeMove(state: InstanceState, intent: MoveIntent): IntentVerdict {
  const carried = carries(state.instance, intent);
  switch (intent.mode) {
    case "Check":
      return judgeNew(state, intent);
    case "Apply":
      return carried ? judgeCarried(state, intent) : judgeNew(state, intent);
    case "Hold":
      return carried ? judgeHold(state, intent) : notStarted();
  }
}

function judgeNew(state: InstanceState, intent: MoveIntent): IntentVerdict {
  const { instance } = state;
  const owner = versionOwner(instance.metadata.managedFields);
  const refusal = refusalByInstance(state, intent) ?? ownedByOther(owner, "spec.version");
  if (refusal !== undefined) return refused(refusal);
  const status = instance.status;
  if (status?.operation !== undefined && intent.mode === "Apply") {
    return { phase: "Waiting", reason: { code: "OperationRunning", message: "another operation is still running" } };
  }
  if (status?.version === intent.version && instance.spec.version === intent.version) return settled(state);
  const clearance = clearanceFor(
    state,
    intent.version,
    new Set([...(instance.spec.upgradePolicy?.acceptRisks ?? []), ...intent.acceptRisks]),
  );
  if (!clearance.clear) return refused(clearance.refusal, clearance.plan?.hash);
  const { plan } = clearance;
  const gated = gate(state, intent, {
    plan,
    hash: plan.hash,
    kind: kindOf(plan),
    action: plan.steps.at(-1)?.direction ?? "configure",
    check: checkOf(plan),
  });
  if (gated !== undefined) return gated;
  return {
    phase: "Waiting",
    planHash: plan.hash,
    write: {
      change: { type: "Version", version: intent.version },
      intentId: intent.id,
      acceptRisks: intent.acceptRisks,
      ...(owner.kind === "person" ? { takeOverFrom: owner.manager } : {}),
    },
  };
}

/** The instance already carries the intent: how far has it come? */
function judgeCarried(state: InstanceState, intent: MoveIntent): IntentVerdict {
  const { version } = state.instance.spec;
  return version === intent.version ? settled(state) : superseded(`spec.version was changed to ${version ?? "nothing"}`);
}

/** Stop after the running step: the target becomes the last version reached. */
function judgeHold(state: InstanceState, intent: MoveIntent): IntentVerdict {
  const { instance } = state;
  const owner = versionOwner(instance.metadata.managedFields);
  if (owner.kind === "person" || owner.kind === "controller") {
    return superseded(`spec.version was changed to ${instance.spec.version ?? "nothing"}`);
  }
  if (instance.spec.fleet === "Ignore") return refused({ code: "FleetIgnored", message: "spec.fleet is Ignore" });
  const { operation, version } = instance.status ?? {};
  // It goes back to where it started anyway, and its target stays as it was written.
  if (operation?.kind === "Rollback") return settled(state);
  const last = operation === undefined ? version : versionBeingReached(operation);
  const verdict = settled(state);
  if (verdict.phase === "Failed") return verdict;
  if (last !== undefined && instance.spec.version !== last) {
    return {
      phase: "Running",
      write: { change: { type: "Version", version: last }, intentId: intent.id, acceptRisks: intent.acceptRisks },
    };
  }
  if (verdict.phase === "Done") {
    return version === intent.version
      ? verdict
      : { phase: "Held", reason: { code: "Held", message: `stopped at ${version ?? "nothing"}` } };
  }
  return verdict;
}

/** The version that an operation stands at when its running step is done; between two steps the one it stands at already. */
function versionBeingReached({ plan, cursor }: Operation): string | undefined {
  const step = cursor.action === undefined ? plan[cursor.step - 1] : plan[cursor.step];
  return step?.to ?? plan[cursor.step]?.from;
}
