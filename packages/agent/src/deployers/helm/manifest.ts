/** The YAML that helm renders, as Kubernetes objects. Pure. */
import { parseAllDocuments, type Tags } from "yaml";
import { isFields } from "../../fields/mod.ts";
import { objectKey, refOf, type KubeObject, type ObjectMeta } from "../../kube/mod.ts";
import { DuplicateMemberError, groupKind } from "../manifests/mod.ts";
import { HelmError } from "./errors.ts";

/** Without what YAML 1.1 reads as bytes, as a time or in base 60, and Go's parser, by which helm reads, as text. */
function asInGo(tags: Tags): Tags {
  return tags.filter(
    (tag) =>
      typeof tag === "string" ||
      !(tag.tag.endsWith(":timestamp") || tag.tag.endsWith(":binary") || ("format" in tag && tag.format === "TIME")),
  );
}

const goYaml = { version: "1.1", merge: true, uniqueKeys: false, prettyErrors: false, logLevel: "silent", customTags: asInGo } as const;

/**
 * Reads YAML as helm does: as version 1.1, where `yes` is true. Lists (`kind: List`) are taken apart, documents without an object are left
 * out.
 *
 * @throws HelmError ChartInvalid, without a word of the text: it may hold secrets
 */
export function objectsOf(manifest: string): readonly KubeObject[] {
  return [...parseAllDocuments(manifest, goYaml)].flatMap((document, index) => {
    if (document.errors.length > 0) throw new HelmError("ChartInvalid", `the chart's manifest is not YAML (document ${index + 1})`);
    // Aliases are the chart's own: helm has followed them already.
    return objectsIn(document.toJS({ maxAliasCount: -1 }));
  });
}

/** What a chart's manifest would make twice: the second one would replace the first without a word. @throws DuplicateMemberError */
export function requireDistinct(objects: readonly KubeObject[], namespace: string): readonly KubeObject[] {
  const seen = new Set<string>();
  for (const object of objects) {
    const id = `${groupKind(object)} ${objectKey({ ...object.metadata, namespace: object.metadata.namespace ?? namespace })}`;
    if (seen.has(id)) throw new DuplicateMemberError(refOf(object));
    seen.add(id);
  }
  return objects;
}

/** A manifest's documents as they are written, each with its object where it is a single one. @throws HelmError ChartInvalid */
export function documentsOf(manifest: string): readonly { readonly text: string; readonly object?: KubeObject }[] {
  // At the beginning of a line nothing else can stand for it: text that goes over several lines is indented.
  return manifest.split(/^---(?:[ \t].*)?$/mu).map((text) => {
    const [object, ...more] = objectsOf(text);
    return object === undefined || more.length > 0 ? { text } : { text, object };
  });
}

function objectsIn(document: unknown): readonly KubeObject[] {
  if (!isFields(document)) return [];
  const { kind, items } = document;
  if (typeof kind === "string" && kind.endsWith("List") && Array.isArray(items)) return items.flatMap(objectsIn);
  return isObject(document) ? [document] : [];
}

function isObject(document: {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
  readonly metadata?: unknown;
}): document is KubeObject {
  const { apiVersion, kind, metadata } = document;
  return typeof apiVersion === "string" && typeof kind === "string" && isFields(metadata) && typeof metadata["name"] === "string";
}

/** helm's name as a manager of fields: that of its program. */
export const HELM_MANAGER = "helm";

/** By its name and namespace a release is known. */
export interface HelmRelease {
  readonly name: string;
  readonly namespace: string;
}

/** The marks by which helm knows that an object is a release's (pkg/action/validate.go); without them, it touches no object that exists. */
const marks = { name: "meta.helm.sh/release-name", namespace: "meta.helm.sh/release-namespace" } as const;

export function ownershipMarks({ name, namespace }: HelmRelease): {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
} {
  return {
    labels: { "app.kubernetes.io/managed-by": "Helm" },
    annotations: { [marks.name]: name, [marks.namespace]: namespace },
  };
}

/** An object of a manifest as helm applies it. */
export function asHelmWrites(object: KubeObject, release: HelmRelease): KubeObject {
  const { labels, annotations } = object.metadata;
  const ofHelm = ownershipMarks(release);
  const metadata: ObjectMeta = {
    ...object.metadata,
    labels: { ...labels, ...ofHelm.labels },
    annotations: { ...annotations, ...ofHelm.annotations },
  };
  return { ...object, metadata };
}

/** helm leaves what carries it as {@link keepPolicy} (pkg/kube/resource_policy.go). */
export const policyAnnotation = "helm.sh/resource-policy";
export const keepPolicy = "keep";

/** The release that an object says it is of. */
export function releaseNamedBy({ metadata: { annotations = {} } }: KubeObject): HelmRelease | undefined {
  const { [marks.name]: name, [marks.namespace]: namespace } = annotations;
  return name === undefined || namespace === undefined ? undefined : { name, namespace };
}

export function isOfRelease(object: KubeObject, { name, namespace }: HelmRelease): boolean {
  const named = releaseNamedBy(object);
  return named?.name === name && named.namespace === namespace;
}
