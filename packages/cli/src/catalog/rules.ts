/** What RBAC must allow for services, with what a command knows of charts. */
import { HelmError } from "@portolan/agent/deployers/helm";
import { NoConfigError, rulesOfAgent, rulesOfServices, type AgentRules, type RoleRules, type ServicesInput } from "@portolan/agent/rbac";
import type { ServiceDefinition } from "@portolan/shared/catalog";
import { CliError } from "../errors/mod.ts";
import type { Console } from "../output/mod.ts";
import { chartUnavailable, withCharts, type ChartOptions } from "./charts.ts";
import { toFacts } from "./facts.ts";

export interface RulesInput extends Pick<ServicesInput, "name" | "namespace" | "targetNamespace" | "configs"> {
  /** That charts are rendered for. */
  readonly kubernetes: string;
  readonly charts: ChartOptions;
}

/** @throws CliError InvalidUsage, InvalidValues, ChartUnavailable */
export async function rulesFor(console: Console, input: RulesInput, services: readonly ServiceDefinition[]): Promise<RoleRules> {
  return await withRendering(console, input, async (rendering) => await rulesOfServices(services, rendering));
}

export interface AgentRulesInput extends RulesInput {
  /** The agent does with its own rights what services need. */
  readonly ownRights: boolean;
  readonly fleet: boolean;
}

/** What an agent must be allowed that looks after services. @throws CliError InvalidUsage, InvalidValues, ChartUnavailable */
export async function agentRulesFor(console: Console, input: AgentRulesInput, services: readonly ServiceDefinition[]): Promise<AgentRules> {
  const { ownRights, fleet } = input;
  return await withRendering(console, input, async (rendering) => await rulesOfAgent(services, { ...rendering, ownRights, fleet }));
}

async function withRendering<Rules>(
  console: Console,
  { name, namespace, targetNamespace, configs, kubernetes, charts: options }: RulesInput,
  make: (input: Parameters<typeof rulesOfServices>[1]) => Promise<Rules>,
): Promise<Rules> {
  return await withCharts(console, options, kubernetes, async (charts) => {
    try {
      return await make({
        name,
        namespace,
        targetNamespace,
        configs,
        cluster: toFacts({}, kubernetes).cluster,
        chart: async (installer, values, { service, ...release }) => {
          try {
            return await charts.render(installer, release, values);
          } catch (error) {
            if (error instanceof HelmError) throw chartUnavailable(service, error);
            throw error;
          }
        },
      });
    } catch (error) {
      if (!(error instanceof NoConfigError)) throw error;
      throw new CliError("InvalidValues", error.message, { details: error.problems, hint: "give one with --config", cause: error });
    }
  });
}
