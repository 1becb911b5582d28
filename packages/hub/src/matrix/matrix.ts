import { compare, valid } from "semver";
import type { Reason } from "@portolan/shared/wire";
import {
  instanceKey,
  isAvailabilityCurrent,
  type Availability,
  type InstanceKey,
  type InstanceRef,
  type InstanceView,
} from "../fleet/mod.ts";

/** Who runs one version of a service, who could go to it, and who could not. */
export interface VersionRow {
  readonly service: string;
  readonly version: string;
  readonly counts: { readonly installed: number; readonly reachable: number; readonly blocked: number };
  readonly installed: readonly InstanceRef[];
  readonly reachable: readonly (InstanceRef & { readonly steps: number })[];
  readonly blocked: readonly (InstanceRef & { readonly reasons: readonly Reason[] })[];
}

/** Instances of one service for which the same versions are available. */
interface Group {
  readonly availability: Availability;
  readonly members: Map<InstanceKey, InstanceRef>;
}

interface Service {
  /** All that are there, whatever is known of them. */
  readonly instances: Set<InstanceKey>;
  /** By installed version. */
  readonly installed: Map<string, Map<InstanceKey, InstanceRef>>;
  /** By digest of the availability document. */
  readonly groups: Map<string, Group>;
}

/**
 * The availability matrix: service × version × {installed, reachable, blocked}, kept up to date one instance at a time. Instances are
 * kept in groups by their availability document, so a change costs the same however many versions there are.
 */
export class AvailabilityMatrix {
  readonly #services = new Map<string, Service>();

  /** One instance appeared, changed or went. */
  replace(before: InstanceView | undefined, after: InstanceView | undefined): void {
    if (before !== undefined) {
      this.#remove(before);
    }
    if (after !== undefined) {
      this.#add(after);
    }
  }

  /** Names of the services that somebody has, in order. */
  services(): string[] {
    return [...this.#services.keys()].sort();
  }

  /** Why a version was retracted, by what any agent says of it; undefined: nobody says so. */
  retraction(service: string, version: string): Reason | undefined {
    for (const { availability } of this.#services.get(service)?.groups.values() ?? []) {
      const entry = availability.document.unavailable.find((candidate) => candidate.version === version);
      const reason = entry?.reasons.find(({ code }) => code === "Retracted");
      if (reason !== undefined) {
        return reason;
      }
    }
    return undefined;
  }

  /** The rows of one service, newest version first. */
  rows(service: string): VersionRow[] {
    const found = this.#services.get(service);
    if (found === undefined) {
      return [];
    }
    const versions = new Map<string, { reachable: VersionRow["reachable"][number][]; blocked: VersionRow["blocked"][number][] }>();
    const cell = (version: string) => {
      let row = versions.get(version);
      if (row === undefined) {
        row = { reachable: [], blocked: [] };
        versions.set(version, row);
      }
      return row;
    };
    for (const { availability, members } of found.groups.values()) {
      for (const { version, steps } of availability.document.available) {
        cell(version).reachable.push(...[...members.values()].map((ref) => ({ ...ref, steps: steps.length })));
      }
      for (const { version, reasons } of availability.document.unavailable) {
        cell(version).blocked.push(...[...members.values()].map((ref) => ({ ...ref, reasons })));
      }
    }
    for (const version of found.installed.keys()) {
      cell(version);
    }
    return [...versions.keys()].sort(newestFirst).map((version) => {
      const { reachable, blocked } = cell(version);
      const installed = [...(found.installed.get(version)?.values() ?? [])].sort(byRef);
      return {
        service,
        version,
        counts: { installed: installed.length, reachable: reachable.length, blocked: blocked.length },
        installed,
        reachable: reachable.sort(byRef),
        blocked: blocked.sort(byRef),
      };
    });
  }

  /** Whether any instance of the service has the version, or says anything of it. */
  knows(service: string, version: string): boolean {
    const found = this.#services.get(service);
    return (
      found !== undefined &&
      (found.installed.has(version) ||
        found.groups
          .values()
          .some(({ availability: { document } }) =>
            [...document.available, ...document.unavailable].some((entry) => entry.version === version),
          ))
    );
  }

  #add(instance: InstanceView): void {
    const service = this.#service(instance.status.service);
    const key = instanceKey(instance);
    const ref: InstanceRef = { cluster: instance.cluster, namespace: instance.namespace, name: instance.name };
    service.instances.add(key);
    const { version } = instance.status;
    if (version !== undefined) {
      members(service.installed, version).set(key, ref);
    }
    if (instance.availability !== undefined && isAvailabilityCurrent(instance)) {
      const { availability } = instance;
      let group = service.groups.get(availability.digest);
      if (group === undefined) {
        group = { availability, members: new Map() };
        service.groups.set(availability.digest, group);
      }
      group.members.set(key, ref);
    }
  }

  #remove(instance: InstanceView): void {
    const service = this.#service(instance.status.service);
    const key = instanceKey(instance);
    const { version } = instance.status;
    if (version !== undefined) {
      const installed = service.installed.get(version);
      installed?.delete(key);
      if (installed?.size === 0) {
        service.installed.delete(version);
      }
    }
    if (instance.availability !== undefined && isAvailabilityCurrent(instance)) {
      const group = service.groups.get(instance.availability.digest);
      group?.members.delete(key);
      if (group?.members.size === 0) {
        service.groups.delete(instance.availability.digest);
      }
    }
    service.instances.delete(key);
    if (service.instances.size === 0) {
      this.#services.delete(instance.status.service);
    }
  }

  #service(name: string): Service {
    let service = this.#services.get(name);
    if (service === undefined) {
      service = { instances: new Set(), installed: new Map(), groups: new Map() };
      this.#services.set(name, service);
    }
    return service;
  }
}

function members(byVersion: Map<string, Map<InstanceKey, InstanceRef>>, version: string): Map<InstanceKey, InstanceRef> {
  let found = byVersion.get(version);
  if (found === undefined) {
    found = new Map();
    byVersion.set(version, found);
  }
  return found;
}

/** Versions come from agents: one that is not semver goes to the end, by its text. */
function newestFirst(a: string, b: string): number {
  const validA = valid(a) !== null;
  const validB = valid(b) !== null;
  if (validA && validB) {
    return compare(b, a) || (a < b ? 1 : -1);
  }
  if (validA !== validB) {
    return validA ? -1 : 1;
  }
  return a < b ? 1 : -1;
}

function byRef(a: InstanceRef, b: InstanceRef): number {
  const keyA = instanceKey(a);
  const keyB = instanceKey(b);
  return keyA < keyB ? -1 : keyA > keyB ? 1 : 0;
}
