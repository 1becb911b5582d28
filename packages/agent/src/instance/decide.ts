/**
 * The next thing to do for one instance. Pure: the same state gives the same decision, and a loop takes one action and looks again.
 * Rules stand in the order in which they win.
 */
import type { Plan } from "@portolan/shared/planner";
import type { IntentVerdict, IntentWrite, PreflightWish } from "../intents/mod.ts";
import { msToNextAttempt } from "../operation/mod.ts";
import type { Remains } from "../recovery/mod.ts";
import { FINALIZER, type InstancePhase, type Operation, type OperationKind, type ServiceInstance } from "../resources/mod.ts";
import { configDigest } from "./config-digest.ts";
import { hasFailed } from "./failure.ts";
import { judgeIntent } from "./judge-intent.ts";
import { acceptedRisks, clearanceFor, clearanceToConfigure, inputsFit, kindOf } from "./preconditions.ts";
import { standingOf } from "./preflight-standing.ts";
import type { InstanceState, Refusal } from "./state.ts";
import type { Pending } from "./status.ts";
import { valuesOf } from "./values.ts";
import { windowHold, windowsProblem, type WindowHold } from "./window-hold.ts";

export type Decision =
  /** Write what the fleet wishes, or takes back. */
  | { readonly do: "writeIntent"; readonly write: IntentWrite }
  /** Uninstall or orphan, then let go of the object. */
  | { readonly do: "remove" }
  | { readonly do: "addFinalizer" }
  /** Write the status that was lost, from what is in the cluster. */
  | { readonly do: "rebuild"; readonly remains: Remains }
  /** See whether a plan could run here, without changing anything: the spec's own, or that of the open intent. */
  | { readonly do: "preflight"; readonly plan: Plan; readonly of: "spec" }
  | ({ readonly do: "preflight"; readonly of: "intent" } & PreflightWish)
  /** Accept a plan: from here on it survives any crash. */
  | { readonly do: "accept"; readonly kind: OperationKind; readonly plan: Plan }
  /** Run the action at the cursor of the running operation. */
  | { readonly do: "run"; readonly operation: Operation }
  /** The next step waits for a maintenance window; what is installed is looked after meanwhile, where nothing of it was touched. */
  | ({ readonly do: "hold" } & WindowHold)
  /** The last attempt of the running action failed a moment ago. */
  | { readonly do: "wait"; readonly ms: number }
  /** All steps are done. */
  | { readonly do: "complete"; readonly operation: Operation }
  /** Between two steps: the wish has changed, so the rest of the plan is dropped. */
  | { readonly do: "stop"; readonly operation: Operation; readonly result: "Held" | "Failed"; readonly reason: Refusal }
  /** Nothing moves: see that what is installed is there and healthy. `pending`: the spec asks for something else, which has stopped. */
  | { readonly do: "maintain"; readonly pending?: Pending }
  /** Nothing to do, and why. `judged`: the spec was looked at as it is now, so an earlier failure and a wish for another try are over. */
  | {
      readonly do: "rest";
      readonly phase: InstancePhase;
      readonly reason: Refusal;
      readonly stalled: boolean;
      readonly judged: boolean;
      /** Look again after this long. */
      readonly againMs?: number;
    };

/** The verdict on the open intent, where there is one. */
export function verdictFor(state: InstanceState): IntentVerdict | undefined {
  // Without its status nothing true can be said.
  return state.intent === undefined || state.remains !== undefined ? undefined : judgeIntent(state, state.intent);
}

/** The next thing to do. */
export function decide(state: InstanceState, verdict: IntentVerdict | undefined = verdictFor(state)): Decision {
  const { instance } = state;
  const operation = instance.status?.operation;
  if (instance.metadata.deletionTimestamp !== undefined) {
    return isHeld(instance) ? { do: "remove" } : rest("Removing", { code: "Removing", message: "waits for other finalizers" });
  }
  if (state.remains !== undefined) return { do: "rebuild", remains: state.remains };
  if (verdict?.write !== undefined) return { do: "writeIntent", write: verdict.write };
  if (verdict?.preflight !== undefined) return { do: "preflight", of: "intent", ...verdict.preflight };
  if (operation !== undefined) return decideOperation(state, operation);
  if (instance.spec.suspend === true) return rest("Suspended", { code: "Suspended", message: "spec.suspend is true" });
  if (hasFailed(instance)) {
    const { reason: code = "Failed", message = "" } = instance.status?.failure ?? {};
    const pending: Pending = { phase: "Failed", reason: { code, message }, stalled: true };
    // What a rollback has brought back runs as the spec configures it.
    const isWhole = code === "RolledBack" && instance.status?.configDigest === configDigest(instance.spec);
    return isWhole ? { do: "maintain", pending } : rest(pending.phase, pending.reason, true);
  }
  if (instance.spec.version === undefined) return judged("Discovered", discovered(state), state.service === undefined);
  if (instance.spec.version !== instance.status?.version) return decideMove(state, instance.spec.version);
  if (!isHeld(instance)) return { do: "addFinalizer" };
  if (instance.status.configDigest !== configDigest(instance.spec)) return decideConfigure(state, instance.spec.version);
  return { do: "maintain" };
}

function decideOperation(state: InstanceState, operation: Operation): Decision {
  const { instance } = state;
  const { cursor, plan } = operation;
  if (cursor.action !== undefined) {
    const ms = msToNextAttempt(operation, state.now);
    return ms > 0 ? { do: "wait", ms } : { do: "run", operation };
  }
  if (cursor.step >= plan.length) return { do: "complete", operation };
  if (cursor.step > 0 || operation.generation !== instance.metadata.generation) {
    // Between two steps the spec may have changed: another target ends the operation, another configuration must fit the steps that are left.
    // A rollback goes to its end: what is asked for meanwhile is looked at from there.
    if (operation.kind !== "Rollback" && instance.spec.version !== plan.at(-1)?.to) {
      return { do: "stop", operation, result: "Held", reason: { code: "TargetChanged", message: "spec.version was changed" } };
    }
    const unfit = inputsFit(state) ?? (state.kept === undefined ? undefined : firstUnfit(state, operation));
    if (unfit !== undefined) return { do: "stop", operation, result: "Failed", reason: unfit };
  }
  if (instance.spec.suspend === true) {
    return rest("Suspended", {
      code: "Suspended",
      message: `spec.suspend is true; stopped before step ${cursor.step + 1} of ${plan.length}`,
    });
  }
  const problem = operation.kind === "Rollback" ? undefined : windowsProblem(instance);
  if (problem !== undefined) return rest(instance.status?.phase ?? "Ready", problem, true);
  const hold = windowHold(state, operation.kind);
  return hold === undefined ? { do: "run", operation } : { do: "hold", ...hold };
}

/** The first of the steps that are left which the present configuration does not fit. */
function firstUnfit(state: InstanceState, { plan, cursor }: Operation): Refusal | undefined {
  for (const step of plan.slice(cursor.step)) {
    const values = valuesOf(state, state.kept, step.to);
    if (!values.ok) return { code: values.refusal.code, message: `${values.refusal.message} (step to ${step.to})` };
  }
  return undefined;
}

function decideMove(state: InstanceState, version: string): Decision {
  const clearance = clearanceFor(state, version, acceptedRisks(state.instance));
  const phase: InstancePhase = state.instance.status?.version === undefined ? "Discovered" : "Ready";
  if (!clearance.clear) return judged(phase, clearance.refusal, true);
  return decideBegin(state, kindOf(clearance.plan), clearance.plan, phase);
}

function decideConfigure(state: InstanceState, version: string): Decision {
  const clearance = clearanceToConfigure(state, version);
  if (!clearance.clear) return judged("Ready", clearance.refusal, true);
  return decideBegin(state, "Configure", clearance.plan, "Ready");
}

/** Whether a plan is accepted now, or what has to be done, or waited for, before. */
function decideBegin(state: InstanceState, kind: OperationKind, plan: Plan, phase: InstancePhase): Decision {
  const hold = windowHold(state, kind);
  const standing = standingOf(state, plan, { mayBegin: hold === undefined });
  switch (standing.is) {
    case "Due":
      return { do: "preflight", of: "spec", plan };
    case "Passed":
      if (!isHeld(state.instance)) return { do: "addFinalizer" };
      return hold === undefined ? { do: "accept", kind, plan } : { do: "hold", ...hold };
    case "Failed":
      return { do: "rest", phase, reason: standing.refusal, stalled: true, judged: true, againMs: standing.againMs };
  }
}

function discovered({ instance, service }: InstanceState): Refusal {
  return service === undefined
    ? { code: "UnknownService", message: `no catalog of this cluster defines the service ${instance.spec.service}` }
    : { code: "NoVersion", message: "spec.version is not set; nothing is installed" };
}

/** The instance cannot go away before its service was taken care of. */
function isHeld(instance: ServiceInstance): boolean {
  return instance.metadata.finalizers?.includes(FINALIZER) === true;
}

function rest(phase: InstancePhase, reason: Refusal, stalled = false): Decision {
  return { do: "rest", phase, reason, stalled, judged: false };
}

function judged(phase: InstancePhase, reason: Refusal, stalled: boolean): Decision {
  return { do: "rest", phase, reason, stalled, judged: true };
}
