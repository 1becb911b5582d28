/** Shows the services that the cluster knows as ServiceDefinitions: `kubectl get sd`. */
import type { KubeClient } from "../kube/mod.ts";
import type { Catalogs } from "./catalogs.ts";
import { AGENT_MANAGER, API_VERSION, SERVICE_DEFINITION_KIND, serviceDefinitionObject } from "../resources/mod.ts";

/** Some of the ServiceDefinitions could not be written; the others were. */
export class DefinitionsNotWritten extends AggregateError {
  readonly code = "DefinitionsNotWritten";
  constructor(failures: ReadonlyMap<string, unknown>) {
    const texts = [...failures].map(([service, error]) => `${service} (${error instanceof Error ? error.message : String(error)})`);
    super([...failures.values()], `the ServiceDefinitions of these services could not be written: ${texts.join(", ")}`);
    this.name = "DefinitionsNotWritten";
  }
}

/**
 * Makes the ServiceDefinitions in the cluster equal to the services of the catalogs in use. One that the API server refuses does not keep
 * the others away.
 *
 * @throws DefinitionsNotWritten when all were tried; KubeError when those that are there cannot be read or taken away
 */
export async function writeServiceDefinitions(kube: KubeClient, catalogs: Catalogs, signal: AbortSignal): Promise<void> {
  const { services } = catalogs;
  const failures = new Map<string, unknown>();
  for (const service of services.values()) {
    const object = serviceDefinitionObject(service, catalogs.sourcesOf(service.name));
    try {
      await kube.apply(object, { fieldManager: AGENT_MANAGER, force: true, signal });
    } catch (error) {
      if (signal.aborted) throw error;
      failures.set(service.name, error);
    }
  }
  const { items } = await kube.list(API_VERSION, SERVICE_DEFINITION_KIND, { metadataOnly: true, signal });
  for (const { metadata } of items) {
    if (services.has(metadata.name)) continue;
    await kube.delete({ apiVersion: API_VERSION, kind: SERVICE_DEFINITION_KIND, name: metadata.name }, { uid: metadata.uid, signal });
  }
  if (failures.size > 0) throw new DefinitionsNotWritten(failures);
}
