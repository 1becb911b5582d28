/** The objects that an instance's version consists of, ready to be applied. */
import type { ManifestsDeployer } from "@portolan/shared/catalog";
import { stringAt } from "../../fields/mod.ts";
import { describeRef, isNoKindMatch, objectKey, refOf, type KubeObject, type ObjectRef } from "../../kube/mod.ts";
import { locate, type ActionContext } from "../../operation/mod.ts";
import { annotations, labels } from "../../resources/mod.ts";
import { renderManifests } from "../render.ts";
import { groupKind, partOfLabel } from "./apply-set.ts";

/** Two manifests of a version name the same object. */
export class DuplicateMemberError extends Error {
  readonly code = "DuplicateObject";
  constructor(ref: ObjectRef) {
    super(`two manifests give ${describeRef(ref)}`);
    this.name = "DuplicateMemberError";
  }
}

/** Kinds that others need before they can be made; everything else comes after them in the manifests' order. */
const first: readonly string[] = [
  "Namespace",
  "CustomResourceDefinition",
  "ServiceAccount",
  "ClusterRole",
  "ClusterRoleBinding",
  "Role",
  "RoleBinding",
  "Secret",
  "ConfigMap",
  "PersistentVolumeClaim",
  "Service",
];

/**
 * Renders a version's manifests for an instance: with namespaces, with the labels of its ApplySet, in the order in which they are to be applied.
 *
 * @throws DuplicateMemberError, ManifestError
 */
export async function membersOf(context: ActionContext, deployer: ManifestsDeployer, version: string): Promise<readonly KubeObject[]> {
  const members: KubeObject[] = [];
  const seen = new Set<string>();
  const objects = renderManifests(deployer.objects, context.scope);
  const defined = scopesOf(objects);
  for (const object of objects) {
    const member = prepare(context, object, await namespaceOf(context, object, defined), version);
    const id = `${groupKind(member)} ${objectKey(member.metadata)}`;
    if (seen.has(id)) throw new DuplicateMemberError(refOf(member));
    seen.add(id);
    context.watchKind(member.apiVersion, member.kind);
    members.push(member);
  }
  return members.toSorted((a, b) => rank(a) - rank(b));
}

/**
 * The same without asking how their kinds are served: namespaces stand as in the manifests. For a look ahead, when kinds may be missing still.
 *
 * @throws DuplicateMemberError, ManifestError
 */
export function renderMembers(context: ActionContext, deployer: ManifestsDeployer, version: string): readonly KubeObject[] {
  const seen = new Set<string>();
  const members = renderManifests(deployer.objects, context.scope).map((object) => {
    const { namespace } = object.metadata;
    const id = `${groupKind(object)} ${objectKey({ ...object.metadata, namespace: namespace ?? context.targetNamespace })}`;
    if (seen.has(id)) throw new DuplicateMemberError(refOf(object));
    seen.add(id);
    return prepare(context, object, namespace, version);
  });
  return members.toSorted((a, b) => rank(a) - rank(b));
}

/** The scopes of the kinds that CRDs among the objects define: such a kind need not be served yet. */
function scopesOf(objects: readonly KubeObject[]): ReadonlyMap<string, string | undefined> {
  const definitions = objects.filter((object) => object.kind === "CustomResourceDefinition");
  return new Map(
    definitions.map((crd) => [
      `${stringAt(crd, "spec", "names", "kind") ?? ""}.${stringAt(crd, "spec", "group") ?? ""}`,
      stringAt(crd, "spec", "scope"),
    ]),
  );
}

async function namespaceOf(
  context: ActionContext,
  object: KubeObject,
  defined: ReadonlyMap<string, string | undefined>,
): Promise<string | undefined> {
  try {
    return (await locate(context, { apiVersion: object.apiVersion, kind: object.kind, ...object.metadata })).namespace;
  } catch (error) {
    const scope = defined.get(groupKind(object));
    if (!isNoKindMatch(error) || scope === undefined) throw error;
    return scope === "Namespaced" ? (object.metadata.namespace ?? context.targetNamespace) : undefined;
  }
}

function prepare(context: ActionContext, object: KubeObject, namespace: string | undefined, version: string): KubeObject {
  const { namespace: _, ...metadata } = object.metadata;
  return {
    ...object,
    metadata: {
      ...metadata,
      ...(namespace === undefined ? {} : { namespace }),
      annotations: { ...metadata.annotations, [annotations.version]: version },
      labels: { ...metadata.labels, [partOfLabel]: context.applySetId, [labels.instance]: context.applySetId },
    },
  };
}

function rank(object: KubeObject): number {
  const index = first.indexOf(object.kind);
  return index < 0 ? first.length : index;
}
