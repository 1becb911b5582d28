import type { Reason } from "@portolan/shared/wire";
import type { RequestIdentity } from "../conditions/mod.ts";
import { instanceKey, type FleetReader, type InstanceKey, type InstanceRef } from "../fleet/mod.ts";
import { held, observe, settle } from "./assess.ts";
import { isFailure } from "./budget.ts";
import { beginCheck, checkHash, isCheckComplete, refusedTargets } from "./check.ts";
import { selectTargets, type CreateProblem } from "./create.ts";
import type { JournalEntry } from "./journal-entry.ts";
import type { LabelsOf } from "./members.ts";
import {
  approvalExpiresAtMs,
  currentWave,
  inOpenWave,
  isOpen,
  reopened,
  UNDECIDED,
  type Rollout,
  type Target,
  type TargetDecision,
  type WaveProgress,
} from "./model.ts";
import { phaseOf, type RolloutPhase } from "./phase.ts";
import { retractionIn, type RetractionOf } from "./retraction.ts";
import { noRoomFor, type Room } from "./room.ts";
import { waveName } from "./waves.ts";

/** What people ask of a rollout. */
export type RolloutCommand =
  | { readonly type: "check" }
  /** `hash` is what the check came to. */
  | { readonly type: "start"; readonly hash: string }
  | { readonly type: "pause" }
  | { readonly type: "resume" }
  | { readonly type: "abort" }
  /** `wave`: by its name, or its place from 1; absent: whichever waits. */
  | { readonly type: "approve" | "reject"; readonly wave?: string }
  /** Tries failed targets again; absent: all of them. */
  | { readonly type: "retry"; readonly targets?: readonly InstanceRef[] }
  /** Leaves targets out. */
  | { readonly type: "skip"; readonly targets: readonly InstanceRef[] }
  /** Ends the soak of the wave under way, or lets it pass though its gate has failed. */
  | { readonly type: "promote" };

export type CommandType = RolloutCommand["type"];

/** Phases in which each command means something. */
export const ALLOWED_IN: Readonly<Record<CommandType, readonly RolloutPhase[]>> = {
  check: ["Draft", "Checking", "Checked"],
  start: ["Checked"],
  pause: ["Running", "AwaitingApproval"],
  resume: ["Paused"],
  // After the end, where clusters that were offline are still brought up.
  abort: ["Draft", "Checking", "Checked", "Running", "AwaitingApproval", "Paused", "Succeeded", "Failed"],
  approve: ["AwaitingApproval"],
  reject: ["AwaitingApproval"],
  retry: ["Running", "AwaitingApproval", "Paused"],
  skip: ["Running", "AwaitingApproval", "Paused"],
  promote: ["Running", "Paused"],
};

/** Who asks. */
export interface Actor {
  readonly name: string;
  readonly roles: readonly string[];
}

export interface CommandContext {
  readonly fleet: FleetReader;
  readonly labelsOf: LabelsOf;
  readonly retraction: RetractionOf;
  readonly nowMs: number;
  /** For the rollout, where a check finds that it has become another one. */
  readonly uid: string;
  readonly actor: Actor;
  /** In the words of the person who asks. */
  readonly reason?: string;
  readonly conditions?: { readonly request?: Pick<RequestIdentity, "id"> };
  /** Name of the other open rollout that has an instance. */
  readonly ownerOf: (key: InstanceKey) => string | undefined;
  readonly room: Room;
}

export interface CommandProblem {
  readonly code:
    | "VersionRetracted"
    | "WrongPhase"
    | "ApprovalExpired"
    | "StaleCheck"
    | "TargetsRefused"
    | "InstanceBusy"
    | "IntentDocumentTooLarge"
    | "NotAllowed"
    | "UnknownTarget"
    | "NothingToDo";
  readonly message: string;
  readonly instances?: readonly (InstanceRef & { readonly reasons: readonly Reason[] })[];
  /** The other open rollout that has an instance. */
  readonly rollout?: string;
}

/** What is to be told of a command that the rollout itself does not show. */
export type Said = Pick<JournalEntry, "action" | "after">;

export type CommandOutcome = { readonly rollout: Rollout; readonly said?: Said } | { readonly problem: CommandProblem | CreateProblem };

/** So many targets of a command are told by their names. */
const MAX_NAMED = 10;

/** What becomes of a rollout when somebody asks for something, or why it is refused. Pure. */
export function command(rollout: Rollout, asked: RolloutCommand, context: CommandContext): CommandOutcome {
  const phase = phaseOf(rollout);
  const allowed = ALLOWED_IN[asked.type];
  if ((asked.type === "approve" || asked.type === "reject") && rollout.paused?.reason.code === "ApprovalExpired") {
    return refuse("ApprovalExpired", `${rollout.paused.reason.message}: resume the rollout, which asks again`);
  }
  if (!allowed.includes(phase)) {
    return refuse("WrongPhase", `the rollout ${rollout.name} is ${phase}: ${asked.type} is possible while it is ${listed(allowed)}`);
  }
  switch (asked.type) {
    case "check":
      return check(rollout, context);
    case "start":
      return start(rollout, asked.hash, context);
    case "pause":
      return { rollout: { ...rollout, paused: interruption(context, "PausedByUser", `${context.actor.name} paused it`) } };
    case "resume":
      return resume(rollout, context);
    case "abort":
      return abort(rollout, context);
    case "approve":
    case "reject":
      return decideApproval(rollout, asked, context);
    case "retry":
      return retry(rollout, asked.targets, context);
    case "skip":
      return skip(rollout, asked.targets, context);
    case "promote":
      return promote(rollout, context);
  }
}

/** Asks whom the selector chooses now. */
function check(rollout: Rollout, context: CommandContext): CommandOutcome {
  const { uid } = context;
  const selected = selectionOf(rollout, context);
  if ("problem" in selected) {
    return selected;
  }
  const { targets } = selected;
  // The index of a target never changes, and says with the uid whom an intent is for.
  const isSame =
    targets.length === rollout.targets.length && targets.every((target, index) => keyOf(target) === keyOf(rollout.targets[index]));
  return checkedAnew({ ...rollout, ...(isSame ? {} : { uid }), targets }, context);
}

/** Its agents are asked, if all that it will say to them has room. */
export function checkedAnew(
  rollout: Rollout,
  { fleet, nowMs, room }: Pick<CommandContext, "fleet" | "nowMs" | "room">,
): { readonly rollout: Rollout } | { readonly problem: CommandProblem } {
  const noRoom = noRoomFor(rollout, room);
  return noRoom === undefined ? { rollout: beginCheck(rollout, fleet, nowMs) } : refuse("IntentDocumentTooLarge", noRoom.message);
}

/** A rollout that brings others' targets back has those alone. */
function selectionOf(
  { spec, targets, undoes }: Rollout,
  context: CommandContext,
): { readonly targets: readonly Target[] } | { readonly problem: CreateProblem } {
  return undoes === undefined ? selectTargets(spec, context) : { targets };
}

function keyOf(target: Target | undefined): InstanceKey | undefined {
  return target === undefined ? undefined : instanceKey(target);
}

/** Why what was checked is not what would start; undefined: it is. */
function changedSince(rollout: Rollout, context: CommandContext): string | undefined {
  const selected = selectionOf(rollout, context);
  if ("problem" in selected) {
    return selected.problem.message;
  }
  const place = ({ wave, incarnation }: Target): string => `${wave} ${incarnation}`;
  const checked = new Map(rollout.targets.map((target) => [instanceKey(target), place(target)]));
  const joined = selected.targets.filter((target) => !checked.has(instanceKey(target))).map(instanceKey);
  const moved = selected.targets.filter((target) => (checked.get(instanceKey(target)) ?? place(target)) !== place(target)).map(instanceKey);
  const chosen = new Set(selected.targets.map(instanceKey));
  const left = [...checked.keys()].filter((key) => !chosen.has(key));
  const changes = [changesOf("new", joined), changesOf("not chosen any more", left), changesOf("in another wave, or rebuilt", moved)];
  const all = changes.filter((change) => change !== undefined).join("; ");
  return all === "" ? undefined : all;
}

/** `new: a/default/main, b/default/main and 3 more`. */
function changesOf(what: string, keys: readonly InstanceKey[]): string | undefined {
  const [first, second] = keys;
  const named = [first, second].filter((key) => key !== undefined).join(", ");
  return first === undefined ? undefined : `${what}: ${named}${keys.length > 2 ? ` and ${keys.length - 2} more` : ""}`;
}

function start(rollout: Rollout, hash: string, context: CommandContext): CommandOutcome {
  const { actor, nowMs, ownerOf, room } = context;
  if (!isCheckComplete(rollout) || hash !== checkHash(rollout)) {
    return refuse("StaleCheck", `the check came to ${rollout.check?.hash ?? "nothing"} by now, not to ${hash}: look at it again`);
  }
  const changed = changedSince(rollout, context);
  if (changed !== undefined) {
    return refuse("StaleCheck", `the fleet has changed since the check (${changed}): check it again`);
  }
  const refused = refusedTargets(rollout);
  if (refused.length > 0 && rollout.spec.unreachable === "Refuse") {
    return {
      problem: {
        code: "TargetsRefused",
        message: `${refused.length} of ${rollout.targets.length} targets cannot be brought there`,
        instances: refused.map(({ target: { cluster, namespace, name }, reasons }) => ({ cluster, namespace, name, reasons })),
      },
    };
  }
  const taken = rollout.targets.flatMap((target) => {
    const owner = ownerOf(instanceKey(target));
    return owner === undefined ? [] : [{ target, owner }];
  });
  const [first] = taken;
  if (first !== undefined) {
    return {
      problem: {
        code: "InstanceBusy",
        message: `${taken.length === 1 ? "an instance belongs" : `${taken.length} instances belong`} to the open rollout ${first.owner}`,
        rollout: first.owner,
        instances: taken.map(({ target: { cluster, namespace, name }, owner }) => ({
          cluster,
          namespace,
          name,
          reasons: [{ code: "InstanceBusy", message: `belongs to the open rollout ${owner}` }],
        })),
      },
    };
  }
  const noRoom = noRoomFor(rollout, room);
  return noRoom === undefined
    ? { rollout: { ...rollout, started: { atMs: nowMs, by: actor.name } } }
    : refuse("IntentDocumentTooLarge", noRoom.message);
}

/**
 * What has failed so far is tolerated from now on; who did not approve in time is asked again, and a wave whose gate failed soaks again.
 * Who ended a soak did so before somebody, or something, stopped the rollout: the wave soaks for what is left of it.
 */
function resume(rollout: Rollout, { nowMs, retraction }: CommandContext): CommandOutcome {
  const retracted = retractionIn(rollout, retraction);
  if (retracted !== undefined) {
    return refuse("VersionRetracted", `a version that targets still are to go to was retracted: ${retracted.message}; abort the rollout`);
  }
  const { paused, ...rest } = rollout;
  const wave = currentWave(rollout);
  const { approvalAskedAtMs, promotedAtMs: _promoted, ...progress } = (wave === undefined ? undefined : rollout.waves[wave]) ?? {};
  const soaksAgain = paused?.reason.code === "GateFailed" && progress.settledAtMs !== undefined;
  const next: WaveProgress = {
    ...progress,
    ...(approvalAskedAtMs === undefined || progress.approved === undefined ? {} : { approvalAskedAtMs }),
    ...(soaksAgain ? { settledAtMs: nowMs } : {}),
  };
  return {
    rollout: {
      ...rest,
      resumedAtMs: nowMs,
      waves: wave === undefined ? rollout.waves : rollout.waves.with(wave, next),
      targets: rollout.targets.map((target) =>
        isFailure(target) && target.decision.type === "Settled" ? { ...target, decision: { ...target.decision, tolerated: true } } : target,
      ),
    },
  };
}

function abort(rollout: Rollout, context: CommandContext): CommandOutcome {
  const aborted = interruption(context, "AbortedByUser", `${context.actor.name} aborted it`);
  if (rollout.started === undefined) {
    return { rollout: { ...rollout, aborted, finished: { result: "Aborted", atMs: context.nowMs } } };
  }
  const hasEnded =
    !isOpen(rollout) && (rollout.aborted !== undefined || rollout.targets.every(({ decision }) => decision.type === "Settled"));
  return hasEnded
    ? refuse("NothingToDo", `the rollout ${rollout.name} has ended, and brings up no cluster any more`)
    : { rollout: { ...rollout, aborted } };
}

function decideApproval(
  rollout: Rollout,
  { type, wave: meant }: Extract<RolloutCommand, { type: "approve" | "reject" }>,
  context: CommandContext,
): CommandOutcome {
  const { actor, nowMs } = context;
  const wave = currentWave(rollout) ?? 0;
  const name = waveName(rollout.spec, wave);
  if (meant !== undefined && meant !== name) {
    return refuse("NothingToDo", `the wave that waits to be decided about is ${name}, not ${meant}`);
  }
  const expiredAtMs = approvalExpiresAtMs(rollout, wave);
  if (nowMs >= expiredAtMs) {
    const at = new Date(expiredAtMs).toISOString();
    return refuse("ApprovalExpired", `wave ${name} could be decided about until ${at}: resume the rollout, which asks again`);
  }
  const roles = rollout.spec.waves[wave]?.approval?.roles ?? [];
  if (roles.length > 0 && !roles.some((role) => actor.roles.includes(role))) {
    return refuse(
      "NotAllowed",
      `wave ${name} can be decided about by ${listed(roles)}; ${actor.name} is ${actor.roles.length === 0 ? "none of them" : listed(actor.roles)}`,
    );
  }
  return type === "approve"
    ? { rollout: { ...rollout, waves: rollout.waves.with(wave, { ...rollout.waves[wave], approved: { atMs: nowMs, by: actor.name } }) } }
    : { rollout: { ...rollout, paused: interruption(context, "Rejected", `${actor.name} rejected wave ${name}`) } };
}

function retry(rollout: Rollout, refs: readonly InstanceRef[] | undefined, context: CommandContext): CommandOutcome {
  const wave = currentWave(rollout);
  return changeTargets(
    // Also where nothing is sent after all, because somebody leaves it out, or it is gone.
    wave === undefined ? rollout : { ...rollout, waves: rollout.waves.with(wave, reopened(rollout.waves[wave] ?? {})) },
    refs,
    (target) => {
      // Whoever tries again agrees to the plan of then.
      const { check: _agreed, ...rest } = target;
      const { decision } = target;
      // What its agent still works on has to stop first.
      const again = decision.type === "Settled" && decision.openIntent === undefined && (isFailure(target) || decision.result === "Held");
      return again ? { ...inOpenWave(rollout, rest), attempts: Math.max(target.attempts, 1), decision: UNDECIDED } : undefined;
    },
    { action: "TargetsRetried", expected: "has failed and was stopped by its agent" },
    context,
  );
}

function skip(rollout: Rollout, refs: readonly InstanceRef[], context: CommandContext): CommandOutcome {
  const { actor, fleet, nowMs } = context;
  const reason: Reason = { code: "Skipped", message: `${actor.name} asked to leave it out` };
  return changeTargets(
    rollout,
    refs,
    (target) => {
      const decision = skipped(target, reason, actor.name, nowMs);
      return decision === undefined || observe(target, fleet).replaced ? undefined : { ...target, decision };
    },
    { action: "TargetsSkipped", expected: "can be left out" },
    context,
  );
}

function skipped({ decision }: Target, reason: Reason, by: string, nowMs: number): TargetDecision | undefined {
  switch (decision.type) {
    case "Undecided":
    case "Deferred":
      return { ...settle("Skipped", nowMs, reason), by };
    case "Sent":
      return decision.intent.hold?.reason === "Skipped" ? undefined : held(decision.intent, { atMs: nowMs, reason: "Skipped" });
    case "Settled":
      // What has come to a good end stays what it is.
      return decision.result === "Skipped" || decision.result === "Succeeded"
        ? undefined
        : { ...decision, by, result: "Skipped", reasons: [reason, ...decision.reasons] };
  }
}

/**
 * Changes some targets, or all that can be changed; every one that is named must be. Targets are stored before the rollout itself: where a
 * hub was killed in between, the same request goes on from there.
 */
function changeTargets(
  rollout: Rollout,
  refs: readonly InstanceRef[] | undefined,
  change: (target: Target) => Target | undefined,
  { action, expected }: { readonly action: string; readonly expected: string },
  { conditions }: CommandContext,
): CommandOutcome {
  const request = conditions?.request?.id;
  const named = refs === undefined ? undefined : new Set(refs.map(instanceKey));
  const changed: InstanceKey[] = [];
  const targets = rollout.targets.map((target) => {
    const isMeant = named === undefined || named.delete(instanceKey(target));
    const isDone = request !== undefined && target.request === request;
    const next = isMeant && !isDone ? change(target) : undefined;
    if (next !== undefined || (isMeant && isDone)) {
      changed.push(instanceKey(target));
    }
    return next === undefined ? target : { ...next, ...(request === undefined ? {} : { request }) };
  });
  const [unknown] = named ?? [];
  if (unknown !== undefined) {
    return refuse("UnknownTarget", `the rollout ${rollout.name} has no target ${unknown}`);
  }
  return changed.length === 0 || (refs !== undefined && changed.length < refs.length)
    ? refuse(
        "NothingToDo",
        `${refs === undefined ? "no target" : "not every target that was named"} of the rollout ${rollout.name} ${expected}`,
      )
    : { rollout: { ...rollout, targets }, said: { action, after: { count: changed.length, targets: changed.slice(0, MAX_NAMED) } } };
}

function promote(rollout: Rollout, { nowMs }: CommandContext): CommandOutcome {
  const { paused, ...rest } = rollout;
  const wave = currentWave(rollout);
  const progress = wave === undefined ? undefined : rollout.waves[wave];
  if (wave === undefined || progress?.settledAtMs === undefined) {
    return refuse("NothingToDo", `no wave of the rollout ${rollout.name} soaks`);
  }
  const promoted: WaveProgress = { ...progress, promotedAtMs: nowMs };
  if (paused === undefined) {
    return { rollout: { ...rollout, waves: rollout.waves.with(wave, promoted) } };
  }
  const isOver = rollout.targets.every(
    (target) => target.wave !== wave || target.decision.type === "Settled" || target.decision.type === "Deferred",
  );
  return paused.reason.code === "GateFailed" && isOver
    ? { rollout: { ...rest, waves: rollout.waves.with(wave, { ...promoted, passedAtMs: nowMs }) } }
    : refuse("NothingToDo", `what the rollout ${rollout.name} is paused for is not the gate of its wave: resume it first`);
}

function interruption(
  { nowMs, actor, reason }: CommandContext,
  code: string,
  message: string,
): { readonly atMs: number; readonly reason: Reason; readonly by: string } {
  return { atMs: nowMs, reason: { code, message: reason === undefined ? message : `${message}: ${reason}` }, by: actor.name };
}

function refuse(code: CommandProblem["code"], message: string): { readonly problem: CommandProblem } {
  return { problem: { code, message } };
}

/** `a, b or c`. */
function listed(names: readonly string[]): string {
  return names.length < 2 ? (names[0] ?? "nobody") : `${names.slice(0, -1).join(", ")} or ${names.at(-1) ?? ""}`;
}
