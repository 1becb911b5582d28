/** Keeps what is installed as it was applied, and says how it is doing. */
import type { Installer } from "@portolan/shared/catalog";
import { sha256Hex } from "@portolan/shared/json";
import { describeChanges, type DriftedObject } from "../drift/mod.ts";
import { HelmError } from "../deployers/helm/mod.ts";
import { KubeError } from "../kube/mod.ts";
import { inputsOf, objectName, type ActionContext } from "../operation/mod.ts";
import { instanceKey, type Operation, type ServiceInstance } from "../resources/mod.ts";
import { retryToken } from "./failure.ts";
import { isDue, isGivenUp, pauseAfter, type Failing } from "./failure-book.ts";
import { installedInstaller } from "./installed.ts";
import { lastingProblem } from "./lasting-problem.ts";
import type { Refusal } from "./state.ts";
import {
  failingSituation,
  installedSituation,
  nothingPending,
  pendingSituation,
  restSituation,
  type DriftSituation,
  type Pending,
  type StatusChanges,
} from "./status.ts";
import { actionContext, writeStatus, type Next, type Turn } from "./turn.ts";
import { valuesOf } from "./values.ts";

/** Objects are watched; this is for what no watch sees, such as health checks over other objects. */
const unhealthyMs = 5_000;
const healthyMs = 300_000;
/** What was put back is looked at again, at the latest. */
const correctedMs = 1_000;

/** @param pending why the installed version is not the one that the spec asks for, when it is looked after all the same */
export async function maintain(turn: Turn, pending?: Pending): Promise<Next> {
  const { instance, state } = turn;
  const version = instance.status?.version ?? "";
  // What has stopped stays stopped.
  const judged = pending?.stalled === true ? {} : nothingPending(instance);
  const definitions = state.kept ?? state.service;
  const installer = installedInstaller(state);
  if (definitions === undefined || installer === undefined) {
    const message = `no definition of ${version} is known any more, so it cannot be looked after; it stays as it is`;
    return await leave(turn, { code: "UnknownVersion", message }, undefined, judged);
  }
  const values = valuesOf(state, { ...definitions, installers: [installer] }, version);
  if (!values.ok) {
    const waits = values.refusal.code === "SecretsMissing" && !turn.secretsSeen;
    return await leave(turn, values.refusal, waits ? unhealthyMs : undefined, judged);
  }
  try {
    return await lookAfter(turn, installer, actionContext(turn, maintenance(turn), values), judged, pending);
  } catch (error) {
    const failed = failedTry(error);
    const problem = failed ?? lastingProblem(error) ?? refusedByServer(error);
    if (problem === undefined) throw error;
    turn.logger.warn({ err: error }, "what is installed cannot be looked after");
    if (failed !== undefined) return await tellFailure(turn, failed, judged);
    const situation = restSituation("Ready", problem, false, state.secrets.missing);
    await writeStatus(turn, { ...situation, reconciling: true }, judged);
    return { restMs: unhealthyMs };
  }
}

/** A try has failed: the next one comes after a pause, as long as there is one. */
async function tellFailure(turn: Turn, problem: Refusal, judged: StatusChanges): Promise<Next> {
  const failing = turn.failures.failed(instanceKey(turn.instance), causeOf(turn), problem, turn.now());
  await writeStatus(turn, failingSituation(restSituation("Ready", problem, false, turn.state.secrets.missing), failing), judged);
  return { restMs: isGivenUp(failing) ? healthyMs : pauseAfter(failing, turn.now()) };
}

/** What may make the next try another one than those that have failed. */
function causeOf({ instance, secretsDigest }: Turn): string {
  return JSON.stringify([secretsDigest, instance.metadata.generation, retryToken(instance), instance.status?.version]);
}

/** Each try of helm runs the chart's hooks, and adds a revision. What has come to neither costs nothing, and is tried as before. */
function failedTry(error: unknown): Refusal | undefined {
  if (!(error instanceof HelmError) || !(error.lasting || error.code === "HelmFailed")) return undefined;
  return { code: error.code, message: error.message };
}

/** Nothing can be done about what is installed before something is changed. */
async function leave(turn: Turn, reason: Refusal, restMs: number | undefined, judged: StatusChanges): Promise<Next> {
  await writeStatus(turn, restSituation("Ready", reason, true, turn.state.secrets.missing), judged);
  return { restMs };
}

/** A permission or a kind that is missing may be given at any time; until then it is what a person needs to know. */
function refusedByServer(error: unknown): Refusal | undefined {
  return error instanceof KubeError && (error.status === 403 || error.status === 404)
    ? { code: error.reason, message: error.message }
    : undefined;
}

async function lookAfter(
  turn: Turn,
  installer: Installer,
  context: ActionContext,
  judged: StatusChanges,
  pending?: Pending,
): Promise<Next> {
  const { instance, state } = turn;
  const key = instanceKey(instance);
  const failed = turn.failures.of(key, causeOf(turn));
  const mayTry = isDue(failed, turn.now());
  const rotated = turn.secretsDigest !== instance.status?.secretsDigest && state.secrets.missing.length === 0;
  if (rotated && mayTry) {
    const waiting = await deployAgain(turn, installer, context, judged, failed);
    if (waiting !== undefined) return waiting;
  }
  const failing = rotated && mayTry ? undefined : failed;
  const policy = instance.spec.driftPolicy ?? "Correct";
  const observed = await turn.deployers.for(installer).observe(context, installer, { drift: policy !== "Ignore" });
  const plan = policy === "Correct" ? turn.drift.plan(key, observed.drifted, turn.now()) : undefined;
  if (mayTry && plan !== undefined && plan.due.length > 0) return await correct(turn, installer, context, plan.due);
  const { members } = observed;
  // Whether a version was retracted since is told by the catalogs, not by what was kept.
  const current = state.service?.installers.find((each) => each.version === installer.version) ?? installer;
  const inventory = {
    digest: sha256Hex(members.map(objectName).toSorted().join("\n")),
    count: members.length,
  };
  const installed = installedSituation(current, observed, driftSituation(turn, policy, observed.drifted), state.secrets.missing);
  const isWell = installed.ready.status === "True";
  const isMended = isWell && observed.drifted.length === 0 && (mayTry || !rotated);
  if (isMended) turn.failures.forget(key);
  const shown = failing === undefined || isMended ? installed : failingSituation(installed, failing);
  const situation = pending === undefined ? shown : pendingSituation(shown, pending);
  const secrets = rotated && mayTry ? { secretsDigest: turn.secretsDigest } : {};
  await writeStatus(turn, situation, { ...judged, inventory, ...secrets });
  // What no watch sees yet may be gone again.
  const seen = members.every(({ apiVersion, kind }) => turn.watchKind(apiVersion, kind));
  return { restMs: Math.min(isWell && seen ? healthyMs : unhealthyMs, plan?.restMs ?? healthyMs) };
}

/** The values are made from other secrets than those that were deployed: no drift, so it is applied whatever the drift policy. */
async function deployAgain(
  turn: Turn,
  installer: Installer,
  context: ActionContext,
  judged: StatusChanges,
  failed: Failing | undefined,
): Promise<Next | undefined> {
  const { instance, deployers, events } = turn;
  const outcome = await deployers.for(installer).deploy(context, installer);
  if (outcome.state === "done") {
    // Where nothing is known of earlier secrets, nothing can be said of a change.
    if (instance.status?.secretsDigest !== undefined) {
      events.note(instance, "Normal", "SecretsChanged", `${installer.version} was deployed again with the present secrets`);
    }
    turn.failures.forget(instanceKey(instance));
    return undefined;
  }
  if (outcome.state === "failed") return await tellFailure(turn, { code: outcome.reason, message: outcome.message }, judged);
  const reason = { code: "SecretsChanged", message: outcome.state === "waiting" ? outcome.message : "" };
  const situation = { ...restSituation("Ready", reason, false, []), reconciling: true };
  await writeStatus(turn, failed === undefined ? situation : failingSituation(situation, failed), judged);
  return { restMs: correctedMs };
}

function driftSituation(
  { instance, drift, now }: Turn,
  policy: NonNullable<ServiceInstance["spec"]["driftPolicy"]>,
  drifted: readonly DriftedObject[],
): DriftSituation | "ignored" {
  if (policy === "Ignore") return "ignored";
  const contested = policy === "Correct" ? drift.contested(instanceKey(instance), now()) : [];
  const names = new Set(contested.map(objectName));
  return {
    contested: contested.map(driftLine),
    changed: drifted.filter((object) => !names.has(objectName(object))).map(driftLine),
  };
}

async function correct(turn: Turn, installer: Installer, context: ActionContext, drifted: readonly DriftedObject[]): Promise<Next> {
  await turn.deployers.for(installer).correct(context, installer, drifted);
  const names = drifted.map(objectName).join(", ");
  turn.events.note(turn.instance, "Normal", "DriftCorrected", `put back: ${drifted.map(driftLine).join("; ")}`);
  turn.events.tell(turn.instance, { type: "DriftCorrected", message: names });
  turn.logger.info({ objects: names }, "drift corrected");
  const contested = turn.drift.corrected(instanceKey(turn.instance), drifted, turn.now());
  if (contested.length > 0) {
    const note = `changed again whenever it was put back, which is done less and less often now: ${contested.map(driftLine).join("; ")}`;
    turn.events.note(turn.instance, "Warning", "DriftContested", note);
  }
  return { restMs: correctedMs };
}

/** `ConfigMap default/web: /data/greeting (kubectl-edit)`. */
function driftLine(drifted: DriftedObject): string {
  return `${objectName(drifted)}: ${describeChanges(drifted)}`;
}

/** Hooks do not run outside of an operation; what renders manifests needs only its place. */
export function maintenance({ instance }: Pick<Turn, "instance">): Operation {
  const version = instance.status?.version ?? "";
  return {
    id: "maintenance",
    kind: "Configure",
    plan: [],
    planHash: "",
    generation: 0,
    inputs: inputsOf(instance.spec),
    cursor: { step: 0 },
    startedAt: "",
    message: version,
  };
}
