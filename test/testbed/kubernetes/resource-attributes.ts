import type { ResourceAccess } from "@portolan/agent/kube";

const verbs: Readonly<Record<string, readonly [one: string, many: string]>> = {
  GET: ["get", "list"],
  PUT: ["update", "update"],
  PATCH: ["patch", "patch"],
  POST: ["create", "create"],
  DELETE: ["delete", "deletecollection"],
};

/** What the API server authorizes of a request. Undefined for a request that is about no resource (`/version`, discovery). As k8s.io/apiserver's RequestInfo has it. */
export function resourceAttributes(method: string, path: string): ResourceAccess | undefined {
  const url = new URL(path, "http://cluster");
  const parts = url.pathname.split("/").filter((part) => part !== "");
  const [group, rest] = parts[0] === "api" ? ["", parts.slice(2)] : parts[0] === "apis" ? [parts[1] ?? "", parts.slice(3)] : ["", []];
  const inNamespace = rest[0] === "namespaces" && rest.length > 2;
  const [resource, pathName, subresource] = inNamespace ? rest.slice(2) : rest;
  if (resource === undefined) return undefined;
  const selected = /^metadata\.name=([^,]+)$/.exec(url.searchParams.get("fieldSelector") ?? "")?.[1];
  const name = pathName ?? selected;
  const [one, many] = verbs[method] ?? ["", ""];
  const verb = url.searchParams.get("watch") === "true" ? "watch" : pathName === undefined ? many : one;
  const namespace = inNamespace ? rest[1] : resource === "namespaces" ? pathName : undefined;
  return {
    verb,
    group,
    resource,
    ...(subresource === undefined ? {} : { subresource }),
    ...(namespace === undefined ? {} : { namespace }),
    ...(name === undefined ? {} : { name }),
  };
}
