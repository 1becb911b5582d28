import { describe, expect, it } from "vitest";
import type { KubeObject } from "../kube/mod.ts";
import { judge } from "./judge.ts";
import type { Evidence, KnownKind, Refused, StepWork, Trial, Upset } from "./model.ts";

const web: KubeObject = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" } };
const webRef = { apiVersion: "apps/v1", kind: "Deployment", namespace: "apps", name: "web" };

function aStep(parts: Partial<StepWork> = {}): StepWork {
  return {
    to: "1.0.0",
    objects: [web],
    chartHooks: [],
    kinds: [],
    needs: [],
    accesses: [],
    upset: { anything: false, objects: [] },
    ...parts,
  };
}

function evidence(parts: Partial<Evidence> = {}): Evidence {
  return { instanceId: "own", steps: [aStep()], unrendered: [], kinds: new Map(), denied: [], live: [], trials: [], ...parts };
}

const said = (parts: Partial<Evidence>): readonly string[] =>
  judge(evidence(parts), (id) => (id === "theirs" ? "apps/two" : undefined)).map(({ code, message }) => `${code}: ${message}`);

function refusal(status: number, detail: string, causes: Refused["causes"] = []): Refused {
  return { status, reason: "", detail, causes };
}

const immutable = refusal(422, 'Deployment.apps "web" is invalid: spec.selector: Invalid value: {}: field is immutable', [
  { reason: "FieldValueInvalid", message: "Invalid value: {}: field is immutable", field: "spec.selector" },
]);

const tried = (refused: Refused, parts: Partial<Trial> = {}): readonly Trial[] => [
  { ref: webRef, exists: true, refusal: refused, ...parts },
];

describe("a plan", () => {
  it("of which nothing is known to be wrong may begin", () => {
    expect(said({ trials: [{ ref: webRef, exists: true }] })).toEqual([]);
  });

  it("that cannot be rendered is told of first", () => {
    expect(
      said({ unrendered: [{ code: "DuplicateObject", message: "twice" }], denied: [{ verb: "get", group: "", resource: "pods" }] }),
    ).toEqual(["DuplicateObject: twice", "MissingPermissions: the account may not get pods"]);
  });

  it("that an account of the instance's own may not carry out names it", () => {
    expect(said({ account: "system:serviceaccount:apps:web", denied: [{ verb: "get", group: "", resource: "pods" }] })).toEqual([
      "MissingPermissions: the account system:serviceaccount:apps:web may not get pods",
    ]);
  });
});

describe("a kind", () => {
  const boat = { apiVersion: "example.org/v1", kind: "Boat", by: "Boat x" };
  const known = (kind: KnownKind) => new Map([["example.org/v1/Boat", kind]]);
  const steps = [aStep({ to: "1.0.0" }), aStep({ to: "2.0.0", kinds: [boat, boat] }), aStep({ to: "3.0.0", kinds: [boat] })];

  it.each<[string, ReadonlyMap<string, KnownKind>, number]>([
    ["is served", known({ plural: "boats", namespaced: true }), 0],
    ["is brought by an earlier step", known({ plural: "boats", namespaced: true, broughtBy: 0 }), 0],
    ["is brought by the same step", known({ plural: "boats", namespaced: true, broughtBy: 1 }), 0],
    ["is brought too late", known({ plural: "boats", namespaced: true, broughtBy: 2 }), 1],
    ["is brought by nobody", new Map(), 1],
  ])("that %s", (_, kinds, findings) => {
    expect(said({ steps, kinds })).toHaveLength(findings);
  });

  it("that is missing is named once, with what needs it", () => {
    expect(said({ steps })[0]).toMatch(/^UnknownKind: Boat\.example\.org\/v1 \(Boat x, step to 2\.0\.0\)/u);
  });
});

describe("an object that is there already", () => {
  it.each([
    ["belongs to nobody", {}, []],
    ["belongs to the instance itself", { instanceId: "own", appliers: ["helm"] }, []],
    [
      "belongs to another instance",
      { instanceId: "theirs" },
      ["OwnedByAnotherInstance: Deployment apps/web belongs to the ServiceInstance apps/two"],
    ],
    [
      "belongs to an instance that is gone",
      { instanceId: "lost" },
      ["OwnedByAnotherInstance: Deployment apps/web belongs to another ServiceInstance, which is gone"],
    ],
    [
      "is applied by others",
      { appliers: ["helm", "flux"] },
      ["OwnedByOther: Deployment apps/web is applied by helm, flux, which would put it back; take it out there, or delete it"],
    ],
  ])("and %s", (_, live, findings) => {
    expect(said({ live: [{ ref: webRef, appliers: [], ...live }] })).toEqual(findings);
  });
});

describe("a refusal of the API server", () => {
  it.each<[string, Refused, string]>([
    [
      "a webhook that says no",
      refusal(403, 'admission webhook "a.b.c" denied the request: no'),
      "AdmissionRefused: Deployment apps/web: admission webhook",
    ],
    ["a policy that says no", refusal(422, "ValidatingAdmissionPolicy 'x' with binding 'y' denied request: no"), "AdmissionRefused: "],
    [
      "a webhook that hangs",
      refusal(500, 'Internal error: failed calling webhook "a.b.c": context deadline exceeded'),
      "AdmissionUnavailable: Deployment apps/web: the admission webhook a.b.c does not answer",
    ],
    ["a quota", refusal(403, 'configmaps "x" is forbidden: exceeded quota: q, requested: 1'), "QuotaExceeded: "],
    [
      "a namespace that goes away",
      refusal(403, "unable to create new content in namespace x because it is being terminated"),
      "NamespaceTerminating: ",
    ],
    [
      "a field that cannot be changed",
      immutable,
      "ImmutableField: Deployment apps/web: spec.selector cannot be changed while the object exists",
    ],
    [
      "a StatefulSet's fields",
      refusal(422, "Forbidden: updates to statefulset spec for fields other than 'replicas' are forbidden"),
      "ImmutableField: ",
    ],
    ["missing rights", refusal(403, "user x cannot patch"), "MissingPermissions: "],
    ["a wrong value", refusal(422, "spec.replicas: Invalid value: -1"), "Invalid: Deployment apps/web: spec.replicas"],
    ["a field that is none", refusal(500, "failed to create typed patch object: .daat: field not declared in schema"), "Invalid: "],
    ["anything else", refusal(503, "etcd is away"), "DryRunFailed: Deployment apps/web: etcd is away"],
  ])("over %s is told of in words that help", (_, refused, start) => {
    const [finding, ...more] = said({ trials: tried(refused) });
    expect(finding?.slice(0, start.length)).toBe(start);
    expect(more).toEqual([]);
  });

  it.each<[string, Partial<Evidence>]>([
    [
      "is about a webhook that is never asked in a dry run",
      { trials: tried(refusal(400, 'admission webhook "a" does not support dry run')) },
    ],
    ["is about a kind or namespace that is gone by now", { trials: tried(refusal(404, 'namespaces "x" not found')) }],
    [
      "comes of a webhook that the step brings itself",
      {
        trials: tried(refusal(500, 'failed calling webhook "own.example.org": no endpoints')),
        steps: [
          aStep({
            objects: [
              {
                apiVersion: "admissionregistration.k8s.io/v1",
                kind: "ValidatingWebhookConfiguration",
                metadata: { name: "own" },
                webhooks: [{ name: "own.example.org" }],
              },
            ],
          }),
        ],
      },
    ],
  ])("does not count when it %s", (_, parts) => {
    expect(said(parts)).toEqual([]);
  });

  const deployments = { apiVersion: "apps/v1", kind: "Deployment" };
  it.each<[string, Upset, boolean, boolean]>([
    ["nothing", { anything: false, objects: [] }, true, true],
    ["a Job", { anything: true, objects: [] }, true, false],
    ["the deletion of the object", { anything: false, objects: [{ ...deployments, name: "web" }] }, true, false],
    ["a deletion by labels", { anything: false, objects: [deployments] }, true, false],
    ["the deletion of another object", { anything: false, objects: [{ ...deployments, name: "db" }] }, true, true],
    ["a Job, of an object that is not there", { anything: true, objects: [] }, false, true],
  ])("over a field that cannot be changed, with %s before", (_, upset, exists, counts) => {
    expect(said({ steps: [aStep({ upset })], trials: tried(immutable, { exists }) }).length > 0).toBe(counts);
  });
});
