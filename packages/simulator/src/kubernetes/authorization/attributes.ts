import type { KubeRequest } from "@portolan/agent/kube";

/** What a request wants to do, as RBAC names it (apiserver `RequestInfo`). */
export type Attributes =
  | {
      readonly kind: "resource";
      readonly verb: string;
      readonly group: string;
      readonly resource: string;
      readonly subresource: string;
      /** Empty: cluster-scoped, or in all namespaces. */
      readonly namespace: string;
      /** Empty: all of them. */
      readonly name: string;
    }
  | { readonly kind: "path"; readonly verb: string; readonly path: string };

const VERBS = { GET: "get", POST: "create", PUT: "update", PATCH: "patch", DELETE: "delete" } as const;

export function attributesOf({ method, path: target }: Pick<KubeRequest, "method" | "path">): Attributes {
  const url = new URL(target, "http://embedded");
  const parts = url.pathname
    .split("/")
    .filter((part) => part !== "")
    .map(decodeURIComponent);
  const [root, ...rest] = parts;
  const group = root === "apis" ? rest[0] : "";
  const below = root === "apis" ? rest.slice(2) : rest.slice(1);
  if ((root !== "api" && root !== "apis") || group === undefined || below[0] === undefined) {
    return { kind: "path", verb: VERBS[method], path: url.pathname };
  }
  // `namespaces/x` and its subresources are the namespace itself; anything else below it is in it.
  const isInNamespace = below[0] === "namespaces" && below[2] !== undefined && below[2] !== "status" && below[2] !== "finalize";
  const namespace = below[0] === "namespaces" ? (below[1] ?? "") : "";
  const [resource = "", name = "", subresource = ""] = isInNamespace ? below.slice(2) : below;
  const query = url.searchParams;
  return {
    kind: "resource",
    verb: verbOf(method, name, query),
    group,
    resource,
    subresource,
    namespace,
    name: name === "" ? selectedName(query) : name,
  };
}

function verbOf(method: KubeRequest["method"], name: string, query: URLSearchParams): string {
  if (name !== "") return VERBS[method];
  if (method === "DELETE") return "deletecollection";
  if (method !== "GET") return VERBS[method];
  return ["true", "1", ""].includes(query.get("watch") ?? "false") ? "watch" : "list";
}

/** A list or watch of one object by its name is about that object. */
function selectedName(query: URLSearchParams): string {
  return /^metadata\.name==?([^,]+)$/.exec(query.get("fieldSelector") ?? "")?.[1] ?? "";
}
