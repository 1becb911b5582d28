import { badRequest } from "../errors/mod.ts";
import { isJsonObject, type Json, type JsonObject } from "../json/mod.ts";

/**
 * The answer to a SelfSubjectAccessReview where everybody may do everything.
 *
 * @throws ApiError BadRequest
 */
export function accessReviewDocument(review: Json): JsonObject {
  const spec = isJsonObject(review) ? review["spec"] : undefined;
  if (!isJsonObject(spec) || !isJsonObject(spec["resourceAttributes"])) throw badRequest("expected spec.resourceAttributes");
  return {
    kind: "SelfSubjectAccessReview",
    apiVersion: "authorization.k8s.io/v1",
    metadata: {},
    spec: { resourceAttributes: spec["resourceAttributes"] },
    status: { allowed: true },
  };
}
