/** Shows the services that the cluster knows as ServiceDefinitions: `kubectl get sd`. */
import type { Logger } from "pino";
import type { KubeClient } from "../kube/mod.ts";
import type { Catalogs } from "./catalogs.ts";
import { AGENT_MANAGER, API_VERSION, SERVICE_DEFINITION_KIND, serviceDefinitionObject } from "../resources/mod.ts";

/** Makes the ServiceDefinitions in the cluster equal to the services of the catalogs in use. One that the API server refuses does not keep the others away. */
export async function writeServiceDefinitions(kube: KubeClient, catalogs: Catalogs, logger: Logger): Promise<void> {
  const { services } = catalogs;
  for (const service of services.values()) {
    const object = serviceDefinitionObject(service, catalogs.sourcesOf(service.name));
    try {
      await kube.apply(object, { fieldManager: AGENT_MANAGER, force: true });
    } catch (error) {
      logger.warn({ service: service.name, err: error }, "a ServiceDefinition could not be written");
    }
  }
  const { items } = await kube.list(API_VERSION, SERVICE_DEFINITION_KIND, { metadataOnly: true });
  for (const item of items) {
    if (services.has(item.metadata.name)) continue;
    await kube.delete({ apiVersion: API_VERSION, kind: SERVICE_DEFINITION_KIND, name: item.metadata.name }, { uid: item.metadata.uid });
  }
}
