/** Carries out the preflight of a plan, and remembers what it came to. */
import type { Plan } from "@portolan/shared/planner";
import type { ServiceDefinition } from "@portolan/shared/catalog";
import { accountFindings, gatherEvidence, judge, type Finding, type PlannedStep } from "../preflight/mod.ts";
import { accountUser, instanceKey, targetNamespace } from "../resources/mod.ts";
import { maintenance } from "./maintain.ts";
import { preflightKey } from "./preflights.ts";
import type { Refusal } from "./state.ts";
import { actionContext, type Next, type Turn } from "./turn.ts";
import { valuesOf } from "./values.ts";

export async function checkPlan(turn: Turn, plan: Plan): Promise<Next> {
  const { instance, state, preflights } = turn;
  const key = preflightKey(state, plan);
  const before = preflights.get(instanceKey(instance), key);
  const findings = await findingsOf(turn, plan);
  preflights.remember(instanceKey(instance), key, findings, turn.now());
  const said = before?.findings.map(({ message }) => message).join("\n");
  const [first] = findings;
  if (first !== undefined && findings.map(({ message }) => message).join("\n") !== said) {
    turn.logger.warn({ version: plan.to, findings }, "a plan did not pass its preflight");
  }
  return { again: instance };
}

async function findingsOf(turn: Turn, plan: Plan): Promise<readonly Finding[]> {
  const steps = plannedSteps(turn, plan);
  if (!steps.ok) return [{ code: "TemplateFailed", message: steps.refusal.message }];
  const { kube, own, deployers, applySetId, instance } = turn;
  const unusable = await accountFindings(own, instance);
  if (unusable.length > 0) return unusable;
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
    contextOf: ({ scope, values }) => ({ ...actionContext(turn, maintenance(turn), { scope, values }), watchKind: () => {} }),
  });
  return judge(evidence, turn.nameOfInstance).map(({ code, message }) => ({ code, message: turn.redact(message) }));
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
