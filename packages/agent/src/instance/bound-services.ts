import type { ServiceDefinition } from "@portolan/shared/catalog";

/** The services that a service requires, or that require it, in any of their versions: of all others it does not matter what becomes of them. */
export function boundServices(services: ReadonlyMap<string, ServiceDefinition>, name: string): ReadonlySet<string> {
  const bound = new Set<string>();
  for (const service of services.values()) {
    for (const { requires } of service.installers) {
      for (const requirement of requires) {
        if (requirement.service === name) bound.add(service.name);
        if (service.name === name) bound.add(requirement.service);
      }
    }
  }
  return bound;
}
