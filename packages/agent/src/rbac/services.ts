/** What RBAC must allow for the services of a catalog, every version of which is rendered with its examples. */
import type { Installer, JsonObject, ServiceDefinition } from "@portolan/shared/catalog";
import type { ClusterFacts } from "@portolan/shared/graph";
import type { Rendered } from "../deployers/mod.ts";
import { agentRules, type AgentRules } from "./agent-role.ts";
import { rulesBeyond, rulesForAnyName, type PolicyRule } from "./rules.ts";
import { serviceRules, type RoleRules, type RoleStep } from "./service-role.ts";
import { stepsOf } from "./steps.ts";

export interface ServicesInput {
  /** Of the instance; default: the service's name. */
  readonly name?: string | undefined;
  /** Of the instance; default: the service's name. */
  readonly namespace?: string | undefined;
  /** Of its objects; default: the instance's. */
  readonly targetNamespace?: string | undefined;
  /** Beside the services' examples. */
  readonly configs: readonly JsonObject[];
  readonly cluster: ClusterFacts;
  readonly chart: (installer: Installer, values: JsonObject, release: ServiceRelease) => Promise<Rendered>;
}

export interface ServiceRelease {
  readonly service: string;
  readonly name: string;
  /** Of its objects. */
  readonly namespace: string;
}

/** @throws NoConfigError, ExpressionError, ManifestError, and what rendering a chart throws */
export async function rulesOfServices(services: readonly ServiceDefinition[], input: ServicesInput): Promise<RoleRules> {
  const steps: RoleStep[] = [];
  for (const service of services) steps.push(...(await stepsFor(service, input)));
  const [only] = services.length === 1 ? services : [];
  return serviceRules(steps, input.targetNamespace ?? input.namespace ?? only?.name ?? "default");
}

export interface AgentInput extends ServicesInput {
  /** The agent does with its own rights what services need. */
  readonly ownRights: boolean;
  readonly fleet: boolean;
}

/** What an agent must be allowed that looks after services. @throws as {@link rulesOfServices} */
export async function rulesOfAgent(services: readonly ServiceDefinition[], input: AgentInput): Promise<AgentRules> {
  const needed = await rulesOfServices(services, input);
  const secrets = services.some(
    ({ secrets: wanted, installers }) => wanted.length > 0 || installers.some(({ deployer }) => deployer.type === "helm"),
  );
  const own = agentRules({ secrets, accounts: !input.ownRights, fleet: input.fleet });
  const cluster = [...own.cluster, ...needed.watched, ...(input.ownRights ? await everywhere(services, input, needed) : [])];
  return { cluster, own: rulesBeyond(own.own, cluster) };
}

/**
 * Where instances will be is not known, and neither is how they will be called: what they need in their namespaces, the agent needs in all,
 * and of what is named after an instance or its namespace, whatever the name.
 */
async function everywhere(services: readonly ServiceDefinition[], input: ServicesInput, needed: RoleRules): Promise<readonly PolicyRule[]> {
  const { name = "another-instance", namespace = "another-namespace" } = input;
  const others = await rulesOfServices(services, { ...input, name, namespace });
  return rulesForAnyName(inAll(needed), inAll(others));
}

function inAll({ cluster, namespaces }: RoleRules): readonly PolicyRule[] {
  return [...cluster, ...[...namespaces.values()].flat()];
}

async function stepsFor(service: ServiceDefinition, input: ServicesInput): Promise<readonly RoleStep[]> {
  const { name = service.name, namespace = service.name, cluster, configs } = input;
  const { targetNamespace = namespace } = input;
  const release = { service: service.name, name, namespace: targetNamespace };
  const chart = async (installer: Installer, values: JsonObject) => await input.chart(installer, values, release);
  return await stepsOf(service, { name, namespace, targetNamespace, cluster, configs, chart });
}
