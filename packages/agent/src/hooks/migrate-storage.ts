/**
 * Rewrites the objects of a CRD, so that all are stored in its storage version and no owner of their fields is noted in another one, and
 * then takes the older versions off `status.storedVersions`: only then can an older version be dropped from the CRD (as
 * sigs.k8s.io/kube-storage-version-migrator does). It can be done any number of times: what is as it should be is left.
 */
import { listAt, stringAt, valueAt } from "../fields/mod.ts";
import { isConflict, isNotFound, type KubeObject } from "../kube/mod.ts";
import { AGENT_MANAGER } from "../resources/mod.ts";
import { fullName, objectName, type ActionContext, type Outcome } from "../operation/mod.ts";
import { migratedFields } from "./migrated-fields.ts";

export async function runMigrateStorage(context: ActionContext, crd: string): Promise<Outcome> {
  const ref = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", name: crd };
  const definition = await context.kube.get(ref);
  if (definition === undefined) return { state: "failed", reason: "NotFound", message: `${fullName(ref)} does not exist` };
  const storage =
    stringAt(
      listAt(definition, "spec", "versions").find((version) => valueAt(version, "storage") === true),
      "name",
    ) ?? "";
  const stored = listAt(definition, "status", "storedVersions");
  const isStored = stored.length > 0 && stored.every((version) => version === storage);
  const apiVersion = `${stringAt(definition, "spec", "group") ?? ""}/${storage}`;
  const { items } = await context.kube.list(apiVersion, stringAt(definition, "spec", "names", "kind") ?? "");
  let changedMeanwhile = 0;
  for (const item of items) {
    const managedFields = migratedFields(item.metadata.managedFields ?? [], apiVersion);
    if (isStored && managedFields === undefined) continue;
    const migrated = managedFields === undefined ? item : { ...item, metadata: { ...item.metadata, managedFields } };
    if (!(await rewrite(context, migrated))) changedMeanwhile++;
  }
  if (changedMeanwhile > 0) {
    return { state: "waiting", message: `${objectName(ref)}: ${changedMeanwhile} objects were changed while they were rewritten` };
  }
  if (isStored) return { state: "done", object: objectName(ref) };
  await context.kube.patch(
    ref,
    { type: "merge", patch: { status: { storedVersions: [storage] } } },
    { fieldManager: AGENT_MANAGER, subresource: "status" },
  );
  return { state: "done", object: objectName(ref) };
}

/** @returns whether it is done; not where someone else has written it since it was listed */
async function rewrite(context: ActionContext, item: KubeObject): Promise<boolean> {
  try {
    await context.kube.replace(item, { fieldManager: AGENT_MANAGER });
  } catch (error) {
    if (isConflict(error)) return false;
    if (!isNotFound(error)) throw error;
  }
  return true;
}
