import type { ServiceDefinition } from "@portolan/shared/catalog";

/** The services whose instances may be affected by a change of one service's instance: itself, those it requires, those that require it. */
export function relatedServices(services: ReadonlyMap<string, ServiceDefinition>, name: string): ReadonlySet<string> {
  const related = new Set([name]);
  for (const service of services.values()) {
    for (const { requires } of service.installers) {
      for (const requirement of requires) {
        if (requirement.service === name) related.add(service.name);
        if (service.name === name) related.add(requirement.service);
      }
    }
  }
  return related;
}
