/** The ServiceDefinition resource: what the cluster's agent knows of a service; `kubectl get sd` answers "what can I run here". Written by the agent only. */
import type { ServiceDefinition as CatalogService } from "@portolan/shared/catalog";
import type { KubeObject } from "../kube/mod.ts";
import { API_VERSION } from "./service-instance.ts";

export const SERVICE_DEFINITION_KIND = "ServiceDefinition";

const mostVersions = 200;

/** The object that shows a service, newest versions first; `sources` says which catalog gives each version. */
export function serviceDefinitionObject(service: CatalogService, sources: ReadonlyMap<string, string>): KubeObject {
  const versions = service.installers.toReversed().slice(0, mostVersions);
  return {
    apiVersion: API_VERSION,
    kind: SERVICE_DEFINITION_KIND,
    metadata: { name: service.name },
    spec: {
      title: service.title,
      description: service.description,
      ...(service.icon === undefined ? {} : { icon: service.icon }),
      scope: service.scope,
      configSchema: service.config,
      secrets: service.secrets.map(({ name, description, keys, optional }) => ({ name, description, keys: [...keys], optional })),
      latest: service.installers.findLast((installer) => installer.retracted === undefined)?.version ?? "",
      totalVersions: service.installers.length,
      versions: versions.map((installer) => ({
        version: installer.version,
        ...(installer.kubernetes === undefined ? {} : { kubernetes: installer.kubernetes }),
        ...(installer.retracted === undefined ? {} : { retracted: { ...installer.retracted } }),
        ...(sources.has(installer.version) ? { catalog: sources.get(installer.version) } : {}),
      })),
    },
  };
}
