/** From what steps do to what must be allowed. Pure. */
import type { ResourceAccess } from "../kube/mod.ts";
import { kindId, type KnownKind, type Need, type StepWork } from "./model.ts";

/** Every permission that the steps need, each once; without names, which most roles do not tell apart. Kinds that are not known are left out. */
export function neededAccesses(
  steps: readonly Pick<StepWork, "needs" | "accesses">[],
  kinds: ReadonlyMap<string, KnownKind>,
  targetNamespace: string,
): readonly { readonly access: ResourceAccess; readonly names: ReadonlySet<string | undefined> }[] {
  const accesses = new Map<string, { readonly access: ResourceAccess; readonly names: Set<string | undefined> }>();
  const add = (access: ResourceAccess, name: string | undefined): void => {
    const id = JSON.stringify(access);
    const known = accesses.get(id) ?? { access, names: new Set() };
    known.names.add(name);
    accesses.set(id, known);
  };
  for (const step of steps) {
    for (const need of step.needs) {
      const kind = kinds.get(kindId(need));
      if (kind !== undefined) add(accessOf(need, kind, targetNamespace), need.name);
    }
    for (const { name, ...access } of step.accesses) add(access, name);
  }
  return [...accesses.values()];
}

function accessOf(need: Need, { plural, namespaced }: KnownKind, targetNamespace: string): ResourceAccess {
  const slash = need.apiVersion.indexOf("/");
  return {
    verb: need.verb,
    group: slash < 0 ? "" : need.apiVersion.slice(0, slash),
    resource: plural,
    ...(need.subresource === undefined ? {} : { subresource: need.subresource }),
    ...(namespaced ? { namespace: need.namespace ?? targetNamespace } : {}),
  };
}
