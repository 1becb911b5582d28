import { stringsAt } from "@portolan/agent/fields";
import type { KubeTransport } from "@portolan/agent/kube";

/** Answers SelfSubjectAccessReviews as RBAC would, for an account that may do everything but this. */
export function forbidding(transport: KubeTransport, denied: (attributes: Readonly<Record<string, string>>) => boolean): KubeTransport {
  return async (request) => {
    if (!request.path.endsWith("/selfsubjectaccessreviews")) return await transport(request);
    const body: unknown = JSON.parse(request.body ?? "{}");
    const attributes = stringsAt(body, "spec", "resourceAttributes");
    const allowed = attributes["verb"] !== "*" && !denied(attributes);
    return {
      status: 201,
      headers: { "content-type": "application/json" },
      body: (async function* answer() {
        yield await Promise.resolve(Buffer.from(JSON.stringify({ status: { allowed } })));
      })(),
    };
  };
}
