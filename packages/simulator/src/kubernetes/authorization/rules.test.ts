import { describe, expect, it } from "vitest";
import type { JsonObject } from "../json/mod.ts";
import { attributesOf, type Attributes } from "./attributes.ts";
import { bindsUser, ruleAllows } from "./rules.ts";
import { userOf } from "./user.ts";

describe("what a request wants to do", () => {
  it.each([
    ["GET", "/api/v1/namespaces/x/pods", "list /pods in x"],
    ["GET", "/api/v1/namespaces/x/pods?watch=true", "watch /pods in x"],
    ["GET", "/api/v1/pods?fieldSelector=metadata.name%3Da", "list /pods a"],
    ["GET", "/api/v1/namespaces/x/pods/a/log?container=c", "get /pods/log a in x"],
    ["GET", "/api/v1/namespaces", "list /namespaces"],
    ["GET", "/api/v1/namespaces/x", "get /namespaces x in x"],
    ["PUT", "/api/v1/namespaces/x/finalize", "update /namespaces/finalize x in x"],
    ["POST", "/apis/apps/v1/namespaces/x/deployments", "create apps/deployments in x"],
    ["PATCH", "/apis/apps/v1/namespaces/x/deployments/a/scale", "patch apps/deployments/scale a in x"],
    ["DELETE", "/apis/apps/v1/namespaces/x/deployments", "deletecollection apps/deployments in x"],
    ["GET", "/apis/apps/v1", "get path /apis/apps/v1"],
    ["GET", "/healthz", "get path /healthz"],
  ] as const)("%s %s is %s", (method, path, described) => {
    expect(describeAttributes(attributesOf({ method, path }))).toBe(described);
  });
});

function describeAttributes(attributes: Attributes): string {
  if (attributes.kind === "path") return `${attributes.verb} path ${attributes.path}`;
  const { verb, group, resource, subresource, name, namespace } = attributes;
  return [
    verb,
    [group, resource, ...(subresource === "" ? [] : [subresource])].join("/"),
    ...(name === "" ? [] : [name]),
    ...(namespace === "" ? [] : ["in", namespace]),
  ].join(" ");
}

const scale: Attributes = {
  kind: "resource",
  verb: "patch",
  group: "apps",
  resource: "deployments",
  subresource: "scale",
  namespace: "x",
  name: "a",
};

describe("a rule", () => {
  it.each<[JsonObject, boolean]>([
    [{ apiGroups: ["apps"], resources: ["deployments/scale"], verbs: ["patch"] }, true],
    [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }, true],
    [{ apiGroups: ["apps"], resources: ["*/scale"], verbs: ["patch"] }, true],
    [{ apiGroups: ["apps"], resources: ["deployments/scale"], resourceNames: ["a"], verbs: ["patch"] }, true],
    [{ apiGroups: ["apps"], resources: ["deployments"], verbs: ["patch"] }, false],
    [{ apiGroups: [""], resources: ["deployments/scale"], verbs: ["patch"] }, false],
    [{ apiGroups: ["apps"], resources: ["deployments/scale"], verbs: ["get"] }, false],
    [{ apiGroups: ["apps"], resources: ["deployments/scale"], resourceNames: ["b"], verbs: ["patch"] }, false],
    [{ nonResourceURLs: ["*"], verbs: ["*"] }, false],
  ])("%j lets somebody scale a Deployment: %s", (rule, allowed) => {
    expect(ruleAllows(rule, scale)).toBe(allowed);
  });

  it.each([
    ["/metrics", true],
    ["/metrics/*", false],
    ["/met*", true],
    ["*", true],
  ])("for %s lets somebody read /metrics: %s", (pattern, allowed) => {
    expect(ruleAllows({ nonResourceURLs: [pattern], verbs: ["get"] }, { kind: "path", verb: "get", path: "/metrics" })).toBe(allowed);
  });
});

describe("a binding", () => {
  const account = userOf({ "impersonate-user": "system:serviceaccount:x:robot" });

  it.each<[JsonObject, boolean]>([
    [{ kind: "ServiceAccount", namespace: "x", name: "robot" }, true],
    [{ kind: "ServiceAccount", namespace: "y", name: "robot" }, false],
    [{ kind: "User", name: "system:serviceaccount:x:robot" }, true],
    [{ kind: "Group", name: "system:serviceaccounts:x" }, true],
    [{ kind: "Group", name: "system:authenticated" }, true],
    [{ kind: "Group", name: "system:masters" }, false],
  ])("with the subject %j is for the service account: %s", (subject, bound) => {
    expect(bindsUser({ subjects: [subject] }, account)).toBe(bound);
  });

  it("is for the groups that are named, in place of the service account's own", () => {
    const user = userOf({ "impersonate-user": "system:serviceaccount:x:robot", "impersonate-group": "a, b" });
    expect(user.groups).toStrictEqual(["a", "b", "system:authenticated"]);
  });
});
