/** What RBAC must allow for services: every version rendered with the service's examples. */
import { HelmError, type OfflineCharts } from "@portolan/agent/deployers/helm";
import {
  agentRules,
  NoConfigError,
  rulesBeyond,
  rulesForAnyName,
  serviceRules,
  stepsOf,
  type AgentRules,
  type RoleRules,
  type RoleStep,
} from "@portolan/agent/rbac";
import type { JsonObject, ServiceDefinition } from "@portolan/shared/catalog";
import { CliError } from "../errors/mod.ts";
import type { Console } from "../output/mod.ts";
import { chartUnavailable, withCharts, type ChartOptions } from "./charts.ts";
import { toFacts } from "./facts.ts";

export interface RulesInput {
  /** Of the instance; default: the service's name. */
  readonly name?: string | undefined;
  /** Of the instance; default: the service's name. */
  readonly namespace?: string | undefined;
  /** Of its objects; default: the instance's. */
  readonly targetNamespace?: string | undefined;
  /** Beside the services' examples. */
  readonly configs: readonly JsonObject[];
  /** That charts are rendered for. */
  readonly kubernetes: string;
  readonly charts: ChartOptions;
}

/** @throws CliError InvalidUsage, InvalidValues, ChartUnavailable */
export async function rulesFor(console: Console, input: RulesInput, services: readonly ServiceDefinition[]): Promise<RoleRules> {
  return await withCharts(console, input.charts, input.kubernetes, async (charts) => {
    const steps: RoleStep[] = [];
    for (const service of services) steps.push(...(await stepsFor(input, service, charts)));
    const [only] = services.length === 1 ? services : [];
    return serviceRules(steps, input.targetNamespace ?? input.namespace ?? only?.name ?? "default");
  });
}

export interface AgentRulesInput extends RulesInput {
  /** The agent does with its own rights what services need. */
  readonly ownRights: boolean;
  readonly fleet: boolean;
}

/** What an agent must be allowed that looks after services. @throws CliError InvalidUsage, InvalidValues, ChartUnavailable */
export async function agentRulesFor(console: Console, input: AgentRulesInput, services: readonly ServiceDefinition[]): Promise<AgentRules> {
  const needed = await rulesFor(console, input, services);
  const secrets = services.some(
    ({ secrets: wanted, installers }) => wanted.length > 0 || installers.some(({ deployer }) => deployer.type === "helm"),
  );
  const own = agentRules({ secrets, accounts: !input.ownRights, fleet: input.fleet });
  const cluster = [...own.cluster, ...needed.watched, ...(input.ownRights ? await everywhere(console, input, services, needed) : [])];
  return { cluster, own: rulesBeyond(own.own, cluster) };
}

/**
 * Where instances will be is not known, and neither is how they will be called: what they need in their namespaces, the agent needs in all,
 * and of what is named after an instance or its namespace, whatever the name.
 */
async function everywhere(
  console: Console,
  input: RulesInput,
  services: readonly ServiceDefinition[],
  needed: RoleRules,
): Promise<RoleRules["cluster"]> {
  const { name = "another-instance", namespace = "another-namespace" } = input;
  const others = await rulesFor(console, { ...input, name, namespace }, services);
  const [one, other] = [needed, others].map(({ cluster, namespaces }) => [...cluster, ...[...namespaces.values()].flat()]);
  return rulesForAnyName(one ?? [], other ?? []);
}

async function stepsFor(
  { name, namespace, targetNamespace, configs, kubernetes }: RulesInput,
  service: ServiceDefinition,
  charts: OfflineCharts,
): Promise<readonly RoleStep[]> {
  const place = { name: name ?? service.name, namespace: namespace ?? service.name };
  const target = { name: place.name, namespace: targetNamespace ?? place.namespace };
  try {
    return await stepsOf(service, {
      ...place,
      targetNamespace: target.namespace,
      cluster: toFacts({}, kubernetes).cluster,
      configs,
      chart: async (installer, values) => await charts.render(installer, target, values),
    });
  } catch (error) {
    if (error instanceof NoConfigError) {
      throw new CliError("InvalidValues", error.message, { details: error.problems, hint: "give one with --config", cause: error });
    }
    if (error instanceof HelmError) throw chartUnavailable(service.name, error);
    throw error;
  }
}
