/**
 * The API server notes with each field's owner the version in which it was written, and refuses server-side applies of an object for as
 * long as one of these versions is not served any more ("request to convert CR to an invalid group/version"). So they are migrated with
 * the storage, as `flux migrate` does it. Pure.
 */
import { union } from "../fields/mod.ts";
import type { ManagedFieldsEntry } from "../kube/mod.ts";

/**
 * The same owners, of fields in one version.
 *
 * @param apiVersion `group/version`
 * @returns undefined: they are so already
 */
export function migratedFields(entries: readonly ManagedFieldsEntry[], apiVersion: string): readonly ManagedFieldsEntry[] | undefined {
  if (entries.every((entry) => entry.apiVersion === apiVersion)) return undefined;
  const migrated = new Map<string, ManagedFieldsEntry>();
  for (const entry of entries) {
    const owner = JSON.stringify([entry.manager, entry.operation, entry.subresource]);
    const other = migrated.get(owner);
    // An owner is there once for each version in which it wrote.
    migrated.set(owner, { ...entry, apiVersion, ...(other === undefined ? {} : together(other, entry)) });
  }
  return [...migrated.values()];
}

function together(one: ManagedFieldsEntry, other: ManagedFieldsEntry): Pick<ManagedFieldsEntry, "time" | "fieldsV1"> {
  const time = [one.time, other.time]
    .filter((each) => each !== undefined)
    .toSorted()
    .at(-1);
  return { ...(time === undefined ? {} : { time }), fieldsV1: union(one.fieldsV1 ?? {}, other.fieldsV1 ?? {}) };
}
