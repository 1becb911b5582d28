import { notImplemented, PageNotFound, pathNotFound } from "../errors/mod.ts";
import type { KindRegistry, ResourceType } from "../kinds/mod.ts";

export type Route =
  | { readonly kind: "version" | "health" | "api" | "apis" | "openApi" }
  | { readonly kind: "openApiDocument"; readonly apiVersion: string }
  | { readonly kind: "group"; readonly group: string }
  | { readonly kind: "accessReview"; readonly of: "SelfSubjectAccessReview" | "SubjectAccessReview" }
  | { readonly kind: "resources"; readonly apiVersion: string }
  | { readonly kind: "collection"; readonly type: ResourceType; readonly namespace: string | undefined }
  | {
      readonly kind: "object";
      readonly type: ResourceType;
      readonly namespace: string | undefined;
      readonly name: string;
      readonly subresource: string;
    };

/**
 * What a path names.
 *
 * @throws ApiError NotFound
 */
export function parseRoute(registry: KindRegistry, path: string): Route {
  const parts = path
    .split("/")
    .filter((part) => part !== "")
    .map(decodeURIComponent);
  const [root, ...rest] = parts;
  switch (root) {
    case "version":
      return { kind: "version" };
    case "healthz":
    case "livez":
    case "readyz":
      return { kind: "health" };
    case "openapi":
      return openApiRoute(rest);
    case "api": {
      const [version, ...below] = rest;
      if (version === undefined) return { kind: "api" };
      return below.length === 0 ? { kind: "resources", apiVersion: version } : resourceRoute(registry, version, below);
    }
    case "apis": {
      const [group, version, ...below] = rest;
      if (group === undefined) return { kind: "apis" };
      if (version === undefined) return { kind: "group", group };
      const apiVersion = `${group}/${version}`;
      if (apiVersion === "authorization.k8s.io/v1" && below.length === 1) {
        if (below[0] === "selfsubjectaccessreviews") return { kind: "accessReview", of: "SelfSubjectAccessReview" };
        if (below[0] === "subjectaccessreviews") return { kind: "accessReview", of: "SubjectAccessReview" };
      }
      return below.length === 0 ? { kind: "resources", apiVersion } : resourceRoute(registry, apiVersion, below);
    }
    default:
      throw pathNotFound();
  }
}

function openApiRoute([version, root, ...rest]: readonly string[]): Route {
  if (version === "v2") throw notImplemented("OpenAPI v2");
  if (version !== "v3") throw pathNotFound();
  if (root === undefined) return { kind: "openApi" };
  if ((root !== "api" || rest.length !== 1) && (root !== "apis" || rest.length !== 2)) throw new PageNotFound();
  return { kind: "openApiDocument", apiVersion: rest.join("/") };
}

function resourceRoute(registry: KindRegistry, apiVersion: string, parts: readonly string[]): Route {
  const [first, second, third] = parts;
  // `namespaces/x/status` is a namespace's status, `namespaces/x/pods` the pods in it.
  const isNamespaced = first === "namespaces" && second !== undefined && third !== undefined && !isSubresource(apiVersion, third);
  const namespace = isNamespaced ? second : undefined;
  const [plural, name, subresource, ...more] = isNamespaced ? parts.slice(2) : parts;
  const type = registry.find(apiVersion, plural ?? "");
  if (type === undefined) throw unknownPath(registry, apiVersion);
  if (more.length > 0) throw pathNotFound();
  if (type.namespaced !== isNamespaced && (name !== undefined || isNamespaced)) {
    throw type.custom ? new PageNotFound() : pathNotFound();
  }
  return name === undefined
    ? { kind: "collection", type, namespace }
    : { kind: "object", type, namespace, name, subresource: subresource ?? "" };
}

function isSubresource(apiVersion: string, part: string): boolean {
  return apiVersion === "v1" && (part === "status" || part === "finalize");
}

/** A group of built-in kinds answers for all its paths; another one, only for the versions that it serves. */
export function unknownPath(registry: KindRegistry, apiVersion: string): Error {
  const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
  const types = registry.types().filter((type) => type.group === group);
  const isKnown = types.some((type) => !type.custom || type.apiVersion === apiVersion);
  return isKnown ? pathNotFound() : new PageNotFound();
}
