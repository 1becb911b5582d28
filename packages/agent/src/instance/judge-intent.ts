/**
 * What to do about the open intent of one instance, and what to say about it. Level-based: the verdict follows from the instance as it is now,
 * so it is the same after a restart, and hearing the same intent twice changes nothing.
 */
import type { Plan } from "@portolan/shared/planner";
import type { Intent } from "@portolan/shared/wire";
import { vetoes, type Wish } from "../cluster-policy/mod.ts";
import { versionOwner, type IntentVerdict } from "../intents/mod.ts";
import { annotations, findCondition, targetNamespace, type Operation, type ServiceInstance } from "../resources/mod.ts";
import { hasFailed, tryIsDue } from "./failure.ts";
import { clearanceFor, kindOf } from "./preconditions.ts";
import { standingOf } from "./preflights.ts";
import type { InstanceState, Refusal } from "./state.ts";
import { windowHold, type WindowHold } from "./window-hold.ts";

/** The verdict on the instance's open intent. */
export function judgeIntent(state: InstanceState, intent: Intent): IntentVerdict {
  const carried = carries(state.instance, intent);
  switch (intent.mode) {
    case "Check":
      return judgeNew(state, intent, "Check");
    case "Apply":
      return carried ? judgeCarried(state, intent) : judgeNew(state, intent, "Apply");
    case "Hold":
      return carried
        ? judgeHold(state, intent)
        : { phase: "Held", reason: { code: "NotStarted", message: "it was stopped before it started" } };
  }
}

/** An intent that the instance does not carry yet. */
function judgeNew(state: InstanceState, intent: Intent, mode: "Check" | "Apply"): IntentVerdict {
  const { instance } = state;
  const refusal = refusalByOwner(state, intent);
  if (refusal !== undefined) return refused(refusal);
  const status = instance.status;
  if (status?.operation !== undefined && mode === "Apply") {
    return { phase: "Waiting", reason: { code: "OperationRunning", message: "another operation is still running" } };
  }
  if (status?.version === intent.version && instance.spec.version === intent.version) return settled(state);
  const clearance = clearanceFor(
    state,
    intent.version,
    new Set([...(instance.spec.upgradePolicy?.acceptRisks ?? []), ...intent.acceptRisks]),
  );
  const planHash = clearance.plan?.hash;
  if (!clearance.clear) return refused(clearance.refusal, planHash);
  // A check may ask what the plan is; what is applied was agreed to.
  const agreed = mode === "Check" && intent.planHash === undefined ? clearance.plan.hash : intent.planHash;
  if (clearance.plan.hash !== agreed) {
    return refused(
      { code: "PlanChanged", message: "this cluster's plan is not the one that was agreed to; preview it again" },
      clearance.plan.hash,
    );
  }
  const veto = vetoes(state.clusterPolicy, wishFor(state, intent, clearance.plan));
  if (veto !== undefined) return refused(veto, clearance.plan.hash);
  const hold = windowHold(state, kindOf(clearance.plan));
  const standing = standingOf(state, clearance.plan, hold === undefined);
  if (standing.is === "Failed") return refused(standing.refusal, clearance.plan.hash);
  if (standing.is === "Due") {
    const reason = { code: "Preflight", message: "it is being looked at whether the plan could run in this cluster" };
    return { phase: "Waiting", reason, planHash: clearance.plan.hash, preflight: clearance.plan };
  }
  if (mode === "Check") return { phase: "Checked", planHash: clearance.plan.hash };
  // Nothing is written before it may begin: until then the wish can be taken back, and the plan is compared once more.
  if (hold !== undefined) return { ...waiting(hold), planHash: clearance.plan.hash };
  const owner = versionOwner(instance.metadata.managedFields);
  return {
    phase: "Waiting",
    planHash: clearance.plan.hash,
    write: {
      version: intent.version,
      intentId: intent.id,
      acceptRisks: intent.acceptRisks,
      ...(owner.kind === "person" ? { takeOverFrom: owner.manager } : {}),
    },
  };
}

function wishFor({ instance }: InstanceState, intent: Intent, plan: Plan): Wish {
  return {
    service: intent.service,
    namespaces: [...new Set([instance.metadata.namespace, targetNamespace(instance)])],
    action: plan.steps.at(-1)?.direction ?? "configure",
    disruptive: plan.disruptive,
    irreversible: plan.irreversible,
  };
}

/** Whether the instance carries the intent: what the hub wishes has become its spec. */
function carries({ metadata }: ServiceInstance, intent: Intent): boolean {
  return metadata.annotations?.[annotations.intent] === intent.id;
}

/** Whether an intent is one that the cluster still has to agree to. */
export function isNew(instance: ServiceInstance, intent: Intent): boolean {
  return intent.mode === "Check" || (intent.mode === "Apply" && !carries(instance, intent));
}

function refusalByOwner({ instance, now }: InstanceState, intent: Intent): Refusal | undefined {
  if (instance.metadata.deletionTimestamp !== undefined) return { code: "Removing", message: "the instance is being removed" };
  if (instance.spec.service !== intent.service) {
    return { code: "ServiceMismatch", message: `the instance is of the service ${instance.spec.service}, not ${intent.service}` };
  }
  if (intent.notAfterUnixMs !== undefined && now > intent.notAfterUnixMs) {
    return { code: "Expired", message: `it was not to be accepted after ${new Date(intent.notAfterUnixMs).toISOString()}` };
  }
  if (instance.spec.fleet === "Ignore") return { code: "FleetIgnored", message: "spec.fleet is Ignore" };
  if (instance.spec.suspend === true) return { code: "Suspended", message: "spec.suspend is true" };
  const owner = versionOwner(instance.metadata.managedFields);
  if (owner.kind === "controller") {
    return { code: "OwnedByOther", message: `spec.version belongs to ${owner.manager}, which would put it back; change it there` };
  }
  return undefined;
}

/** The instance already carries the intent: how far has it come? */
function judgeCarried(state: InstanceState, intent: Intent): IntentVerdict {
  const { instance } = state;
  return instance.spec.version === intent.version ? settled(state) : superseded(instance);
}

function superseded({ spec }: ServiceInstance): IntentVerdict {
  return refused({ code: "Superseded", message: `spec.version was changed to ${spec.version ?? "nothing"} by someone else` });
}

/** Stop after the running step: the target becomes the last version reached. */
function judgeHold(state: InstanceState, intent: Intent): IntentVerdict {
  const { instance } = state;
  const owner = versionOwner(instance.metadata.managedFields);
  if (owner.kind === "person" || owner.kind === "controller") return superseded(instance);
  if (instance.spec.fleet === "Ignore") return refused({ code: "FleetIgnored", message: "spec.fleet is Ignore" });
  const { operation, version } = instance.status ?? {};
  // It goes back to where it started anyway, and its target stays as it was written.
  if (operation?.kind === "Rollback") return settled(state);
  const last = operation === undefined ? version : versionBeingReached(operation);
  const verdict = settled(state);
  if (verdict.phase === "Failed") return verdict;
  if (last !== undefined && instance.spec.version !== last) {
    return { phase: "Running", write: { version: last, intentId: intent.id, acceptRisks: intent.acceptRisks } };
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

/** The state of an instance whose spec says what the intent says. */
function settled(state: InstanceState): IntentVerdict {
  const { instance } = state;
  const { status } = instance;
  const generation = instance.metadata.generation ?? 0;
  const ready = findCondition(status?.conditions, "Ready");
  if (status?.operation !== undefined) {
    const hold = isBetweenSteps(status.operation) ? windowHold(state, status.operation.kind) : undefined;
    return hold === undefined ? { phase: "Running" } : waiting(hold);
  }
  if (status?.failure !== undefined && hasFailed(instance)) {
    return { phase: "Failed", reason: { code: status.failure.reason, message: status.failure.message } };
  }
  // What the status says is older than what was asked for.
  if ((status?.observedGeneration ?? 0) < generation || tryIsDue(instance)) return { phase: "Waiting" };
  const stalled = findCondition(status?.conditions, "Stalled");
  if (stalled?.status === "True") return { phase: "Failed", reason: { code: stalled.reason, message: stalled.message } };
  if (status?.version === instance.spec.version && ready?.status === "True") return { phase: "Done" };
  const hold = ready?.reason === "WindowClosed" ? windowHold(state, "Upgrade") : undefined;
  if (hold !== undefined) return waiting(hold);
  return { phase: "Waiting", reason: { code: ready?.reason ?? "NotReady", message: ready?.message ?? "the instance is not Ready" } };
}

/** No step runs, and there is one to begin. */
function isBetweenSteps({ cursor, plan }: Operation): boolean {
  return cursor.action === undefined && cursor.step < plan.length;
}

function waiting({ reason, opensAtMs }: WindowHold): IntentVerdict {
  return { phase: "Waiting", reason, waitsUntilUnixMs: opensAtMs };
}

function refused(reason: Refusal, planHash?: string): IntentVerdict {
  return planHash === undefined ? { phase: "Refused", reason } : { phase: "Refused", reason, planHash };
}
