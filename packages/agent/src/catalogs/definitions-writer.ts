/** Shows the services that the cluster knows as ServiceDefinitions: `kubectl get sd`. */
import type { KubeClient } from "../kube/mod.ts";
import type { Catalogs } from "./catalogs.ts";
import { AGENT_MANAGER, API_VERSION, SERVICE_DEFINITION_KIND, serviceDefinitionObject } from "../resources/mod.ts";

/** Makes the ServiceDefinitions in the cluster equal to the services of the catalogs in use. */
export async function writeServiceDefinitions(kube: KubeClient, catalogs: Catalogs): Promise<void> {
  const { services } = catalogs;
  for (const service of services.values()) {
    await kube.apply(serviceDefinitionObject(service, catalogs.sourcesOf(service.name)), { fieldManager: AGENT_MANAGER, force: true });
  }
  const { items } = await kube.list(API_VERSION, SERVICE_DEFINITION_KIND, { metadataOnly: true });
  for (const item of items) {
    if (services.has(item.metadata.name)) continue;
    await kube.delete({ apiVersion: API_VERSION, kind: SERVICE_DEFINITION_KIND, name: item.metadata.name }, { uid: item.metadata.uid });
  }
}
