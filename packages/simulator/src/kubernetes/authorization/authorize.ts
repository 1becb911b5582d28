import { forbidden, forbiddenPath, notImplemented } from "../errors/mod.ts";
import { objectField, objectItems, stringField } from "../kinds/mod.ts";
import { objectKey, type KubeObject } from "../objects/mod.ts";
import type { ObjectStore } from "../store/mod.ts";
import type { Attributes } from "./attributes.ts";
import { bindsUser, ruleAllows } from "./rules.ts";
import { mayDoEverything, type User } from "./user.ts";

const GROUP = "rbac.authorization.k8s.io";

/** What every user may do on a real server by its default roles: look what is served, and ask what they may do. */
const PUBLIC_PATH = /^\/(?:api|apis|openapi|version|healthz|livez|readyz)(?:\/|$)/;

/** Whether RBAC lets the user do it: by a ClusterRoleBinding, or by a RoleBinding of the namespace. Aggregated roles hold no more than is written in them. */
export function isAllowed(store: ObjectStore, user: User, attributes: Attributes): boolean {
  if (mayDoEverything(user)) return true;
  if (attributes.kind === "path" && attributes.verb === "get" && PUBLIC_PATH.test(attributes.path)) return true;
  if (attributes.kind === "resource" && attributes.group === "authorization.k8s.io" && attributes.resource.startsWith("selfsubject"))
    return true;
  const bindings = store.list(`${GROUP}/clusterrolebindings`).map(({ object }) => object);
  const local =
    attributes.kind === "resource" && attributes.namespace !== ""
      ? store
          .list(`${GROUP}/rolebindings`)
          .map(({ object }) => object)
          .filter(({ metadata }) => metadata.namespace === attributes.namespace)
      : [];
  return [...bindings, ...local]
    .filter((binding) => bindsUser(binding, user))
    .some((binding) => objectItems(roleOf(store, binding), "rules").some((rule) => ruleAllows(rule, attributes)));
}

function roleOf(store: ObjectStore, binding: KubeObject): KubeObject | undefined {
  const reference = objectField(binding, "roleRef");
  const name = stringField(reference, "name");
  return stringField(reference, "kind") === "Role"
    ? store.get(`${GROUP}/roles`, objectKey(binding.metadata.namespace, name))
    : store.get(`${GROUP}/clusterroles`, name);
}

const WRITES: ReadonlySet<string> = new Set(["create", "update", "patch"]);

/**
 * Lets the request pass, or not.
 *
 * @throws ApiError Forbidden; 501 for roles and bindings that an impersonated user writes, because whether these give more than the
 *   user has is not checked here
 */
export function authorize(store: ObjectStore, user: User, attributes: Attributes): void {
  if (isAllowed(store, user, attributes)) {
    const isOfRoles = attributes.kind === "resource" && attributes.group === GROUP && WRITES.has(attributes.verb);
    if (isOfRoles && !mayDoEverything(user)) throw notImplemented("roles and bindings that an impersonated user writes");
    return;
  }
  const { verb } = attributes;
  if (attributes.kind === "path")
    throw forbiddenPath(`User ${JSON.stringify(user.name)} cannot ${verb} path ${JSON.stringify(attributes.path)}`);
  const { group, resource, subresource, namespace, name } = attributes;
  const what = subresource === "" ? resource : `${resource}/${subresource}`;
  const where = namespace === "" ? "at the cluster scope" : `in the namespace ${JSON.stringify(namespace)}`;
  throw forbidden(
    { group, resource },
    name,
    `User ${JSON.stringify(user.name)} cannot ${verb} resource ${JSON.stringify(what)} in API group ${JSON.stringify(group)} ${where}`,
  );
}
