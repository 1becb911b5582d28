/** Every step that a service's definition allows, rendered with its examples: what may be done to a cluster for it. */
import type { Installer, JsonObject, ServiceDefinition, Upgrader } from "@portolan/shared/catalog";
import { versionInRange } from "@portolan/shared/catalog";
import { factsJson, type ClusterFacts } from "@portolan/shared/graph";
import { effectiveValues, placeholderSecrets } from "@portolan/shared/values";
import type { Rendered } from "../deployers/mod.ts";
import { renderManifests } from "../deployers/render.ts";
import { stepWork, type PlannedStep } from "../preflight/mod.ts";
import type { RoleStep } from "./service-role.ts";

export interface StepsInput {
  /** Of the instance. */
  readonly name: string;
  /** Of the instance. */
  readonly namespace: string;
  /** Of its objects. */
  readonly targetNamespace: string;
  readonly cluster: ClusterFacts;
  /** Beside the examples of the service. */
  readonly configs: readonly JsonObject[];
  readonly chart: (installer: Installer, values: JsonObject) => Promise<Rendered>;
}

/** No config is at hand with which a version can be rendered. */
export class NoConfigError extends Error {
  readonly code = "NoConfig";
  readonly problems: readonly string[];

  constructor(service: string, version: string, problems: readonly string[]) {
    super(`${service} ${version} cannot be rendered with any config that is at hand`);
    this.name = "NoConfigError";
    this.problems = problems;
  }
}

/** @throws NoConfigError, ExpressionError, ManifestError, and what rendering a chart throws */
export async function stepsOf(service: ServiceDefinition, input: StepsInput): Promise<readonly RoleStep[]> {
  const steps: RoleStep[] = [];
  for (const installer of service.installers) {
    for (const { scope, values } of renderings(service, installer, input)) {
      const rendered =
        installer.deployer.type === "helm"
          ? await input.chart(installer, values)
          : { objects: renderManifests(installer.deployer.objects, scope), hooks: [] };
      for (const upgrader of [undefined, ...leadingTo(service, installer)]) {
        const step: PlannedStep = { to: installer.version, installer, scope, values, ...(upgrader === undefined ? {} : { upgrader }) };
        steps.push({ step, work: stepWork(step, rendered) });
      }
    }
  }
  return steps;
}

function leadingTo({ upgraders }: ServiceDefinition, { version }: Installer): readonly Upgrader[] {
  return upgraders.filter(({ to }) => versionInRange(version, to));
}

function renderings(service: ServiceDefinition, installer: Installer, input: StepsInput) {
  const { name, namespace, targetNamespace, cluster, configs } = input;
  const { version } = installer;
  const release = { name, namespace: targetNamespace, service: service.name, version, instance: `${namespace}/${name}` };
  const secrets = placeholderSecrets(service.secrets);
  const results = [{}, ...service.examples, ...configs].map((config) =>
    effectiveValues(service, installer, { config, secrets, cluster: factsJson(cluster), release }),
  );
  const valid = results.filter((result) => result.valid);
  if (valid.length === 0) {
    throw new NoConfigError(
      service.name,
      version,
      results.flatMap((result) => (result.valid ? [] : result.problems.map(({ message }) => message))),
    );
  }
  return valid;
}
