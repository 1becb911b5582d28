import { fieldsAt, listAt } from "@portolan/agent/fields";
import type { KubeObject } from "@portolan/agent/kube";
import type { LeaseRecord } from "@portolan/agent/leadership";
import {
  serviceInstanceCrd,
  serviceInstancePolicy,
  serviceInstancePolicyBinding,
  UNOBSERVED_GENERATION,
  type ServiceInstance,
} from "@portolan/agent/resources";
import type { Standing } from "@portolan/agent/standing";
import { describe, expect, it } from "vitest";
import { judgeAdmission } from "./admission.ts";
import { judgeLease } from "./agent.ts";
import { judgeVersion } from "./api-server.ts";
import { judgePolicy } from "./cluster-policy.ts";
import { judgeDefinition } from "./definitions.ts";
import { judgeFleet } from "./fleet.ts";
import { judgeHelm } from "./helm.ts";
import { judgeInstances } from "./instances.ts";
import { judgeRights } from "./rights.ts";

const now = Date.UTC(2030, 0, 1);

describe("a doctor's judgement", () => {
  it.each([
    ["v1.34.2+k3s1", "ok"],
    ["v1.37.0", "ok"],
    ["v1.33.9", "error"],
    ["v1.38.0", "warning"],
    ["unknown", "warning"],
  ])("of Kubernetes %s is %s", (version, state) => {
    expect(judgeVersion(version)).toMatchObject({ state });
  });

  const lease = (more: Partial<LeaseRecord> = {}): LeaseRecord => ({
    holder: "node-1",
    durationMs: 15_000,
    renewedAt: new Date(now - 2_000).toISOString(),
    transitions: 0,
    annotations: {},
    resourceVersion: "1",
    ...more,
  });

  it.each<[what: string, lease: LeaseRecord | undefined, state: string, words: string]>([
    ["that acts", lease(), "ok", "node-1 acts"],
    ["that there never was", undefined, "error", "no agent has ever held"],
    ["that went in good order", lease({ holder: "" }), "error", "gave its Lease back"],
    [
      "that is silent",
      lease({ renewedAt: new Date(now - 60_000).toISOString() }),
      "error",
      "has not renewed its Lease since 2029-12-31T23:59:00.000Z",
    ],
    ["whose clock is ahead", lease({ renewedAt: new Date(now + 60_000).toISOString() }), "warning", "60 s ahead"],
  ])("of an agent %s", (_, found, state, words) => {
    expect(judgeLease(found, "portolan-system", now)).toMatchObject({ state, message: expect.stringContaining(words) });
  });

  it("of an agent that is seen to renew its Lease is that its clock is behind, not that it is silent", () => {
    const behind = lease({ renewedAt: new Date(now - 600_000).toISOString() });
    expect(judgeLease(behind, "portolan-system", now, true)).toMatchObject({
      state: "warning",
      message: "the clock of node-1 is 600 s behind this machine's",
    });
  });

  const wanted = { ...serviceInstanceCrd, metadata: { name: "things.example.org" } };
  const crd = (status: object, metadata: object = {}, spec: object = {}): KubeObject => ({
    ...wanted,
    metadata: { ...wanted.metadata, ...metadata },
    spec: { ...fieldsAt(wanted, "spec"), conversion: { strategy: "None" }, ...spec },
    status,
  });
  const established = {
    conditions: [
      { type: "Established", status: "True" },
      { type: "NamesAccepted", status: "True" },
    ],
  };
  const versions = listAt(wanted, "spec", "versions");

  it.each<[what: string, live: KubeObject | undefined, state: string, words: string]>([
    ["that is established", crd(established), "ok", "serves v1alpha1"],
    ["that is missing", undefined, "error", "is not there"],
    ["that is going", crd(established, { deletionTimestamp: "2030-01-01T00:00:00Z" }), "error", "is being deleted"],
    ["whose names are taken", crd({ conditions: [{ type: "NamesAccepted", status: "False", message: "taken" }] }), "error", "taken"],
    [
      "of another version alone",
      crd(established, {}, { versions: versions.map((version) => ({ ...fieldsAt({ version }, "version"), name: "v1" })) }),
      "error",
      "does not serve v1alpha1, but v1",
    ],
    [
      "with another schema",
      crd(established, {}, { versions: versions.map((version) => ({ ...fieldsAt({ version }, "version"), schema: {} })) }),
      "warning",
      "of another version of the agent",
    ],
  ])("of a definition %s", (_, live, state, words) => {
    expect(judgeDefinition(wanted, live)).toMatchObject({ state, message: expect.stringContaining(words) });
  });

  const binding = serviceInstancePolicyBinding;
  it.each<[what: string, live: readonly (KubeObject | undefined)[], state: string, words: string]>([
    ["as it is brought along, with defaults", [{ ...serviceInstancePolicy, status: {} }, binding], "ok", "refused at kubectl apply"],
    ["that is not there", [undefined, undefined], "warning", "no ValidatingAdmissionPolicy and no ValidatingAdmissionPolicyBinding"],
    ["that nothing binds", [serviceInstancePolicy, undefined], "warning", "there is no ValidatingAdmissionPolicyBinding"],
    [
      "that only warns",
      [serviceInstancePolicy, { ...binding, spec: { validationActions: ["Warn"] } }],
      "warning",
      "is not as this version",
    ],
  ])("of an admission policy %s", (_, live, state, words) => {
    expect(judgeAdmission(live)).toMatchObject({ state, message: expect.stringContaining(words) });
  });

  it.each<[standing: Standing, states: readonly string[], words: string]>([
    [{ agentVersion: "1", fleet: "None" }, ["ok"], "belongs to no fleet"],
    [{ agentVersion: "1", fleet: "Connected" }, ["ok"], "is connected"],
    [{ agentVersion: "1", fleet: "Connecting" }, ["error"], "has not reached"],
    [{ agentVersion: "1", fleet: "Disconnected" }, ["error"], "has lost the connection"],
    [
      { agentVersion: "1", fleet: "Connected", refusal: "UnknownKey: k" },
      ["ok", "error"],
      "does not take what its hub wishes: UnknownKey: k",
    ],
  ])("of a fleet's connection %j", (standing, states, words) => {
    const findings = judgeFleet(standing, "portolan-system");
    expect(findings.map(({ state }) => state)).toEqual(states);
    expect(findings.at(-1)?.message).toContain(words);
    expect(findings.every(({ state, cure }) => (state === "ok") === (cure === undefined))).toBe(true);
  });

  it.each<[standing: Standing | "Silent", charts: boolean | undefined, state: string, words: string]>([
    [{ agentVersion: "1", fleet: "None", helmVersion: "v4.0.1" }, true, "ok", "has helm v4.0.1"],
    [{ agentVersion: "1", fleet: "None", helmVersion: "v3.19.0" }, true, "error", "is v3.19.0"],
    [{ agentVersion: "1", fleet: "None", helmVersion: "unknown" }, true, "error", "does not say its version"],
    [{ agentVersion: "1", fleet: "None" }, true, "error", "has no helm"],
    [{ agentVersion: "1", fleet: "None" }, undefined, "warning", "has no helm"],
    [{ agentVersion: "1", fleet: "None" }, false, "ok", "needs none"],
    ["Silent", true, "warning", "does not say"],
  ])("of helm by %j, charts wanted: %s", (standing, charts, state, words) => {
    expect(judgeHelm(standing, { charts })).toMatchObject({ state, message: expect.stringContaining(words) });
  });

  it("of rights names every rule that is missing, and where", () => {
    const missing = {
      cluster: [{ apiGroups: ["apps"], resources: ["deployments"], resourceNames: ["web"], verbs: ["get", "patch"] }],
      own: [{ apiGroups: [""], resources: ["secrets"], verbs: ["create"] }],
    };
    expect(judgeRights(missing, { namespace: "agents", account: "a" }).map(({ state, message }) => `${state} ${message}`)).toEqual([
      "error agents/a may not get, patch deployments.apps web",
      "error agents/a may not create secrets in agents",
    ]);
    expect(judgeRights({ cluster: [], own: [] }, { namespace: "agents", account: "a" })).toMatchObject([{ state: "ok" }]);
  });

  it("of the cluster's policy names the place of a mistake", () => {
    const policy = (data: object): KubeObject => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "portolan-policy" }, data });
    expect(judgePolicy(undefined)).toMatchObject({ state: "ok" });
    expect(judgePolicy(policy({ "policy.yaml": "allow: {services: [dns]}" }))).toMatchObject({ state: "ok" });
    expect(judgePolicy(policy({ "policy.yaml": "allow: {service: [dns]}" }))).toMatchObject({
      state: "error",
      message: expect.stringContaining("allow.service"),
    });
    expect(judgePolicy(policy({}))).toMatchObject({ state: "error" });
  });

  it("of instances tells of each that has a problem, and how many have none", () => {
    const condition = (type: "Ready" | "Stalled", status: "True" | "False", reason: string) =>
      ({ type, status, reason, message: "words", observedGeneration: 1, lastTransitionTime: "2030-01-01T00:00:00Z" }) as const;
    const instance = (name: string, more: Partial<ServiceInstance>): ServiceInstance => ({
      apiVersion: "portolan.dev/v1alpha1",
      kind: "ServiceInstance",
      metadata: { namespace: "apps", name },
      spec: { service: "web" },
      ...more,
    });
    expect(
      judgeInstances([
        instance("well", { status: { conditions: [condition("Ready", "True", "Installed")] } }),
        instance("stalled", {
          status: { conditions: [condition("Stalled", "True", "UnknownVersion"), condition("Ready", "False", "UnknownVersion")] },
        }),
        instance("unseen", { status: { observedGeneration: UNOBSERVED_GENERATION } }),
        instance("going", { metadata: { namespace: "apps", name: "going", deletionTimestamp: "2030-01-01T00:00:00Z" } }),
        instance("unready", { status: { conditions: [condition("Ready", "False", "NotReady")] } }),
      ]).map(({ state, message }) => `${state} ${message}`),
    ).toEqual([
      "error apps/stalled: UnknownVersion: words",
      "warning apps/unseen: no agent has looked at it",
      "warning apps/going has been going since 2030-01-01T00:00:00Z",
      "warning apps/unready: NotReady: words",
      "ok 1 of 5 without a problem",
    ]);
    expect(judgeInstances([])).toEqual([{ state: "ok", message: "0 of 0 without a problem" }]);
  });
});
