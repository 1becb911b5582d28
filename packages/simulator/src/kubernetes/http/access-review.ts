import { isAllowed, type Attributes, type User } from "../authorization/mod.ts";
import { badRequest } from "../errors/mod.ts";
import { isJsonObject, type Json, type JsonObject } from "../json/mod.ts";
import { objectField, stringField, stringItems } from "../kinds/mod.ts";
import type { ObjectStore } from "../store/mod.ts";

/**
 * The answer to a review.
 *
 * @param asker whose rights a SelfSubjectAccessReview asks for
 * @throws ApiError BadRequest
 */
export function accessReviewDocument(
  store: ObjectStore,
  kind: "SelfSubjectAccessReview" | "SubjectAccessReview",
  asker: User,
  review: Json,
): JsonObject {
  const spec = objectField(review, "spec");
  const attributes = attributesOfReview(spec);
  if (!isJsonObject(spec) || attributes === undefined) throw badRequest("expected spec.resourceAttributes or spec.nonResourceAttributes");
  const user = kind === "SelfSubjectAccessReview" ? asker : { name: stringField(spec, "user"), groups: stringItems(spec, "groups") };
  return {
    kind,
    apiVersion: "authorization.k8s.io/v1",
    metadata: {},
    spec: withoutEmpty(spec),
    status: { allowed: isAllowed(store, user, attributes) },
  };
}

/** Go leaves out what is empty. */
function withoutEmpty(spec: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(spec).map(([name, member]) => [
      name,
      isJsonObject(member) ? Object.fromEntries(Object.entries(member).filter(([, value]) => value !== "")) : member,
    ]),
  );
}

function attributesOfReview(spec: JsonObject | undefined): Attributes | undefined {
  const resource = objectField(spec, "resourceAttributes");
  if (resource !== undefined) {
    const field = (name: string): string => stringField(resource, name);
    return {
      kind: "resource",
      verb: field("verb"),
      group: field("group"),
      resource: field("resource"),
      subresource: field("subresource"),
      namespace: field("namespace"),
      name: field("name"),
    };
  }
  const path = objectField(spec, "nonResourceAttributes");
  return path === undefined ? undefined : { kind: "path", verb: stringField(path, "verb"), path: stringField(path, "path") };
}
