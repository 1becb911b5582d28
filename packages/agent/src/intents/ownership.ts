/** Who owns a field of an object, read from `metadata.managedFields` (server-side apply). Pure. */
import { isFields, valueAt, type Fields } from "../fields/mod.ts";
import type { ManagedFieldsEntry } from "../kube/mod.ts";

/** The manager under which the fleet's wishes are applied. */
export const HUB_MANAGER = "portolan-hub";

/** Managers that put their own version back, although they write by Update, by the names that they give themselves. */
const gitOpsManagers: ReadonlySet<string> = new Set([
  // Argo CD: the name of its client-side applies, and what the API server makes of its user agent where it gives none.
  "argocd-controller",
  "argocd-application-controller",
  "argo-cd",
  // Flux: kustomize-controller before it applied server-side, and releases of helm-controller.
  "kustomize-controller",
  "helm-controller",
  // Rancher Fleet's agent, which drives the Helm library under its own program's name.
  "fleetagent",
  // Sveltos; its server-side applies are called application/apply-patch.
  "addon-controller",
  // Helm 3: the next upgrade of the release brings back what its chart says.
  "helm",
]);

export type FieldOwner =
  | { readonly kind: "nobody" | "hub" }
  /** A person's one-time edit: may be taken over. */
  | { readonly kind: "person"; readonly manager: string }
  /** Someone who will put it back: must be left alone. */
  | { readonly kind: "controller"; readonly manager: string };

/** The owner of `spec.version`. A controller outweighs a person, and either outweighs the hub, because a field may have several owners. */
export function versionOwner(managedFields: readonly ManagedFieldsEntry[] | undefined): FieldOwner {
  return ownerOf(managedFields, ["f:spec", "f:version"]);
}

function ownerOf(managedFields: readonly ManagedFieldsEntry[] | undefined, path: readonly string[]): FieldOwner {
  const owners = (managedFields ?? []).filter((entry) => entry.subresource === undefined && valueAt(entry.fieldsV1, ...path) !== undefined);
  const controller = owners.find(
    (entry) => entry.manager !== HUB_MANAGER && (entry.operation === "Apply" || gitOpsManagers.has(entry.manager)),
  );
  if (controller !== undefined) return { kind: "controller", manager: controller.manager };
  const person = owners.find((entry) => entry.manager !== HUB_MANAGER);
  if (person !== undefined) return { kind: "person", manager: person.manager };
  return { kind: owners.length === 0 ? "nobody" : "hub" };
}

/**
 * The part of an object that a manager owns by Apply: what it must apply again so that none of its fields is dropped.
 * Fields inside associative lists cannot be addressed this way; the hub owns none.
 */
export function ownedPart(
  object: object,
  managedFields: readonly ManagedFieldsEntry[] | undefined,
  manager: string,
): Record<string, unknown> {
  const entry = managedFields?.find((each) => each.manager === manager && each.operation === "Apply" && each.subresource === undefined);
  return entry?.fieldsV1 === undefined ? {} : extract(object, entry.fieldsV1);
}

function extract(value: unknown, owned: Fields): Record<string, unknown> {
  const part: Record<string, unknown> = {};
  for (const [field, inner] of Object.entries(owned)) {
    if (!field.startsWith("f:")) continue;
    const name = field.slice(2);
    const child = valueAt(value, name);
    if (child === undefined) continue;
    const nested = isFields(inner) && Object.keys(inner).some((key) => key.startsWith("f:"));
    part[name] = nested && isFields(child) ? extract(child, inner) : child;
  }
  return part;
}
