/** Who owns a field of an object, read from `metadata.managedFields` (server-side apply). Pure. */
import type { InstanceTemplate } from "@portolan/shared/wire";
import { isFields, valueAt, type Fields } from "../fields/mod.ts";
import type { ManagedFieldsEntry } from "../kube/mod.ts";

/** The manager under which the fleet's wishes are applied. */
export const HUB_MANAGER = "portolan-hub";

/** Managers that put their own version back, although they write by Update, by the names that they give themselves. */
export const gitOpsManagers: ReadonlySet<string> = new Set([
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
  return ownerOf(managedFields, ["version"]);
}

/** The first owner other than the hub of anything that a template writes; a controller outweighs a person. */
export function templateOwner(managedFields: readonly ManagedFieldsEntry[] | undefined, template: InstanceTemplate): FieldOwner {
  const { labels: _labels, ...spec } = template;
  const owners = leaves(spec).map((path) => ownerOf(managedFields, path));
  return owners.find(({ kind }) => kind === "controller") ?? owners.find(({ kind }) => kind === "person") ?? { kind: "nobody" };
}

/** Who would make an instance again that is deleted. */
export function creatorOf(managedFields: readonly ManagedFieldsEntry[] | undefined): string | undefined {
  const owner = ownerOf(managedFields, ["service"]);
  return owner.kind === "controller" ? owner.manager : undefined;
}

/** The paths of all values in it that are not objects themselves. */
function leaves(value: object, path: readonly string[] = []): readonly (readonly string[])[] {
  return Object.entries(value).flatMap(([field, inner]) => (isFields(inner) ? leaves(inner, [...path, field]) : [[...path, field]]));
}

function ownerOf(managedFields: readonly ManagedFieldsEntry[] | undefined, path: readonly string[]): FieldOwner {
  const fields = ["spec", ...path].map((field) => `f:${field}`);
  const owners = (managedFields ?? []).filter(
    (entry) => entry.subresource === undefined && valueAt(entry.fieldsV1, ...fields) !== undefined,
  );
  const controller = owners.find(
    (entry) => entry.manager !== HUB_MANAGER && (entry.operation === "Apply" || gitOpsManagers.has(entry.manager)),
  );
  if (controller !== undefined) return { kind: "controller", manager: controller.manager };
  const person = owners.find((entry) => entry.manager !== HUB_MANAGER);
  if (person !== undefined) return { kind: "person", manager: person.manager };
  return { kind: owners.length === 0 ? "nobody" : "hub" };
}

/** The part of an object that a manager owns by Apply: what it must apply again so that none of its fields is dropped. */
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
    if (child !== undefined) part[name] = isFields(inner) ? extractChild(child, inner) : child;
  }
  return part;
}

function extractChild(child: unknown, owned: Fields): unknown {
  const keys = Object.keys(owned);
  if (Array.isArray(child) && keys.some((key) => key.startsWith("k:")))
    return child.filter((item) => keys.some((key) => isItem(item, key)));
  return isFields(child) && keys.some((key) => key.startsWith("f:")) ? extract(child, owned) : child;
}

/** Whether an item of an associative list has a key as the API server writes it: `k:{"name":"x"}`. */
function isItem(item: unknown, key: string): boolean {
  if (!key.startsWith("k:")) return false;
  const wanted: unknown = JSON.parse(key.slice(2));
  return isFields(wanted) && Object.entries(wanted).every(([field, value]) => valueAt(item, field) === value);
}
