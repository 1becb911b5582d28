/** What one step of a plan consists of, in order. Pure. */
import type { Hook, Installer, ServiceDefinition, Upgrader } from "@portolan/shared/catalog";
import type { OperationStep } from "../resources/mod.ts";

/** One action of a step. Its name stands in the cursor: `before/<hook>`, `deploy`, `ready`, `after/<hook>`, `test`. */
export type Action =
  | { readonly name: string; readonly kind: "hook"; readonly hook: Hook }
  | { readonly name: "deploy" | "ready" | "test"; readonly kind: "deploy" | "ready" | "test"; readonly timeoutSeconds: number };

/** How long a deployer may try, and how long objects may take to become ready. */
const deployTimeoutSeconds = 600;
const readyTimeoutSeconds = 900;
const testTimeoutSeconds = 660;

/** The definitions that one step uses. */
export interface StepDefinitions {
  readonly service: ServiceDefinition;
  readonly installer: Installer;
  /** Of the version that it starts from, as far as it is known. */
  readonly before?: Installer;
  readonly upgrader?: Upgrader;
}

/** Thrown when the definitions kept for an operation lack what a step names: they were tampered with or lost. */
export class MissingDefinitionError extends Error {
  readonly code = "MissingDefinition";
  constructor(what: string) {
    super(`the definitions kept for this operation hold no ${what}`);
    this.name = "MissingDefinitionError";
  }
}

/** Finds what a step uses among the kept definitions. */
export function stepDefinitions(service: ServiceDefinition, step: OperationStep): StepDefinitions {
  const installer = service.installers.find((each) => each.version === step.to);
  if (installer === undefined) throw new MissingDefinitionError(`installer ${step.to}`);
  const before = service.installers.find((each) => each.version === step.from);
  const found = { service, installer, ...(before === undefined ? {} : { before }) };
  if (step.upgrader === undefined) return found;
  const upgrader = service.upgraders.find((each) => each.name === step.upgrader);
  if (upgrader === undefined) throw new MissingDefinitionError(`upgrader ${step.upgrader}`);
  return { ...found, upgrader };
}

const testAction: Action = { name: "test", kind: "test", timeoutSeconds: testTimeoutSeconds };

/** The actions of a step, in the order in which they run. */
export function actionsOf({ installer, upgrader }: StepDefinitions): readonly Action[] {
  const hooks = (stage: "before" | "after"): Action[] =>
    (upgrader?.[stage] ?? []).map((hook) => ({ name: `${stage}/${hook.name}`, kind: "hook", hook }));
  return [
    ...hooks("before"),
    { name: "deploy", kind: "deploy", timeoutSeconds: deployTimeoutSeconds },
    { name: "ready", kind: "ready", timeoutSeconds: readyTimeoutSeconds },
    ...hooks("after"),
    ...(installer.deployer.type === "helm" && installer.deployer.test === true ? [testAction] : []),
  ];
}

/** Seconds that an action may take, all attempts together. */
export function timeoutOf(action: Action): number {
  return action.kind === "hook" ? action.hook.timeoutSeconds : action.timeoutSeconds;
}

/** The definitions that an operation needs to run to its end, and those of the version that it starts from, however the catalogs change meanwhile. */
export function keptDefinitions(
  service: ServiceDefinition,
  plan: readonly OperationStep[],
  installed: Installer | undefined,
): ServiceDefinition {
  const versions = new Set(plan.map((step) => step.to));
  const upgraders = new Set(plan.map((step) => step.upgrader));
  return {
    ...service,
    examples: [],
    installers: [
      ...(installed === undefined || versions.has(installed.version) ? [] : [installed]),
      ...service.installers.filter((installer) => versions.has(installer.version)),
    ],
    upgraders: service.upgraders.filter((upgrader) => upgraders.has(upgrader.name)),
  };
}
