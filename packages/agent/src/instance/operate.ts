/** Carries out an operation: accepts it, runs its actions one look at a time, and ends it. Whatever is done was written to the status before. */
import { randomBytes } from "node:crypto";
import type { Plan } from "@portolan/shared/planner";
import { clip } from "@portolan/shared/wire";
import { isConflict } from "../kube/mod.ts";
import {
  actionAgeMs,
  actionsOf,
  asRunning,
  finishStep,
  givenUp,
  inputsOf,
  keepDefinitions,
  keptDefinitions,
  overdue,
  pauseOf,
  recordObjects,
  retryAction,
  startAction,
  startStep,
  stepDefinitions,
  sweepKept,
  waitFor,
  writeRecord,
  type Action,
  type StepDefinitions,
} from "../operation/mod.ts";
import {
  annotations,
  type Operation,
  type OperationKind,
  type OperationResult,
  type OperationStep,
  type ServiceInstance,
} from "../resources/mod.ts";
import { versionOwner } from "../intents/mod.ts";
import { configDigest } from "./config-digest.ts";
import { timelineStep } from "./events.ts";
import { endOf, lastStep } from "./ending.ts";
import { retryToken } from "./failure.ts";
import { installedInstaller } from "./installed.ts";
import { runAction, type Attempt } from "./run-action.ts";
import type { Refusal } from "./state.ts";
import { describeFailure, describeOperation, describeStart, operationSituation, restSituation, type StatusChanges } from "./status.ts";
import { actionContext, writeStatus, type Next, type Turn } from "./turn.ts";
import { operationSteps, sameVersion } from "./steps.ts";
import { valuesOf } from "./values.ts";
import { wayBack, type WayBack } from "./way-back.ts";

/** While an action waits, objects are watched; for what no watch sees it is looked at again: soon at first, then at leisure. */
const shortestWaitMs = 100;
const longestWaitMs = 2_000;

/** Accepts a plan: keeps its definitions in the cluster, then writes it to the status. From then on it survives any crash. */
export async function accept(turn: Turn, kind: OperationKind, plan: Plan): Promise<Next> {
  const { instance, state } = turn;
  const steps = kind === "Configure" ? [sameVersion(instance, plan.to)] : operationSteps(plan);
  const source = kind === "Configure" ? (state.kept ?? state.service) : state.service;
  if (source === undefined) throw new TypeError("an operation needs its service's definition: decide checks that first");
  const digest = await keepDefinitions(turn.own, turn, keptDefinitions(source, steps, installedInstaller(state)));
  const operation: Operation = { ...newOperation(turn, kind, steps, plan.hash), by: requester(instance) };
  const changes: StatusChanges = {
    operation,
    definitionsDigest: digest,
    failure: undefined,
    lastHandledRetry: retryToken(instance),
  };
  await writeRecord(turn.own, turn, { operation, definitionsDigest: digest });
  try {
    const written = await writeStatus(turn, operationSituation(operation, state.secrets.missing), changes, true);
    tellStarted(turn, written, operation);
    return { again: written };
  } catch (error) {
    // The instance changed while the plan was accepted: it is looked at anew, and nothing has begun.
    if (isConflict(error)) return { restMs: 0 };
    throw error;
  }
}

function newOperation(turn: Turn, kind: OperationKind, plan: readonly OperationStep[], planHash: string): Operation {
  const { metadata, spec } = turn.instance;
  return {
    id: randomBytes(4).toString("hex"),
    kind,
    plan,
    planHash,
    generation: metadata.generation ?? 0,
    inputs: inputsOf(spec),
    cursor: { step: 0 },
    startedAt: isoNow(turn),
  };
}

function tellStarted(turn: Turn, written: ServiceInstance, operation: Operation): void {
  turn.events.note(written, "Normal", `${operation.kind}Started`, describeStart(operation));
  turn.events.tell(written, { type: "OperationStarted", operationId: operation.id, message: describeOperation(operation) });
}

/** The intent that the instance carries, or the manager that owns its version. */
function requester(instance: ServiceInstance): string {
  const owner = versionOwner(instance.metadata.managedFields);
  const intent = instance.metadata.annotations?.[annotations.intent];
  if (owner.kind === "hub" && intent !== undefined) return clip(`intent ${intent}`, 300);
  return "manager" in owner ? owner.manager : owner.kind;
}

/** Takes the running action one look further; the cursor is written before an action starts. */
export async function run(turn: Turn, operation: Operation): Promise<Next> {
  const step = operation.plan[operation.cursor.step];
  const { kept } = turn.state;
  if (step === undefined || kept === undefined) {
    return await end(turn, operation, "Failed", {
      code: "DefinitionsLost",
      message: "the definitions that were kept for this operation are gone or were altered; ask for another try",
    });
  }
  const definitions = stepDefinitions(kept, step);
  const actions = actionsOf(definitions);
  const current = operation.cursor.action ?? actions[0]?.name;
  const action = actions.find((each) => each.name === current);
  if (action === undefined)
    return await end(turn, operation, "Failed", { code: "UnknownAction", message: `the step has no action ${current ?? ""}` });
  if (operation.cursor.action === undefined) {
    return await begin(turn, operation, step, action);
  }
  return await attempt(turn, operation, definitions, actions, action);
}

/** Begins a step for the spec that was judged, and for no other: until the step is over, nobody can say what the installed version runs with. */
async function begin(turn: Turn, operation: Operation, step: OperationStep, action: Action): Promise<Next> {
  const begun = startStep(operation, action.name, turn.instance, isoNow(turn));
  try {
    const again = await writeStatus(
      turn,
      operationSituation(begun, turn.state.secrets.missing),
      { operation: begun, configDigest: undefined },
      true,
    );
    turn.events.tell(again, { type: "StepStarted", operationId: operation.id, stepIndex: operation.cursor.step, ...timelineStep(step) });
    return { again };
  } catch (error) {
    // The spec may have changed since it was judged.
    if (isConflict(error)) return { restMs: 0 };
    throw error;
  }
}

async function attempt(
  turn: Turn,
  operation: Operation,
  definitions: StepDefinitions,
  actions: readonly Action[],
  action: Action,
): Promise<Next> {
  const instance = asRunning(turn.instance, operation);
  const values = valuesOf({ ...turn.state, instance }, turn.state.kept, definitions.installer.version);
  const result: Attempt = values.ok
    ? await runAction(turn.deployers, actionContext({ ...turn, instance }, operation, values), definitions, action)
    : { state: "failed", reason: values.refusal.code, message: values.refusal.message };
  switch (result.state) {
    case "done":
      return await finishAction(turn, operation, actions, action, result.object);
    case "record":
      return await write(turn, recordObjects(operation, result.objects));
    case "failed":
      return await end(turn, operation, "Failed", { code: result.reason, message: `${action.name}: ${result.message}` });
    case "waiting": {
      const late = overdue(operation, action, result.message, turn.now());
      if (late !== undefined) return await end(turn, operation, "Failed", late);
      await write(turn, waitFor(operation, result.message));
      return { restMs: Math.min(longestWaitMs, Math.max(shortestWaitMs, actionAgeMs(operation, turn.now()) / 2)) };
    }
    case "error": {
      turn.logger.warn({ operation: operation.id, action: action.name, err: result.error }, "an action failed and is tried again");
      const hopeless = givenUp(operation, action, result.error.message, turn.now());
      if (hopeless !== undefined) return await end(turn, operation, "Failed", hopeless);
      const restMs = pauseOf(operation);
      await write(turn, retryAction(operation, result.error.message, new Date(turn.now() + restMs).toISOString()));
      return { restMs };
    }
  }
}

async function finishAction(turn: Turn, operation: Operation, actions: readonly Action[], action: Action, object: string): Promise<Next> {
  const { instance } = turn;
  const step = operation.plan[operation.cursor.step];
  if (action.kind === "hook") {
    turn.events.note(instance, "Normal", "HookFinished", `${action.name} (${action.hook.action}): ${object}`);
    turn.events.tell(instance, {
      type: "HookFinished",
      operationId: operation.id,
      stepIndex: operation.cursor.step,
      ...timelineStep(step),
      hook: { name: action.name, action: action.hook.action, object },
      durationMs: Math.max(0, actionAgeMs(operation, turn.now())),
    });
  }
  const next = actions[actions.indexOf(action) + 1];
  const deployed = action.kind === "deploy" ? { secretsDigest: turn.secretsDigest } : {};
  if (next !== undefined) return await write(turn, startAction(operation, next.name, isoNow(turn)), deployed);
  turn.events.tell(instance, {
    type: "StepFinished",
    operationId: operation.id,
    stepIndex: operation.cursor.step,
    ...timelineStep(step),
    durationMs: Math.max(0, turn.now() - Date.parse(operation.stepStartedAt ?? operation.startedAt)),
  });
  return await write(turn, finishStep(operation), {
    configDigest: configDigest(operation.inputs),
    ...(step === undefined ? {} : { version: step.to }),
  });
}

async function write(turn: Turn, operation: Operation, changes: StatusChanges = {}): Promise<{ readonly again: ServiceInstance }> {
  return { again: await writeStatus(turn, operationSituation(operation, turn.state.secrets.missing), { ...changes, operation }) };
}

/** All steps are done. */
export async function complete(turn: Turn, operation: Operation): Promise<Next> {
  if (operation.kind === "Rollback") {
    const { reason = "Failed", message = "" } = turn.instance.status?.failure ?? {};
    const to = operation.plan.at(-1)?.to ?? "";
    return await end(turn, operation, "RolledBack", { code: "RolledBack", message: `rolled back to ${to} after ${reason}: ${message}` });
  }
  return await end(turn, operation, "Succeeded", { code: "Installed", message: `${operation.plan.at(-1)?.to ?? ""} is installed` });
}

/** Ends an operation before its last step, or with it. An upgrade that failed may be followed by its rollback, in the same write. */
export async function end(turn: Turn, operation: Operation, result: OperationResult, ended: Refusal): Promise<Next> {
  const { instance, state } = turn;
  const { definitionsDigest } = instance.status ?? {};
  // Before the status says that it is over: after a crash it is ended again, and swept again.
  if (definitionsDigest !== undefined) await sweepKept(turn.own, turn, definitionsDigest);
  const back = result === "Failed" ? wayBack(state, operation) : undefined;
  const told = result === "Failed" ? { ...ended, message: describeFailure(operation, ended.message) } : ended;
  const reason = back?.possible === false ? { ...told, message: `${told.message}; not rolled back: ${back.refusal.message}` } : told;
  const changes: StatusChanges = { operation: undefined, ...endOf(instance, operation, result, reason, isoNow(turn)) };
  const written = back?.possible === true ? await goBack(turn, operation, back, changes) : await rest(turn, result, reason, changes);
  const failed = result === "Failed" || result === "RolledBack";
  const step = lastStep(operation);
  turn.events.note(written, failed ? "Warning" : "Normal", result === "RolledBack" ? result : `${operation.kind}${result}`, reason.message);
  turn.events.tell(written, {
    type: result === "Failed" ? "OperationFailed" : result === "Held" ? "OperationHeld" : "OperationSucceeded",
    operationId: operation.id,
    ...timelineStep(step),
    durationMs: Math.max(0, turn.now() - Date.parse(operation.startedAt)),
    message: reason.message,
  });
  if (written.status?.operation !== undefined) tellStarted(turn, written, written.status.operation);
  return { again: written };
}

async function rest(turn: Turn, result: OperationResult, reason: Refusal, changes: StatusChanges): Promise<ServiceInstance> {
  const { instance, state } = turn;
  const failed = result === "Failed" || result === "RolledBack";
  const situation = failed
    ? restSituation("Failed", reason, true, state.secrets.missing)
    : {
        ...restSituation(
          instance.status?.version === undefined ? "Discovered" : "Ready",
          { code: "Checking", message: "the operation has ended; its objects are being looked at" },
          false,
          state.secrets.missing,
        ),
        reconciling: true,
      };
  return await writeStatus(turn, situation, changes);
}

/** The failure and the operation that takes it back are written at once: whoever reads the status never finds the one without the other. */
async function goBack(
  turn: Turn,
  failed: Operation,
  back: WayBack & { readonly possible: true },
  changes: StatusChanges,
): Promise<ServiceInstance> {
  const { state, own } = turn;
  const digest = await keepDefinitions(own, turn, keptDefinitions(back.definitions, back.steps, installedInstaller(state)));
  const operation: Operation = {
    ...newOperation(turn, "Rollback", back.steps, back.planHash),
    ...(failed.by === undefined ? {} : { by: failed.by }),
  };
  await writeRecord(own, turn, { operation, definitionsDigest: digest });
  const situation = operationSituation(operation, state.secrets.missing);
  return await writeStatus(turn, situation, { ...changes, operation, definitionsDigest: digest });
}

function isoNow(turn: Turn): string {
  return new Date(turn.now()).toISOString();
}
