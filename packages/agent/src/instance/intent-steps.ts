/** What judgements of intents have in common, whatever is wished. Pure. */
import type { Plan } from "@portolan/shared/planner";
import type { CheckResult, Intent } from "@portolan/shared/wire";
import { vetoes, type Wish } from "../cluster-policy/mod.ts";
import type { FieldOwner, IntentVerdict } from "../intents/mod.ts";
import { annotations, findCondition, targetNamespace, type Operation, type OperationKind, type ServiceInstance } from "../resources/mod.ts";
import { hasFailed, tryIsDue } from "./failure.ts";
import { standingOf } from "./preflight-standing.ts";
import type { InstanceState, Refusal } from "./state.ts";
import { windowHold, type WindowHold } from "./window-hold.ts";

export type IntentOf<Action extends Intent["action"]> = Extract<Intent, { readonly action: Action }>;

/** Whether the instance carries the intent: what the hub wishes has become its spec. */
export function carries({ metadata }: ServiceInstance, { id }: Intent): boolean {
  return metadata.annotations?.[annotations.intent] === id;
}

/** Whether an intent is one that the cluster still has to agree to. */
export function isNew(instance: ServiceInstance, intent: Intent): boolean {
  return intent.mode === "Check" || (intent.mode === "Apply" && !carries(instance, intent));
}

/** Why an instance takes no wish of the hub, whatever it is. */
export function refusalByInstance({ instance, now }: InstanceState, intent: Intent): Refusal | undefined {
  if (instance.metadata.deletionTimestamp !== undefined) return { code: "Removing", message: "the instance is being removed" };
  if (instance.spec.service !== intent.service) {
    return { code: "ServiceMismatch", message: `the instance is of the service ${instance.spec.service}, not ${intent.service}` };
  }
  if (intent.notAfterUnixMs !== undefined && now > intent.notAfterUnixMs) {
    return { code: "Expired", message: `it was not to be accepted after ${new Date(intent.notAfterUnixMs).toISOString()}` };
  }
  if (instance.spec.fleet === "Ignore") return { code: "FleetIgnored", message: "spec.fleet is Ignore" };
  if (instance.spec.suspend === true) return { code: "Suspended", message: "spec.suspend is true" };
  return undefined;
}

export function ownedByOther(owner: FieldOwner, what: string): Refusal | undefined {
  if (owner.kind !== "controller") return undefined;
  return { code: "OwnedByOther", message: `${what} belongs to ${owner.manager}, which would put it back; change it there` };
}

/** A wish that was planned. */
export interface Planned {
  /** What has to pass a preflight; absent: there is nothing to render. */
  readonly plan?: Plan;
  /** Stands for all that will be done. */
  readonly hash: string;
  readonly kind: OperationKind;
  readonly action: Wish["action"];
  readonly check: CheckResult;
}

/**
 * What is said of a planned wish instead of beginning it: the plan is not the one that was agreed to, the cluster's policy or its windows
 * are against it, its preflight is due or has failed, or it was only to be checked. Undefined: it begins.
 */
export function gate(state: InstanceState, intent: Intent, { plan, hash, kind, action, check }: Planned): IntentVerdict | undefined {
  // A check may ask what the plan is; what is applied was agreed to.
  const agreed = intent.mode === "Check" ? (intent.planHash ?? hash) : intent.planHash;
  if (hash !== agreed) {
    return refused({ code: "PlanChanged", message: "this cluster's plan is not the one that was agreed to; preview it again" }, hash);
  }
  const veto = vetoes(state.clusterPolicy, {
    service: intent.service,
    namespaces: [...new Set([state.instance.metadata.namespace, targetNamespace(state.instance)])],
    action,
    disruptive: check.disruptive,
    irreversible: check.irreversible,
  });
  if (veto !== undefined) return refused(veto, hash);
  const hold = windowHold(state, kind);
  const asked = intent.mode === "Check";
  if (plan !== undefined) {
    const standing = standingOf(state, plan, { mayBegin: hold === undefined, withChanges: asked });
    if (standing.is === "Failed") return refused(standing.refusal, hash);
    if (standing.is === "Due") {
      const reason = { code: "Preflight", message: "it is being looked at whether the plan could run in this cluster" };
      return { phase: "Waiting", reason, planHash: hash, preflight: { plan, withChanges: asked } };
    }
    if (asked) return checked(hash, standing.changes === undefined ? check : { ...check, changes: standing.changes });
  }
  if (asked) return checked(hash, check);
  // Nothing is written before it may begin: until then the wish can be taken back, and the plan is compared once more.
  return hold === undefined ? undefined : { ...waiting(hold), planHash: hash };
}

function checked(planHash: string, check: CheckResult): IntentVerdict {
  return { phase: "Checked", planHash, check };
}

/** What a plan would do. */
export function checkOf({ steps, disruptive, irreversible, risks }: Plan): CheckResult {
  return { steps: steps.map(({ to }) => to), disruptive, irreversible, risks: risks.map(({ id }) => id) };
}

/** The state of an instance whose spec says what the intent says. */
export function settled(state: InstanceState): IntentVerdict {
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

export function waiting({ reason, opensAtMs }: WindowHold): IntentVerdict {
  return { phase: "Waiting", reason, waitsUntilUnixMs: opensAtMs };
}

export function refused(reason: Refusal, planHash?: string): IntentVerdict {
  return planHash === undefined ? { phase: "Refused", reason } : { phase: "Refused", reason, planHash };
}

/** It was carried out, and somebody has wished something else since. */
export function superseded(what: string): IntentVerdict {
  return refused({ code: "Superseded", message: `${what} by someone else` });
}

/** Held before anything was written. */
export function notStarted(): IntentVerdict {
  return { phase: "Held", reason: { code: "NotStarted", message: "it was stopped before it started" } };
}
