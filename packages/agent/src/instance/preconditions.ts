/**
 * What must hold before an instance starts to move to a version, as an ordered list of rules: a new rule is a new function and one line.
 * All of it is pure, and all of it is checked for every step before the first one runs.
 */
import { planTo, type Plan } from "@portolan/shared/planner";
import { versionOwner } from "../intents/mod.ts";
import { inputsOf } from "../operation/mod.ts";
import { annotations, instanceKey, type OperationKind, type ServiceInstance } from "../resources/mod.ts";
import type { InstanceState, Refusal } from "./state.ts";
import { valuesOf } from "./values.ts";
import { windowsProblem } from "./window-hold.ts";

export type Clearance =
  | { readonly clear: true; readonly plan: Plan }
  | { readonly clear: false; readonly refusal: Refusal; readonly plan?: Plan };

/** Whether the instance may move to `version`, with the plan that it would follow. */
export function clearanceFor(state: InstanceState, version: string, acceptedRisks: ReadonlySet<string>): Clearance {
  const refusal = knownService(state) ?? onlyInstance(state);
  if (refusal !== undefined) return { clear: false, refusal };
  const planned = plan(state, version);
  if ("code" in planned) return { clear: false, refusal: planned };
  const broken = windowsProblem(state.instance) ?? brokenRule(state, planned, acceptedRisks);
  return broken === undefined ? { clear: true, plan: planned } : { clear: false, refusal: broken, plan: planned };
}

/** Whether the installed version may be given the configuration that its spec has now. */
export function clearanceToConfigure(state: InstanceState, version: string): Clearance {
  const { instance, kept, service } = state;
  const plan = configurePlan(instance.spec.service, version);
  const broken = secretsPresent(state) ?? inputsFit(state) ?? windowsProblem(instance);
  if (broken !== undefined) return { clear: false, refusal: broken, plan };
  const values = valuesOf(state, kept ?? service, version);
  return values.ok ? { clear: true, plan } : { clear: false, refusal: values.refusal, plan };
}

/** The same version again, with another configuration: one step that no upgrader takes part in. */
function configurePlan(service: string, version: string): Plan {
  return { service, from: version, to: version, steps: [], cost: 0, disruptive: false, irreversible: false, risks: [], hash: "" };
}

/** The first rule that a plan breaks. */
export function brokenRule(state: InstanceState, plan: Plan, acceptedRisks: ReadonlySet<string>): Refusal | undefined {
  for (const rule of rules) {
    const broken = rule(state, plan, acceptedRisks);
    if (broken !== undefined) return broken;
  }
  return undefined;
}

/** What an operation along a plan is. */
export function kindOf(plan: Plan): OperationKind {
  const kinds = { install: "Install", upgrade: "Upgrade", downgrade: "Downgrade" } as const;
  return kinds[plan.steps.at(-1)?.direction ?? "upgrade"];
}

/** The risks that were accepted for an instance: in its own policy, and with the intent that set its version. */
export function acceptedRisks(instance: ServiceInstance): ReadonlySet<string> {
  const byFleet = versionOwner(instance.metadata.managedFields).kind === "hub";
  const carried = byFleet ? (instance.metadata.annotations?.[annotations.acceptedRisks]?.split(",") ?? []) : [];
  return new Set([...(instance.spec.upgradePolicy?.acceptRisks ?? []), ...carried]);
}

type Rule = (state: InstanceState, plan: Plan, acceptedRisks: ReadonlySet<string>) => Refusal | undefined;

const rules: readonly Rule[] = [inputsFit, deployersSupported, risksAccepted, secretsPresent, valuesFitEveryStep];

/** An operation records them in the status, beside the spec: both must fit into etcd's 1.5 MiB. */
const mostInputBytes = 256 * 1024;

export function inputsFit({ instance }: InstanceState): Refusal | undefined {
  const bytes = Buffer.byteLength(JSON.stringify(inputsOf(instance.spec)));
  if (bytes <= mostInputBytes) return undefined;
  return { code: "ConfigTooLarge", message: `expected at most ${mostInputBytes} bytes of config and overrides, found ${bytes}` };
}

function knownService({ instance, graph }: InstanceState): Refusal | undefined {
  if (graph !== undefined) return undefined;
  return {
    code: "UnknownService",
    message: `no catalog of this cluster defines the service ${instance.spec.service}; see \`kubectl get servicedefinitions\``,
  };
}

/** A service with scope Cluster may exist once, one with scope Namespace once in each namespace; the oldest instance stays. */
function onlyInstance({ instance, service, siblings }: InstanceState): Refusal | undefined {
  if (instance.status?.version !== undefined) return undefined;
  const rivals = service?.scope === "Cluster" ? siblings : siblings.filter((each) => each.namespace === instance.metadata.namespace);
  const own = { createdAt: instance.metadata.creationTimestamp ?? "", key: instanceKey(instance) };
  const older = rivals.find((each) => each.createdAt < own.createdAt || (each.createdAt === own.createdAt && each.key < own.key));
  if (older === undefined) return undefined;
  const where = service?.scope === "Cluster" ? "in a cluster" : "in a namespace";
  return { code: "AlreadyInstalled", message: `${instance.spec.service} may exist once ${where}, and ${older.key} is older` };
}

function plan({ instance, graph }: InstanceState, version: string): Plan | Refusal {
  if (graph === undefined) throw new TypeError("a plan needs a graph: check knownService first");
  const result = planTo(graph, instance.status?.version ?? null, version);
  if (result.reachable) return result.plan;
  return { code: result.reasons[0]?.code ?? "NoRoute", message: result.reasons.map((reason) => reason.message).join("; ") };
}

function deployersSupported({ service, supports }: InstanceState, plan: Plan): Refusal | undefined {
  const unsupported = service?.installers.find((each) => !supports(each) && plan.steps.some((step) => step.to === each.version));
  if (unsupported === undefined) return undefined;
  return {
    code: "UnsupportedDeployer",
    message: `${unsupported.version} is deployed with ${unsupported.deployer.type}, which this agent cannot do`,
  };
}

function risksAccepted(_: InstanceState, plan: Plan, accepted: ReadonlySet<string>): Refusal | undefined {
  const open = plan.risks.filter((risk) => !accepted.has(risk.id));
  if (open.length === 0) return undefined;
  const named = open.map(({ id, message, url }) => `${id} (${message}${url === undefined ? "" : `, see ${url}`})`).join("; ");
  return { code: "RisksNotAccepted", message: `accept these risks in spec.upgradePolicy.acceptRisks first: ${named}` };
}

function secretsPresent({ secrets }: InstanceState): Refusal | undefined {
  return secrets.missing.length === 0 ? undefined : { code: "SecretsMissing", message: secrets.missing.join("; ") };
}

function valuesFitEveryStep(state: InstanceState, plan: Plan): Refusal | undefined {
  for (const step of plan.steps) {
    const result = valuesOf(state, state.service, step.to);
    if (!result.ok) {
      const where = plan.steps.length === 1 ? "" : ` (step to ${step.to})`;
      return { code: result.refusal.code, message: `${result.refusal.message}${where}` };
    }
  }
  return undefined;
}
