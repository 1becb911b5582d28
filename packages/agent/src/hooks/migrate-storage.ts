/**
 * Rewrites every object of a CRD, so that all are stored in its storage version, and then takes the older ones off `status.storedVersions`:
 * only then can an older version be dropped from the CRD (as sigs.k8s.io/kube-storage-version-migrator does).
 */
import { listAt, stringAt, valueAt } from "../fields/mod.ts";
import { isConflict, isNotFound, type KubeObject } from "../kube/mod.ts";
import { AGENT_MANAGER } from "../resources/mod.ts";
import { fullName, objectName, type ActionContext, type Outcome } from "../operation/mod.ts";

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
  if (stored.length > 0 && stored.every((version) => version === storage)) return { state: "done", object: objectName(ref) };
  const { items } = await context.kube.list(
    `${stringAt(definition, "spec", "group") ?? ""}/${storage}`,
    stringAt(definition, "spec", "names", "kind") ?? "",
  );
  for (const item of items) await rewrite(context, item);
  await context.kube.patch(
    ref,
    { type: "merge", patch: { status: { storedVersions: [storage] } } },
    { fieldManager: AGENT_MANAGER, subresource: "status" },
  );
  return { state: "done", object: objectName(ref) };
}

async function rewrite(context: ActionContext, item: KubeObject): Promise<void> {
  try {
    await context.kube.replace(item, { fieldManager: AGENT_MANAGER });
  } catch (error) {
    // Written or deleted by someone else since it was listed: then it is stored in the new version, or not at all.
    if (!isConflict(error) && !isNotFound(error)) throw error;
  }
}
