/** Manifests of a catalog as Kubernetes objects. */
import type { ManifestTemplate } from "@portolan/shared/catalog";
import type { Scope } from "@portolan/shared/expression";
import { renderObjects } from "@portolan/shared/values";
import type { KubeObject } from "../kube/mod.ts";

/** Manifests that cannot be rendered, or do not become Kubernetes objects. Names the file. */
export class ManifestError extends Error {
  readonly code = "InvalidManifest";
  constructor(message: string) {
    super(message);
    this.name = "ManifestError";
  }
}

/** @throws ManifestError */
export function renderManifests(templates: readonly ManifestTemplate[], scope: Scope): readonly KubeObject[] {
  const rendered = renderObjects(templates, scope);
  if (!rendered.valid) throw new ManifestError(rendered.problems.map((problem) => problem.message).join("; "));
  return rendered.objects.map(({ source, object }) => {
    if (!isKubeObject(object)) throw new ManifestError(`${source}: expected an object with apiVersion, kind and metadata.name`);
    return object;
  });
}

function isKubeObject(object: object): object is KubeObject {
  const { apiVersion, kind, metadata } = object as {
    readonly apiVersion?: unknown;
    readonly kind?: unknown;
    readonly metadata?: { readonly name?: unknown } | null;
  };
  return typeof apiVersion === "string" && typeof kind === "string" && typeof metadata?.name === "string";
}
