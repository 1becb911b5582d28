/** Asks the API server what somebody may do (authorization.k8s.io/v1 SelfSubjectAccessReview and SubjectAccessReview). */
import { ClientReason, KubeError } from "./errors.ts";
import { isRecord } from "./parse.ts";

/** One thing to do to resources, as RBAC names it. */
export interface ResourceAccess {
  /** `get`, `create`, `patch`, …; `*` for all of them. */
  readonly verb: string;
  /** Empty for the core group. */
  readonly group: string;
  /** Plural: `deployments`. */
  readonly resource: string;
  readonly subresource?: string;
  /** Absent: in all namespaces, and for cluster-scoped resources. */
  readonly namespace?: string;
  /** Absent: whatever the name. */
  readonly name?: string;
}

/** One thing to do to a path that is no resource's: `get /metrics`. */
export interface PathAccess {
  readonly verb: string;
  readonly path: string;
}

export type Access = ResourceAccess | PathAccess;

/** Whose rights are asked for: as the API server calls them. */
export interface AccessSubject {
  readonly user: string;
  readonly groups: readonly string[];
}

/** A service account, with the groups that the API server gives it. */
export function serviceAccountSubject({ namespace, name }: { readonly namespace: string; readonly name: string }): AccessSubject {
  const groups = ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"];
  return { user: `system:serviceaccount:${namespace}:${name}`, groups };
}

const API_VERSION = "authorization.k8s.io/v1";

/** @param subject absent: who asks */
export function accessReview(access: Access, subject?: AccessSubject): { readonly path: string; readonly body: object } {
  const kind = subject === undefined ? "SelfSubjectAccessReview" : "SubjectAccessReview";
  return {
    path: `/apis/${API_VERSION}/${kind.toLowerCase()}s`,
    body: {
      apiVersion: API_VERSION,
      kind,
      spec: { ["path" in access ? "nonResourceAttributes" : "resourceAttributes"]: access, ...subject },
    },
  };
}

/** `patch deployments.apps in default`, `get /metrics`, `delete clusterroles.rbac.authorization.k8s.io web`. */
export function describeAccess(access: Access): string {
  if ("path" in access) return `${access.verb} ${access.path}`;
  const { verb, group, resource, subresource, namespace, name } = access;
  const path = subresource === undefined ? resource : `${resource}/${subresource}`;
  const what = group === "" ? path : `${path}.${group}`;
  return `${verb} ${what}${name === undefined ? "" : ` ${name}`}${namespace === undefined ? "" : ` in ${namespace}`}`;
}

/** @throws KubeError MalformedResponse */
export function allowedFromAnswer(answer: unknown, request: string): boolean {
  const status: unknown = isRecord(answer) ? answer["status"] : undefined;
  const allowed: unknown = isRecord(status) ? status["allowed"] : undefined;
  if (typeof allowed === "boolean") return allowed;
  throw new KubeError({
    status: 200,
    reason: ClientReason.MalformedResponse,
    request,
    detail: "expected status.allowed, found something else",
  });
}
