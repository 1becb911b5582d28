import { describe, expect, it } from "vitest";
import type { ServiceInstance } from "../../resources/mod.ts";
import { upgradeCommand } from "./arguments.ts";
import { targetOf } from "./tools.ts";

function instanceOf(name: string, serviceAccountName?: string): ServiceInstance {
  const spec = { service: "web", ...(serviceAccountName === undefined ? {} : { serviceAccountName }) };
  return { apiVersion: "portolan.dev/v1alpha1", kind: "ServiceInstance", metadata: { namespace: "apps", name }, spec };
}

const argsFor = (instance: ServiceInstance): readonly string[] =>
  upgradeCommand(targetOf({ kubeconfig: undefined }, { instance, targetNamespace: "shop" }), {
    archive: "web.tgz",
    digest: "",
    values: {},
    step: "a.0",
    version: "1.0.0",
    ignored: "none",
    instanceLabel: "id",
    instance: "x",
    description: "",
    timeoutSeconds: 30,
    installsAnew: false,
    postRenderer: [],
  }).args;

describe("helm", () => {
  it("works in the name of the account in the instance's own namespace, wherever its objects go", () => {
    const args = argsFor(instanceOf("one", "keeper"));
    expect(args).toContain("--namespace=shop");
    expect(args).toContain("--kube-as-user=system:serviceaccount:apps:keeper");
  });

  it("works in the agent's own name when the instance names no account", () => {
    expect(argsFor(instanceOf("one")).filter((arg) => arg.includes("as-user"))).toEqual([]);
  });

  it("has no release for a name that is too long for one", () => {
    expect(() => argsFor(instanceOf("x".repeat(54)))).toThrow("at most 53 characters");
  });
});
