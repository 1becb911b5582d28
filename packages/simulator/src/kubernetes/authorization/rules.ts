import type { JsonObject } from "../json/mod.ts";
import { objectItems, stringField, stringItems } from "../kinds/mod.ts";
import type { Attributes } from "./attributes.ts";
import { serviceAccountOf, type User } from "./user.ts";

/** Whether a rule of a role lets somebody do it (kubernetes `rbac.RuleAllows`). */
export function ruleAllows(rule: JsonObject, attributes: Attributes): boolean {
  const has = (field: string, ...wanted: string[]): boolean => {
    const values = stringItems(rule, field);
    return values.includes("*") || wanted.some((value) => values.includes(value));
  };
  if (!has("verbs", attributes.verb)) return false;
  if (attributes.kind === "path") return stringItems(rule, "nonResourceURLs").some((pattern) => matchesPath(pattern, attributes.path));
  const { group, resource, subresource, name } = attributes;
  const combined = subresource === "" ? resource : `${resource}/${subresource}`;
  const names = stringItems(rule, "resourceNames");
  return (
    has("apiGroups", group) &&
    has("resources", combined, ...(subresource === "" ? [] : [`*/${subresource}`])) &&
    (names.length === 0 || names.includes(name))
  );
}

function matchesPath(pattern: string, path: string): boolean {
  return pattern === "*" || pattern === path || (pattern.endsWith("*") && path.startsWith(pattern.slice(0, -1)));
}

/** Whether a binding is for the user. */
export function bindsUser(binding: JsonObject, user: User): boolean {
  const account = serviceAccountOf(user);
  return objectItems(binding, "subjects").some((subject) => {
    const name = stringField(subject, "name");
    switch (stringField(subject, "kind")) {
      case "User":
        return name === user.name;
      case "Group":
        return user.groups.includes(name);
      case "ServiceAccount":
        return account?.name === name && account.namespace === stringField(subject, "namespace");
      default:
        return false;
    }
  });
}
