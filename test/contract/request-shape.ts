import type { KubeRequest } from "@portolan/agent/kube";
import { groupsOfBuiltinKinds } from "./builtin-groups.ts";

/** The part of a request that its shape is read from. */
export type ShapedRequest = Pick<KubeRequest, "method" | "path" | "headers"> & { readonly body?: string };

/** Query parameters whose value says what is asked; of all others only the name does. */
const MEANT_VALUES: ReadonlySet<string> = new Set([
  "watch",
  "dryRun",
  "force",
  "fieldValidation",
  "allowWatchBookmarks",
  "sendInitialEvents",
  "resourceVersionMatch",
]);

/** Headers of impersonation, whose values are users and groups. */
const IMPERSONATION = /^impersonate-/;

/**
 * What a request asks, without what it asks it about: method, path without names, query parameters, form of the answer, content
 * type, impersonation, and the members of a DELETE's options. Custom resources are all alike; built-in kinds are not.
 *
 * One line of text, so that shapes can be compared and shown.
 */
export function shapeOf({ method, path, headers, body }: ShapedRequest): string {
  const url = new URL(path, "http://cluster");
  const query = [...url.searchParams]
    .map(([name, value]) => (MEANT_VALUES.has(name) ? `${name}=${value}` : name === "fieldSelector" ? `${name}:${fieldsOf(value)}` : name))
    .toSorted();
  const form = /as=(\w+)/.exec(headers["accept"] ?? "")?.[1];
  const impersonation = Object.keys(headers).filter((name) => IMPERSONATION.test(name));
  return [
    method,
    `${templateOf(url.pathname)}${query.length === 0 ? "" : `?${query.join("&")}`}`,
    ...(form === undefined ? [] : [`as ${form}`]),
    ...(body === undefined ? [] : [`sends ${(headers["content-type"] ?? "nothing").split(";")[0]}`]),
    ...(method === "DELETE" && body !== undefined ? [`{${membersOf(body)}}`] : []),
    ...impersonation.toSorted(),
  ].join(" ");
}

/** The fields that a selector names: what it compares them with is the client's affair. */
function fieldsOf(selector: string): string {
  return selector
    .split(",")
    .map((term) => term.split(/[!=]/)[0] ?? "")
    .toSorted()
    .join(",");
}

function membersOf(body: string): string {
  const value: unknown = JSON.parse(body);
  if (typeof value !== "object" || value === null) return "";
  return Object.entries(value)
    .flatMap(([name, member]: [string, unknown]) =>
      typeof member === "object" && member !== null ? Object.keys(member).map((inner) => `${name}.${inner}`) : [name],
    )
    .filter((name) => name !== "apiVersion" && name !== "kind")
    .toSorted()
    .join(",");
}

/** The path with `*` for names of objects and namespaces, and for the group, version and plural of custom resources. */
function templateOf(path: string): string {
  const [root = "", ...rest] = path.split("/").filter((part) => part !== "");
  if (root === "api") return ["", root, ...(rest[0] === undefined ? [] : [rest[0]]), ...belowVersion(rest.slice(1), true)].join("/");
  if (root !== "apis") return path;
  const [group, version, ...below] = rest;
  if (group === undefined) return "/apis";
  const builtin = groupsOfBuiltinKinds.has(group);
  const named = builtin ? [group, ...(version === undefined ? [] : [version])] : ["*", ...(version === undefined ? [] : ["*"])];
  return ["", root, ...named, ...belowVersion(below, builtin)].join("/");
}

function belowVersion(parts: readonly string[], builtin: boolean): string[] {
  const [first, , third] = parts;
  // `namespaces/x` is a namespace, `namespaces/x/status` its status, and `namespaces/x/pods` are pods.
  const namespaced = first === "namespaces" && third !== undefined && third !== "status" && third !== "finalize";
  const [plural, name, ...subresource] = namespaced ? parts.slice(2) : parts;
  if (plural === undefined) return [];
  return [...(namespaced ? ["namespaces", "*"] : []), builtin ? plural : "*", ...(name === undefined ? [] : ["*"]), ...subresource];
}
