import { equalJson, type Json, type JsonObject } from "../json/mod.ts";
import { checkMergeable, describeMergeProblems } from "./check.ts";
import { compare, type Comparison } from "./compare.ts";
import { FieldSet } from "./field-set.ts";
import { MergeTypeError } from "./list-item.ts";
import { merge } from "./merge.ts";
import type { MergeType } from "./merge-type.ts";
import type { Path } from "./path.ts";
import { removeItems, withNamedParents } from "./remove.ts";
import { toFieldSet } from "./to-field-set.ts";

/** What one manager owns, seen in one version of the kind. */
export type OwnedFields = {
  readonly set: FieldSet;
  readonly apiVersion: string;
  /** Owned by server-side apply; else by an update. */
  readonly applied: boolean;
};

/** Managers by their identifier (see managed-fields.ts). */
export type Managers = ReadonlyMap<string, OwnedFields>;

export type Conflict = { readonly manager: string; readonly path: Path };

/** What the updater knows of the kind. */
export type UpdaterContext = {
  readonly apiVersion: string;
  readonly type: MergeType;
  /** The type in another version, undefined when that version is no longer served: who owned in it, owns nothing. */
  readonly typeIn: (apiVersion: string) => MergeType | undefined;
  /** Fields that this endpoint does not let anyone change, and so lets no one own. */
  readonly resetFields: FieldSet;
};

type Taken = { readonly managers: Managers; readonly conflicts: readonly Conflict[]; readonly comparison: Comparison };

function filtered(context: UpdaterContext, comparison: Comparison): Comparison {
  const { resetFields } = context;
  return {
    added: comparison.added.recursiveDifference(resetFields),
    modified: comparison.modified.recursiveDifference(resetFields),
    removed: comparison.removed.recursiveDifference(resetFields),
  };
}

/**
 * Takes the fields that changed between the two objects away from all managers but the one who changed
 * them, and says whose they were (structured-merge-diff `Updater.update`).
 */
function takeOver(context: UpdaterContext, live: Json, changed: Json, managers: Managers, workflow: string): Taken {
  const comparison = filtered(context, compare(context.type, live, changed));
  const byVersion = new Map([[context.apiVersion, comparison]]);
  const conflicts: Conflict[] = [];
  const remaining = new Map<string, OwnedFields>();

  for (const [manager, owned] of managers) {
    if (manager === workflow) {
      if (!owned.set.isEmpty) remaining.set(manager, owned);
      continue;
    }
    let seen = byVersion.get(owned.apiVersion);
    if (seen === undefined) {
      const type = context.typeIn(owned.apiVersion);
      if (type === undefined) continue;
      requireFit(type, live);
      requireFit(type, changed);
      seen = compare(type, live, changed);
      byVersion.set(owned.apiVersion, seen);
    }
    const lost = owned.set.intersection(seen.modified.union(seen.added));
    for (const path of lost.paths()) conflicts.push({ manager, path });
    const set = owned.set.difference(lost).difference(seen.removed);
    if (!set.isEmpty) remaining.set(manager, { ...owned, set });
  }
  return { managers: remaining, conflicts, comparison };
}

/** A version that does not know all that an object holds cannot say who owns what of it. */
function requireFit(type: MergeType, value: Json): void {
  const problems = checkMergeable(type, value, { allowDuplicates: true });
  if (problems.length > 0) throw new MergeTypeError(describeMergeProblems(problems));
}

/** Who owns what after a create, an update or a patch that is not an apply. */
export function updateManagers(context: UpdaterContext, live: Json, changed: Json, managers: Managers, manager: string): Managers {
  const taken = takeOver(context, live, changed, managers, manager);
  const { added, modified, removed } = taken.comparison;
  const before = taken.managers.get(manager)?.set ?? FieldSet.empty;
  const set = before.difference(removed).union(modified).union(added).recursiveDifference(context.resetFields);
  const result = new Map(taken.managers);
  if (set.isEmpty) result.delete(manager);
  else result.set(manager, { set, apiVersion: context.apiVersion, applied: false });
  return result;
}

export type ApplyResult =
  | { readonly kind: "conflict"; readonly conflicts: readonly Conflict[] }
  /** `object` is undefined when the apply changes nothing of the live object. */
  | { readonly kind: "applied"; readonly object: Json | undefined; readonly managers: Managers };

/** Merges an applied configuration into the live object (structured-merge-diff `Updater.Apply`). */
export function applyConfiguration(
  context: UpdaterContext,
  live: JsonObject,
  configuration: JsonObject,
  managers: Managers,
  manager: string,
  force: boolean,
): ApplyResult {
  const merged = merge(context.type, live, configuration) ?? {};
  const last = managers.get(manager);
  const set = toFieldSet(context.type, configuration).recursiveDifference(context.resetFields);
  const claimed = new Map(managers);
  claimed.set(manager, { set, apiVersion: context.apiVersion, applied: true });

  const pruned = prune(context, merged, claimed, last, set);
  const taken = takeOver(context, live, pruned, claimed, manager);
  if (!force && taken.conflicts.length > 0) return { kind: "conflict", conflicts: taken.conflicts };
  return {
    kind: "applied",
    object: equalJson(live, pruned) ? undefined : pruned,
    managers: taken.managers,
  };
}

/**
 * Removes what the manager applied last time, does not apply this time, and nobody else owns. Then
 * what anyone owns comes back, and what the manager never owned too.
 */
function prune(context: UpdaterContext, merged: Json, managers: Managers, last: OwnedFields | undefined, applied: FieldSet): Json {
  // Who still applies all that it applied has nothing to lose: by far the most applies.
  if (last === undefined || last.set.difference(applied).isEmpty) return merged;
  const type = context.typeIn(last.apiVersion);
  if (type === undefined) return merged;
  const lastNamed = withNamedParents(type, last.set);
  let pruned = removeItems(type, merged, lastNamed) ?? null;

  const ownedByVersion = new Map<string, FieldSet>();
  for (const owned of managers.values()) {
    const before = ownedByVersion.get(owned.apiVersion) ?? FieldSet.empty;
    ownedByVersion.set(owned.apiVersion, before.union(owned.set));
  }
  const versions = [...ownedByVersion].toSorted(([a], [b]) => Number(b === last.apiVersion) - Number(a === last.apiVersion));
  for (const [apiVersion, owned] of versions) {
    const versionType = context.typeIn(apiVersion);
    if (versionType === undefined) continue;
    const mergedSet = withNamedParents(versionType, toFieldSet(versionType, merged));
    const prunedSet = withNamedParents(versionType, toFieldSet(versionType, pruned));
    const kept = prunedSet.union(withNamedParents(versionType, owned));
    pruned = removeItems(versionType, merged, mergedSet.difference(kept)) ?? null;
  }

  const mergedSet = withNamedParents(type, toFieldSet(type, merged));
  const prunedSet = withNamedParents(type, toFieldSet(type, pruned));
  const gone = mergedSet.difference(prunedSet).intersection(lastNamed);
  return removeItems(type, merged, gone) ?? {};
}
