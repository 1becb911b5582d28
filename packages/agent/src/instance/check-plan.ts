/** Carries out the preflight of a plan, and remembers what it came to. */
import type { Plan } from "@portolan/shared/planner";
import type { JsonObject, ServiceDefinition } from "@portolan/shared/catalog";
import type { Scope } from "@portolan/shared/expression";
import type { ManifestChanges } from "@portolan/shared/wire";
import type { KubeObject } from "../kube/mod.ts";
import type { ActionContext } from "../operation/mod.ts";
import { accountFindings, gatherEvidence, judge, type Finding, type PlannedStep } from "../preflight/mod.ts";
import { accountUser, instanceKey, targetNamespace } from "../resources/mod.ts";
import { maintenance } from "./maintain.ts";
import { manifestChanges } from "./manifest-changes.ts";
import { preflightKey } from "./preflight-standing.ts";
import type { Refusal } from "./state.ts";
import { actionContext, type Next, type Turn } from "./turn.ts";
import { valuesOf } from "./values.ts";

/**
 * @param turn in which the plan is carried out
 * @param present as it is now; another one where the plan is that of a wish that was not granted yet
 */
export async function checkPlan(turn: Turn, present: Turn, { plan, withChanges = false }: Checking): Promise<Next> {
  const { instance, state, preflights } = turn;
  const key = preflightKey(state, plan);
  const before = preflights.get(instanceKey(instance), key);
  const { findings, objects } = await examine(turn, plan);
  const changes = withChanges && findings.length === 0 ? await changesSince(present, turn, objects) : undefined;
  preflights.remember(instanceKey(instance), key, { findings, at: turn.now(), ...(changes === undefined ? {} : { changes }) });
  const said = before?.findings.map(({ message }) => message).join("\n");
  const [first] = findings;
  if (first !== undefined && findings.map(({ message }) => message).join("\n") !== said) {
    turn.logger.warn({ version: plan.to, findings }, "a plan did not pass its preflight");
  }
  return { again: present.instance };
}

interface Checking {
  readonly plan: Plan;
  /** Also find out how the manifests would change. */
  readonly withChanges?: boolean;
}

/** What was found, and the objects of the last step as they would be applied. */
interface Examined {
  readonly findings: readonly Finding[];
  readonly objects: readonly KubeObject[];
}

async function examine(turn: Turn, plan: Plan): Promise<Examined> {
  const steps = plannedSteps(turn, plan);
  if (!steps.ok) return { findings: [{ code: "TemplateFailed", message: steps.refusal.message }], objects: [] };
  const { kube, own, deployers, applySetId, instance } = turn;
  const unusable = await accountFindings(own, instance);
  if (unusable.length > 0) return { findings: unusable, objects: [] };
  const account = accountUser(instance);
  const evidence = await gatherEvidence({
    own,
    kube,
    deployers,
    applySetId,
    ...(account === undefined ? {} : { account }),
    instanceName: instance.metadata.name,
    targetNamespace: targetNamespace(instance),
    steps: steps.steps,
    contextOf: ({ scope, values }) => renderContext(turn, scope, values),
  });
  const findings = judge(evidence, turn.nameOfInstance).map(({ code, message }) => ({ code, message: turn.redact(message) }));
  return { findings, objects: evidence.steps.at(-1)?.objects ?? [] };
}

/** How the manifests differ from those of what is installed; null when those cannot be rendered any more. */
async function changesSince(present: Turn, turn: Turn, then: readonly KubeObject[]): Promise<ManifestChanges | null> {
  const version = present.instance.status?.version;
  const now = version === undefined ? [] : await renderInstalled(present, version);
  if (now === undefined) return null;
  const changes = manifestChanges(now, then, targetNamespace(turn.instance));
  return { ...changes, objects: changes.objects.map(turn.redact) };
}

async function renderInstalled(turn: Turn, version: string): Promise<readonly KubeObject[] | undefined> {
  const { state, deployers, logger } = turn;
  const definitions = state.kept ?? state.service;
  const values = valuesOf(state, definitions, version);
  if (!values.ok) return undefined;
  const { installer } = definitionsOf(definitions, version, null);
  try {
    return (await deployers.for(installer).render(renderContext(turn, values.scope, values.values), installer)).objects;
  } catch (error) {
    logger.warn({ version, err: error }, "what is installed could not be rendered again, so what would change is not told");
    return undefined;
  }
}

function renderContext(turn: Turn, scope: Scope, values: JsonObject): ActionContext {
  return { ...actionContext(turn, maintenance(turn), { scope, values }), watchKind: () => {} };
}

type Planned = { readonly ok: true; readonly steps: readonly PlannedStep[] } | { readonly ok: false; readonly refusal: Refusal };

/** Its steps with what they are rendered with; for a change of configuration the installed version once more. */
function plannedSteps(turn: Turn, plan: Plan): Planned {
  const { state } = turn;
  const configure = plan.steps.length === 0;
  const definitions = configure ? (state.kept ?? state.service) : state.service;
  const steps: PlannedStep[] = [];
  for (const { to, upgrader } of configure ? [{ to: plan.to, upgrader: null }] : plan.steps) {
    const values = valuesOf(state, definitions, to);
    if (!values.ok) return values;
    steps.push({ ...definitionsOf(definitions, to, upgrader), to, scope: values.scope, values: values.values });
  }
  return { ok: true, steps };
}

/** @throws TypeError when the service does not define them: a plan and its values are made from the same definitions */
function definitionsOf(
  service: ServiceDefinition | undefined,
  to: string,
  upgrader: string | null,
): Pick<PlannedStep, "installer" | "upgrader"> {
  const installer = service?.installers.find((each) => each.version === to);
  if (installer === undefined) throw new TypeError(`no installer of ${to} is known`);
  const found = service?.upgraders.find((each) => each.name === upgrader);
  return { installer, ...(found === undefined ? {} : { upgrader: found }) };
}
