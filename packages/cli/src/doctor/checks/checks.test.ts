import type { KubeObject } from "@portolan/agent/kube";
import type { LeaseRecord } from "@portolan/agent/leadership";
import type { ServiceInstance } from "@portolan/agent/resources";
import { describe, expect, it } from "vitest";
import { judgeAdmission } from "./admission.ts";
import { judgeLease } from "./agent.ts";
import { judgeVersion } from "./api-server.ts";
import { judgePolicy } from "./cluster-policy.ts";
import { judgeDefinition } from "./definitions.ts";
import { judgeInstances } from "./instances.ts";

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

  const crd = (status: object, metadata: object = {}): KubeObject => ({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "things.example.org", ...metadata },
    status,
  });
  const established = {
    conditions: [
      { type: "Established", status: "True" },
      { type: "NamesAccepted", status: "True" },
    ],
  };

  it.each<[what: string, live: KubeObject | undefined, state: string]>([
    ["that is established", crd(established), "ok"],
    ["that is missing", undefined, "error"],
    ["that is going", crd(established, { deletionTimestamp: "2030-01-01T00:00:00Z" }), "error"],
    ["whose names are taken", crd({ conditions: [{ type: "NamesAccepted", status: "False", message: "taken" }] }), "error"],
  ])("of a definition %s", (_, live, state) => {
    expect(judgeDefinition("things.example.org", live)).toMatchObject({ state });
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
    expect(judgeAdmission(false)).toMatchObject({ state: "warning" });
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
        instance("unseen", {}),
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
