/** What of an object is not as it was applied: which fields, and who has changed them where the object tells. No values, they may be secret. Pure. */
import { toPointer } from "@portolan/shared/json";
import { isFields } from "../fields/mod.ts";
import type { KubeObject, ManagedFieldsEntry, ObjectRef } from "../kube/mod.ts";
import { ownershipAt, pathOfPointer } from "./field-path.ts";
import { substance } from "./substance.ts";

/** An object that is missing or differs from what was applied. */
export interface DriftedObject extends ObjectRef {
  readonly isMissing?: boolean;
  /** The first of the fields that differ. */
  readonly fields?: readonly ChangedField[];
}

export interface ChangedField {
  /** JSON Pointer into the object. */
  readonly pointer: string;
  /** Who owns the field now. What was taken away has no owner. */
  readonly manager?: string;
}

const mostFields = 5;

/** The fields in which an object differs from what it would be if it were applied again by `self`. */
export function changedFields(applied: KubeObject, live: KubeObject, self: string): readonly ChangedField[] {
  const owners = (live.metadata.managedFields ?? []).filter(({ manager }) => manager !== self);
  return differences(substance(live), substance(applied), [])
    .slice(0, mostFields)
    .map((path) => {
      const pointer = toPointer(path);
      const manager = ownerOf(pointer, live, owners);
      return { pointer, ...(manager === undefined ? {} : { manager }) };
    });
}

type Path = readonly (string | number)[];

function differences(live: unknown, applied: unknown, path: Path): readonly Path[] {
  if (isFields(live) && isFields(applied)) {
    const names = new Set([...Object.keys(live), ...Object.keys(applied)]);
    return [...names].flatMap((name) => differences(live[name], applied[name], [...path, name]));
  }
  if (Array.isArray(live) && Array.isArray(applied) && live.length === applied.length) {
    return live.flatMap((item: unknown, index) => differences(item, applied[index], [...path, index]));
  }
  return Object.is(live, applied) ? [] : [path];
}

/** The latest of those who own the field. */
function ownerOf(pointer: string, live: KubeObject, owners: readonly ManagedFieldsEntry[]): string | undefined {
  const path = pathOfPointer(pointer, [live], live.metadata.managedFields);
  if (path === undefined) return undefined;
  const found = owners.filter(({ fieldsV1 }) => ownershipAt(fieldsV1, path) !== undefined);
  return found.toSorted((a, b) => ((a.time ?? "") < (b.time ?? "") ? 1 : -1))[0]?.manager;
}

/** `/data/greeting (kubectl-edit), /data/color`; `missing` for an object that is not there. */
export function describeChanges({ isMissing, fields = [] }: DriftedObject): string {
  if (isMissing === true) return "missing";
  if (fields.length === 0) return "changed";
  return fields.map(({ pointer, manager }) => (manager === undefined ? pointer : `${pointer} (${manager})`)).join(", ");
}
