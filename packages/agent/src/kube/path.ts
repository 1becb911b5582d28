import type { ResourceInfo } from "./resource-info.ts";

/** Where the API server keeps what: `/api/v1` for the core group, `/apis/<group>/<version>` for all others. */
export function groupVersionPath(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/** All objects of a resource, in one namespace or everywhere. */
export function collectionPath(resource: ResourceInfo, namespace: string | undefined): string {
  const base = groupVersionPath(resource.apiVersion);
  const scope = resource.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : "";
  return `${base}${scope}/${resource.plural}`;
}

export function objectPath(resource: ResourceInfo, namespace: string | undefined, name: string, subresource?: string): string {
  const path = `${collectionPath(resource, namespace)}/${encodeURIComponent(name)}`;
  return subresource === undefined ? path : `${path}/${subresource}`;
}

export type QueryValue = string | number | boolean | undefined;

/** Adds the parameters that have a value. */
export function withQuery(path: string, parameters: Readonly<Record<string, QueryValue>>): string {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  if (given.length === 0) return path;
  return `${path}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()}`;
}
