import type { JsonObject, ServiceDefinition } from "@portolan/shared/catalog";
import type { Scope } from "@portolan/shared/expression";
import { factsJson } from "@portolan/shared/graph";
import { effectiveValues, renderObjects } from "@portolan/shared/values";
import { instanceKey, targetNamespace } from "../resources/mod.ts";
import type { InstanceState, Refusal } from "./state.ts";

/** What the manifests, charts and hooks of a version are rendered with, or why they cannot be. */
export type VersionValues =
  | { readonly ok: true; readonly scope: Scope; readonly values: JsonObject }
  | { readonly ok: false; readonly refusal: Refusal };

const mostProblems = 5;

/** The values of one version for an instance, and whether its manifests can be rendered with them. Pure. */
export function valuesOf(state: InstanceState, service: ServiceDefinition | undefined, version: string): VersionValues {
  const installer = service?.installers.find((each) => each.version === version);
  if (service === undefined || installer === undefined) {
    return { ok: false, refusal: { code: "UnknownVersion", message: `no definition of version ${version} is known` } };
  }
  const { instance, secrets, cluster } = state;
  const result = effectiveValues(service, installer, {
    config: instance.spec.config ?? {},
    ...(instance.spec.overrides === undefined ? {} : { overrides: instance.spec.overrides }),
    secrets: secrets.values,
    cluster: factsJson(cluster),
    release: {
      name: instance.metadata.name,
      namespace: targetNamespace(instance),
      service: service.name,
      version,
      instance: instanceKey(instance),
    },
  });
  if (!result.valid) return invalid(state, result.problems);
  const rendered = renderObjects(installer.deployer.type === "manifests" ? installer.deployer.objects : [], result.scope);
  return rendered.valid ? { ok: true, scope: result.scope, values: result.values } : invalid(state, rendered.problems);
}

/** Where a secret is missing, it is what has to be mended first. */
function invalid({ secrets }: InstanceState, problems: readonly { readonly message: string }[]): VersionValues {
  if (secrets.missing.length > 0) return { ok: false, refusal: { code: "SecretsMissing", message: secrets.missing.join("; ") } };
  return { ok: false, refusal: { code: "ConfigInvalid", message: describe(problems) } };
}

function describe(problems: readonly { readonly message: string }[]): string {
  const more = problems.length > mostProblems ? `; and ${problems.length - mostProblems} more` : "";
  return `${problems
    .slice(0, mostProblems)
    .map((problem) => problem.message)
    .join("; ")}${more}`;
}
