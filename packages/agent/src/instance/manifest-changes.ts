import { isDeepStrictEqual } from "node:util";
import { clip, COUNT_LIMITS, TEXT_LIMITS, type ManifestChanges } from "@portolan/shared/wire";
import type { KubeObject } from "../kube/mod.ts";

/**
 * How one rendering of a service differs from another. Names only: no value of any object is told. Pure.
 *
 * @param targetNamespace of objects that name no namespace
 */
export function manifestChanges(before: readonly KubeObject[], after: readonly KubeObject[], targetNamespace: string): ManifestChanges {
  const now = byName(before, targetNamespace);
  const then = byName(after, targetNamespace);
  const created = [...then.keys()].filter((name) => !now.has(name));
  const changed = [...then].flatMap(([name, object]) => (now.has(name) && !isDeepStrictEqual(now.get(name), object) ? [name] : []));
  const deleted = [...now.keys()].filter((name) => !then.has(name));
  const lines = [...deleted.map((name) => `- ${name}`), ...created.map((name) => `+ ${name}`), ...changed.map((name) => `~ ${name}`)];
  return {
    created: created.length,
    changed: changed.length,
    deleted: deleted.length,
    objects: lines.slice(0, COUNT_LIMITS.changedObjects).map((line) => clip(line, TEXT_LIMITS.token)),
  };
}

function byName(objects: readonly KubeObject[], targetNamespace: string): ReadonlyMap<string, KubeObject> {
  return new Map(
    objects.map((object) => [`${object.kind} ${object.metadata.namespace ?? targetNamespace}/${object.metadata.name}`, object]),
  );
}
