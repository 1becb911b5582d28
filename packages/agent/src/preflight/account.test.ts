import { describe, expect, it } from "vitest";
import { KubeClient } from "../kube/mod.ts";
import { json, ScriptedServer, status } from "../kube/testing/mod.ts";
import type { ServiceInstance } from "../resources/mod.ts";
import { accountFindings } from "./account.ts";

const REVIEW = "POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews";
const GET = "GET /api/v1/namespaces/apps/serviceaccounts/keeper";
const keeper = { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "keeper", namespace: "apps" } };

function instanceOf(serviceAccountName?: string): ServiceInstance {
  const spec = { service: "web", ...(serviceAccountName === undefined ? {} : { serviceAccountName }) };
  return { apiVersion: "portolan.dev/v1alpha1", kind: "ServiceInstance", metadata: { namespace: "apps", name: "one" }, spec };
}

describe("the account of an instance", () => {
  const server = (mayImpersonate: boolean): ScriptedServer =>
    new ScriptedServer()
      .serves("v1", { ServiceAccount: "serviceaccounts" })
      .always(REVIEW, json(201, { status: { allowed: mayImpersonate } }));
  const codes = async ({ transport }: ScriptedServer, name?: string): Promise<readonly string[]> =>
    (await accountFindings(new KubeClient({ transport }), instanceOf(name))).map(({ code }) => code);

  it("is not asked for when it names none", async () => {
    expect(await codes(new ScriptedServer())).toEqual([]);
  });

  it("can be used when it is there and the agent may impersonate it", async () => {
    expect(await codes(server(true).always(GET, json(200, keeper)), "keeper")).toEqual([]);
  });

  it("cannot be used by an agent that may not impersonate it", async () => {
    expect(await codes(server(false), "keeper")).toEqual(["ImpersonationForbidden"]);
  });

  it("cannot be used when it does not exist", async () => {
    expect(await codes(server(true).always(GET, status(404, "NotFound", "not found")), "keeper")).toEqual(["ServiceAccountNotFound"]);
  });

  it("can be used also by an agent that may not see it", async () => {
    expect(await codes(server(true).always(GET, status(403, "Forbidden", "no")), "keeper")).toEqual([]);
  });
});
