/** Asks the API server what the client may do (authorization.k8s.io/v1 SelfSubjectAccessReview). */
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

export const ACCESS_REVIEW_PATH = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

export function accessReview(access: ResourceAccess): object {
  return { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", spec: { resourceAttributes: access } };
}

/** `patch deployments.apps in default`, `delete clusterroles.rbac.authorization.k8s.io web`. */
export function describeAccess({ verb, group, resource, subresource, namespace, name }: ResourceAccess): string {
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
