import { pino } from "pino";
import { describe, expect, it } from "vitest";
import { KubeClient } from "../kube/mod.ts";
import { json, ScriptedServer } from "../kube/testing/mod.ts";
import { serviceInstancePolicy, serviceInstancePolicyBinding } from "../resources/mod.ts";
import { installAdmission } from "./install-admission.ts";

const API = "admissionregistration.k8s.io/v1";
const PATH = `/apis/${API}`;
const POLICY = `PATCH ${PATH}/validatingadmissionpolicies/serviceinstances.portolan.dev`;
const BINDING = `PATCH ${PATH}/validatingadmissionpolicybindings/serviceinstances.portolan.dev`;

function server(...groupVersions: readonly string[]): ScriptedServer {
  const groups = groupVersions.map((groupVersion) => ({ name: groupVersion.split("/")[0], versions: [{ groupVersion, version: "v1" }] }));
  return new ScriptedServer()
    .serves(API, {
      ValidatingAdmissionPolicy: "/validatingadmissionpolicies",
      ValidatingAdmissionPolicyBinding: "/validatingadmissionpolicybindings",
    })
    .always("GET /apis", json(200, { kind: "APIGroupList", groups }));
}

async function install(scripted: ScriptedServer, signal = new AbortController().signal): Promise<{ msg: string; level: number }[]> {
  const lines: { msg: string; level: number }[] = [];
  const logger = pino({ level: "info" }, { write: (line) => lines.push(JSON.parse(line)) });
  await installAdmission(new KubeClient({ transport: scripted.transport }), logger, signal);
  return lines;
}

const writes = (scripted: ScriptedServer) => scripted.requests.filter(({ method }) => method === "PATCH");

describe("the admission policy", () => {
  it("is applied, then bound, in the agent's name", async () => {
    const scripted = server("apps/v1", API)
      .always(POLICY, json(200, serviceInstancePolicy))
      .always(BINDING, json(200, serviceInstancePolicyBinding));
    expect(await install(scripted)).toEqual([]);
    expect(writes(scripted).map(({ method, path }) => `${method} ${path}`)).toEqual([POLICY, BINDING]);
  });

  it("is left out where there are none, which is said once", async () => {
    const scripted = server("apps/v1");
    expect(await install(scripted)).toMatchObject([{ level: 30, msg: expect.stringContaining("no ValidatingAdmissionPolicies") }]);
    expect(scripted.requests).toHaveLength(1);
  });

  it("that may not be written keeps no agent from starting", async () => {
    const refusal = { kind: "Status", status: "Failure", reason: "Forbidden", message: "not you", code: 403 };
    const scripted = server(API).always(POLICY, json(403, refusal));
    expect(await install(scripted)).toMatchObject([{ level: 40, err: { message: expect.stringContaining("not you") } }]);
  });

  it("is not waited for by an agent that is stopped", async () => {
    await expect(install(server(API), AbortSignal.abort(new Error("stopped")))).rejects.toThrow("stopped");
  });
});

describe("what the policy can stand in the way of", () => {
  it("is a ServiceInstance that is created or changed, and nothing where it cannot judge", () => {
    expect(serviceInstancePolicy["spec"]).toMatchObject({
      failurePolicy: "Ignore",
      matchConstraints: {
        resourceRules: [{ apiGroups: ["portolan.dev"], resources: ["serviceinstances"], operations: ["CREATE", "UPDATE"] }],
      },
      matchConditions: [{ expression: "oldObject == null || object.spec != oldObject.spec" }],
    });
    expect(serviceInstancePolicyBinding["spec"]).toEqual({
      policyName: serviceInstancePolicy.metadata.name,
      validationActions: ["Deny"],
    });
  });
});
