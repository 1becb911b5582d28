import { cloneJson, isJsonObject, parseJson, type JsonObject } from "../json/mod.ts";
import { applyConflict, badRequest, internalError, serverError } from "../errors/mod.ts";
import { formatTime, type KubeObject, type ManagedFieldsEntry } from "../objects/mod.ts";
import { checkMergeable, describeMergeProblems } from "./check.ts";
import { FieldSet, fieldSetFromJson, fieldSetToJson } from "./field-set.ts";
import { MergeTypeError } from "./list-item.ts";
import { printPath } from "./path.ts";
import { applyConfiguration, updateManagers, type Conflict, type Managers, type OwnedFields, type UpdaterContext } from "./updater.ts";

/** Who writes: the endpoint's subresource (`""` for the object itself) and the manager's name. */
export type Writer = { readonly manager: string; readonly subresource: string };

type Managed = { readonly managers: Managers; readonly times: ReadonlyMap<string, string> };

/** More updaters than this are folded into one entry. */
const MAX_UPDATERS = 10;
const FOLDED_MANAGER = "ancient-changes";
const BEFORE_FIRST_APPLY = "before-first-apply";
const CURRENT_OPERATION = "current-operation";

/** Fields that nobody owns (apimachinery `stripmeta.go`). */
const UNOWNED = FieldSet.of(
  ["f:apiVersion"],
  ["f:kind"],
  ["f:metadata"],
  ...["name", "namespace", "creationTimestamp", "selfLink", "uid", "clusterName", "generation"].map((name) => ["f:metadata", `f:${name}`]),
  ["f:metadata", "f:managedFields"],
  ["f:metadata", "f:resourceVersion"],
);

/** The identifier of a manager: all of its entry but the fields and the time (and, for appliers, the version). */
function identify(entry: { manager: string; operation: string; apiVersion: string; subresource: string }): string {
  return JSON.stringify({
    ...(entry.manager === "" ? {} : { manager: entry.manager }),
    operation: entry.operation,
    ...(entry.operation === "Apply" ? {} : { apiVersion: entry.apiVersion }),
    ...(entry.subresource === "" ? {} : { subresource: entry.subresource }),
  });
}

function parseIdentifier(identifier: string): JsonObject {
  const value = parseJson(identifier);
  return isJsonObject(value) ? value : {};
}

function decode(entries: readonly ManagedFieldsEntry[]): Managed | undefined {
  const managers = new Map<string, OwnedFields>();
  const times = new Map<string, string>();
  for (const entry of entries) {
    if (entry.operation !== "Apply" && entry.operation !== "Update") return undefined;
    if (entry.apiVersion === "" || entry.fieldsType !== "FieldsV1") return undefined;
    const identifier = identify({
      manager: entry.manager ?? "",
      operation: entry.operation,
      apiVersion: entry.apiVersion,
      subresource: entry.subresource ?? "",
    });
    managers.set(identifier, {
      set: fieldSetFromJson(entry.fieldsV1 ?? {}),
      apiVersion: entry.apiVersion,
      applied: entry.operation === "Apply",
    });
    if (entry.time !== undefined) times.set(identifier, entry.time);
  }
  return { managers, times };
}

function encode(managed: Managed): ManagedFieldsEntry[] {
  const entries = [...managed.managers].map(([identifier, owned]): ManagedFieldsEntry => {
    const { manager, subresource } = parseIdentifier(identifier);
    const time = managed.times.get(identifier);
    return {
      ...(typeof manager === "string" ? { manager } : {}),
      operation: owned.applied ? "Apply" : "Update",
      apiVersion: owned.apiVersion,
      ...(time === undefined ? {} : { time }),
      fieldsType: "FieldsV1",
      fieldsV1: fieldSetToJson(owned.set),
      ...(typeof subresource === "string" ? { subresource } : {}),
    };
  });
  const order = (entry: ManagedFieldsEntry): string[] => [
    entry.operation,
    entry.time ?? "",
    entry.manager ?? "",
    entry.apiVersion,
    entry.subresource ?? "",
  ];
  return entries.toSorted((a, b) => compareKeys(order(a), order(b)));
}

function compareKeys(left: readonly string[], right: readonly string[]): number {
  for (const [index, value] of left.entries()) {
    const other = right[index] ?? "";
    if (value !== other) return value < other ? -1 : 1;
  }
  return 0;
}

function withManagedFields(object: KubeObject, managed: Managed | undefined): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata;
  const entries = managed === undefined ? [] : encode(managed);
  return {
    ...object,
    metadata: entries.length === 0 ? metadata : { ...metadata, managedFields: entries },
  };
}

function withoutUnowned(managers: Managers, manager: string): Managers {
  const owned = managers.get(manager);
  if (owned === undefined) return managers;
  const set = owned.set.difference(UNOWNED);
  const result = new Map(managers);
  if (set.isEmpty) result.delete(manager);
  else result.set(manager, { ...owned, set });
  return result;
}

/** What the request says of the managed fields: nothing, its own entries, or that they be reset. */
function decodeLiveOrNew(live: KubeObject, changed: KubeObject, isSubresource: boolean): Managed {
  const nothing: Managed = { managers: new Map(), times: new Map() };
  const liveManaged = decode(live.metadata.managedFields ?? []) ?? nothing;
  const entries = changed.metadata.managedFields;
  if (isSubresource || entries === undefined) return liveManaged;
  const [first] = entries;
  const isReset = entries.length === 0 || (entries.length === 1 && first?.operation === "" && first.apiVersion === "");
  if (isReset) return nothing;
  const given = decode(entries);
  return given === undefined || given.managers.size === 0 ? liveManaged : given;
}

function track(context: UpdaterContext, live: KubeObject, changed: KubeObject, managed: Managed, identifier: string, now: number): Managed {
  const result = updateManagers(context, withManagedFields(live, undefined), changed, managed.managers, CURRENT_OPERATION);
  const managers = new Map(withoutUnowned(result, CURRENT_OPERATION));
  const times = new Map(managed.times);
  const current = managers.get(CURRENT_OPERATION);
  if (current !== undefined) {
    managers.delete(CURRENT_OPERATION);
    const previous = managers.get(identifier);
    managers.set(identifier, previous === undefined ? current : { ...current, set: current.set.union(previous.set) });
    times.set(identifier, formatTime(now));
  }
  return foldUpdaters({ managers, times });
}

/** Folds the oldest updaters of a version into one entry until few enough are left. */
function foldUpdaters(managed: Managed): Managed {
  const updaters = [...managed.managers].filter(([, owned]) => !owned.applied);
  if (updaters.length <= MAX_UPDATERS) return managed;
  const managers = new Map(managed.managers);
  const times = new Map(managed.times);
  const oldestFirst = updaters.toSorted(([a], [b]) => compareKeys([times.get(a) ?? "", a], [times.get(b) ?? "", b]));
  let count = updaters.length;
  const firstOfVersion = new Map<string, string>();
  for (const [identifier, owned] of oldestFirst) {
    if (count <= MAX_UPDATERS) break;
    const bucket = identify({
      manager: FOLDED_MANAGER,
      operation: "Update",
      apiVersion: owned.apiVersion,
      subresource: "",
    });
    const first = firstOfVersion.get(owned.apiVersion);
    if (first === undefined) {
      firstOfVersion.set(owned.apiVersion, identifier);
      continue;
    }
    const firstOwned = managers.get(first);
    if (!managers.has(bucket) && firstOwned !== undefined) {
      managers.delete(first);
      managers.set(bucket, firstOwned);
    }
    const folded = managers.get(bucket)?.set ?? FieldSet.empty;
    managers.set(bucket, { ...owned, set: owned.set.union(folded) });
    managers.delete(identifier);
    count -= 1;
    const time = times.get(identifier);
    if (time !== undefined) times.set(bucket, time);
  }
  return { managers, times };
}

/**
 * The changed object with its managed fields brought up to date after a create, an update, or a JSON
 * or merge patch. `live` is an empty object of the kind for a create.
 */
export function trackUpdate(context: UpdaterContext, live: KubeObject, changed: KubeObject, writer: Writer, now: number): KubeObject {
  const managed = decodeLiveOrNew(live, changed, writer.subresource !== "");
  const bare = withManagedFields(changed, undefined);
  // An object that nothing is tracked for stays so until the first apply.
  if (managed.managers.size === 0 && live.metadata.uid !== undefined) {
    return withManagedFields(bare, managed);
  }
  const identifier = identify({
    manager: writer.manager === "" ? "unknown" : writer.manager,
    operation: "Update",
    apiVersion: context.apiVersion,
    subresource: writer.subresource,
  });
  try {
    return withManagedFields(bare, track(context, live, bare, managed, identifier, now));
  } catch (error) {
    if (!(error instanceof MergeTypeError)) throw error;
    // An update is never refused for its managed fields: they stay as they were.
    return {
      ...bare,
      metadata: {
        ...bare.metadata,
        ...(live.metadata.managedFields === undefined ? {} : { managedFields: live.metadata.managedFields }),
      },
    };
  }
}

/**
 * Applies a configuration to the live object (the empty object of the kind when there is none). The
 * configuration is taken as it was sent: what it mentions, its manager owns.
 *
 * @throws ApiError Conflict with one cause a field, BadRequest, or 500 for a configuration that does not fit the schema
 */
export function applyPatch(
  context: UpdaterContext,
  empty: KubeObject,
  live: KubeObject,
  configuration: JsonObject,
  writer: Writer,
  force: boolean,
  now: number,
): KubeObject {
  const { metadata } = configuration;
  if (isJsonObject(metadata) && metadata["managedFields"] !== undefined) {
    throw badRequest("metadata.managedFields must be nil");
  }
  const problems = checkMergeable(context.type, configuration, { allowDuplicates: false });
  if (problems.length > 0) {
    throw serverError(`failed to create typed patch object (${describe(configuration)}): ${describeMergeProblems(problems)}`);
  }
  let managed = decode(live.metadata.managedFields ?? []);
  if (managed === undefined) throw internalError("failed to decode managed fields");
  const bareLive = withManagedFields(live, undefined);
  if (managed.managers.size === 0) {
    const before = identify({
      manager: BEFORE_FIRST_APPLY,
      operation: "Update",
      apiVersion: context.apiVersion,
      subresource: writer.subresource,
    });
    managed = track(context, empty, bareLive, managed, before, now);
  }
  const identifier = identify({
    manager: writer.manager,
    operation: "Apply",
    apiVersion: context.apiVersion,
    subresource: writer.subresource,
  });
  const result = applyConfiguration(context, bareLive, configuration, managed.managers, identifier, force);
  if (result.kind === "conflict") throw conflictError(result.conflicts);
  const managers = withoutUnowned(result.managers, identifier);
  if (result.object === undefined) {
    return withManagedFields(cloneJson(bareLive), { managers, times: managed.times });
  }
  const times = new Map(managed.times).set(identifier, formatTime(now));
  return withManagedFields(asObject(result.object, live), { managers, times });
}

function asObject(value: unknown, live: KubeObject): KubeObject {
  if (!isJsonObject(value)) throw internalError("an applied object became empty");
  const metadata = isJsonObject(value["metadata"]) ? value["metadata"] : {};
  return { ...value, apiVersion: live.apiVersion, kind: live.kind, metadata };
}

function describe(configuration: JsonObject): string {
  const metadata = isJsonObject(configuration["metadata"]) ? configuration["metadata"] : {};
  const text = (value: unknown): string => (typeof value === "string" ? value : "");
  const apiVersion = text(configuration["apiVersion"]);
  const qualified = apiVersion.includes("/") ? apiVersion : `/${apiVersion}`;
  return `${text(metadata["namespace"])}/${text(metadata["name"])}; ${qualified}, Kind=${text(configuration["kind"])}`;
}

/**
 * A manager as conflict messages name it: `"kubectl-edit" using apps/v1`. The identifier holds no time,
 * so Kubernetes prints none either.
 */
function printManager(identifier: string): string {
  const { manager, subresource, operation, apiVersion } = parseIdentifier(identifier);
  let printed = JSON.stringify(manager ?? "");
  if (typeof subresource === "string") printed += ` with subresource ${JSON.stringify(subresource)}`;
  return operation === "Update" ? `${printed} using ${typeof apiVersion === "string" ? apiVersion : ""}` : printed;
}

function conflictError(conflicts: readonly Conflict[]): Error {
  const sorted = conflicts.toSorted((a, b) => (a.manager === b.manager ? 0 : a.manager < b.manager ? -1 : 1));
  const causes = sorted.map(({ manager, path }) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${printManager(manager)}`,
    field: printPath(path),
  }));
  const [first] = sorted;
  if (sorted.length === 1 && first !== undefined) {
    return applyConflict(`Apply failed with 1 conflict: conflict with ${printManager(first.manager)}: ${printPath(first.path)}`, causes);
  }
  const lines = [...new Set(sorted.map(({ manager }) => manager))].flatMap((manager) => [
    `conflicts with ${printManager(manager)}:`,
    ...sorted.filter((item) => item.manager === manager).map(({ path }) => `- ${printPath(path)}`),
  ]);
  return applyConflict(`Apply failed with ${sorted.length} conflicts: ${lines.join("\n")}`, causes);
}
