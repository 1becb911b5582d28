import type { RequestStep } from "../contract-case.ts";

/** Paths of the cases' namespace. */
export const CONFIG_MAPS = "/api/v1/namespaces/<ns>/configmaps";
export const SECRETS = "/api/v1/namespaces/<ns>/secrets";
export const DEPLOYMENTS = "/apis/apps/v1/namespaces/<ns>/deployments";
export const JOBS = "/apis/batch/v1/namespaces/<ns>/jobs";
export const DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

type Options = Partial<Omit<RequestStep, "method" | "path" | "body" | "expect">>;

export function get(path: string, expect = 200, options: Options = {}): RequestStep {
  return { method: "GET", path, expect, ...options };
}

export function post(path: string, body: unknown, expect = 201, options: Options = {}): RequestStep {
  return { method: "POST", path, body, expect, ...options };
}

export function put(path: string, body: unknown, expect = 200, options: Options = {}): RequestStep {
  return { method: "PUT", path, body, expect, ...options };
}

export function remove(path: string, expect = 200, body?: unknown, options: Options = {}): RequestStep {
  return { method: "DELETE", path, expect, ...(body === undefined ? {} : { body }), ...options };
}

function patch(type: string): (path: string, body: unknown, expect?: number, options?: Options) => RequestStep {
  return (path, body, expect = 200, options = {}) => ({
    method: "PATCH",
    path,
    body,
    expect,
    ...options,
    headers: { "content-type": type, ...options.headers },
  });
}

export const mergePatch = patch("application/merge-patch+json");
export const jsonPatch = patch("application/json-patch+json");

/** For built-in kinds alone. */
export const strategicMergePatch = patch("application/strategic-merge-patch+json");

/** Server-side apply; the path names the field manager. */
export const apply = patch("application/apply-patch+yaml");

export function configMap(name: string, data?: Record<string, string>, metadata: Record<string, unknown> = {}): Record<string, unknown> {
  return { apiVersion: "v1", kind: "ConfigMap", metadata: { name, ...metadata }, ...(data === undefined ? {} : { data }) };
}
