import { describe, expect, it } from "vitest";
import type { KubeObject, ManagedFieldsEntry } from "../kube/mod.ts";
import { settle } from "./settle.ts";

const ME = "portolan-agent";

function owns(manager: string, fieldsV1: ManagedFieldsEntry["fieldsV1"] = {}, more: Partial<ManagedFieldsEntry> = {}): ManagedFieldsEntry {
  return { manager, operation: manager === ME ? "Apply" : "Update", apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1, ...more };
}

type Parts = { readonly [field: string]: unknown };

function object(apiVersion: string, kind: string, parts: Parts, managedFields?: readonly ManagedFieldsEntry[]): KubeObject {
  return {
    apiVersion,
    kind,
    metadata: { name: "web", namespace: "apps", ...(managedFields === undefined ? {} : { managedFields }) },
    ...parts,
  };
}

const deployment = (spec: Parts, managedFields?: readonly ManagedFieldsEntry[]): KubeObject =>
  object("apps/v1", "Deployment", { spec }, managedFields);
const configMap = (data: Parts, managedFields?: readonly ManagedFieldsEntry[]): KubeObject =>
  object("v1", "ConfigMap", { data }, managedFields);
const ignoring = (...pointers: string[]) => [{ pointers }];

const replicas = { "f:spec": { "f:replicas": {} } };
const scaledBy = (manager: string) => owns(manager, replicas, { subresource: "scale" });

describe("what belongs to another controller by its nature", () => {
  const bundle = { "f:webhooks": { 'k:{"name":"a.b.c"}': { "f:clientConfig": { "f:caBundle": {} } } } };
  const hooks = (kind: string, caBundle: string, managedFields?: readonly ManagedFieldsEntry[]): KubeObject =>
    object(
      "admissionregistration.k8s.io/v1",
      kind,
      {
        webhooks: [
          { name: "x.y.z", clientConfig: { caBundle: "Cg==" } },
          { name: "a.b.c", clientConfig: { service: "s", caBundle } },
        ],
      },
      managedFields,
    );
  const withoutBundle = {
    webhooks: [
      { name: "x.y.z", clientConfig: { caBundle: "Cg==" } },
      { name: "a.b.c", clientConfig: { service: "s" } },
    ],
  };
  const crd = (caBundle: string, managedFields?: readonly ManagedFieldsEntry[]): KubeObject =>
    object(
      "apiextensions.k8s.io/v1",
      "CustomResourceDefinition",
      { spec: { group: "g", conversion: { strategy: "Webhook", webhook: { clientConfig: { caBundle } } } } },
      managedFields,
    );
  const crdBundle = { "f:spec": { "f:conversion": { "f:webhook": { "f:clientConfig": { "f:caBundle": {} } } } } };
  const role = (rules: readonly unknown[], managedFields?: readonly ManagedFieldsEntry[]): KubeObject =>
    object("rbac.authorization.k8s.io/v1", "ClusterRole", { aggregationRule: {}, rules }, managedFields);

  it.each<[string, KubeObject, KubeObject, Parts]>([
    [
      "replicas that an autoscaler has set",
      deployment({ replicas: 1, paused: true }),
      deployment({ replicas: 5 }, [scaledBy("kube-controller-manager")]),
      { spec: { paused: true } },
    ],
    [
      "the bundle of a mutating webhook",
      hooks("MutatingWebhookConfiguration", ""),
      hooks("MutatingWebhookConfiguration", "bXk=", [owns("cert-manager-cainjector", bundle)]),
      withoutBundle,
    ],
    [
      "the bundle of a validating webhook",
      hooks("ValidatingWebhookConfiguration", ""),
      hooks("ValidatingWebhookConfiguration", "bXk=", [owns("kube-webhook-certgen", bundle)]),
      withoutBundle,
    ],
    [
      "the bundle of a CRD's conversion",
      crd("Cg=="),
      crd("bXk=", [owns("cainjector", crdBundle)]),
      { spec: { group: "g", conversion: { strategy: "Webhook", webhook: { clientConfig: {} } } } },
    ],
    [
      "the rules of an aggregated role",
      role([]),
      role([{ verbs: ["get"] }], [owns("clusterrole-aggregation-controller", { "f:rules": {} }, { operation: "Apply" })]),
      { aggregationRule: {} },
    ],
  ])("is not applied: %s", (_, rendered, live, expected) => {
    const { apiVersion, kind, metadata } = rendered;
    expect(settle(rendered, live, ME, [])).toEqual({ apiVersion, kind, metadata, ...expected });
  });

  it.each<[string, KubeObject, KubeObject]>([
    ["replicas that a person has set", deployment({ replicas: 1 }), deployment({ replicas: 5 }, [scaledBy("kubectl")])],
    [
      "replicas that an autoscaler has not touched",
      deployment({ replicas: 1 }),
      deployment({ replicas: 5 }, [owns("kube-controller-manager", { "f:status": {} })]),
    ],
    [
      "replicas that a controller set by an update",
      deployment({ replicas: 1 }),
      deployment({ replicas: 5 }, [owns("kube-controller-manager", replicas)]),
    ],
    [
      "replicas of a kind that nobody scales",
      object("v1", "Thing", { spec: { replicas: 1 } }),
      object("v1", "Thing", { spec: { replicas: 5 } }, [scaledBy("kube-controller-manager")]),
    ],
    [
      "a bundle that a person has set",
      hooks("MutatingWebhookConfiguration", ""),
      hooks("MutatingWebhookConfiguration", "bXk=", [owns("kubectl-edit", bundle)]),
    ],
    ["rules of a role that a person has set", role([]), role([{}], [owns("kubectl-edit", { "f:rules": {} })])],
    ["what was applied by the agent alone", deployment({ replicas: 1 }), deployment({ replicas: 5 }, [owns(ME, replicas)])],
  ])("does not include %s", (_, rendered, live) => {
    expect(settle(rendered, live, ME, [])).toBe(rendered);
  });

  it("stays as it is in the cluster where the agent owns it too, so that it is not lost for want of an owner", () => {
    const live = deployment({ replicas: 5 }, [owns(ME, replicas), scaledBy("kube-controller-manager")]);
    expect(settle(deployment({ replicas: 1 }), live, ME, [])).toEqual(deployment({ replicas: 5 }));
  });
});

describe("what a rule leaves alone", () => {
  const mine = owns(ME, { "f:data": { "f:a": {}, "f:b/c": {} } });
  const theirs = owns("tug", { "f:data": { "f:a": {} } });

  it.each<[string, KubeObject, KubeObject, string, KubeObject]>([
    [
      "what somebody else owns is not applied",
      configMap({ a: "1", b: "2" }),
      configMap({ a: "x", b: "2" }, [theirs]),
      "/data/a",
      configMap({ b: "2" }),
    ],
    ["what the agent owns stays as it is", configMap({ a: "2" }), configMap({ a: "1" }, [mine]), "/data/a", configMap({ a: "1" })],
    ["what a version has no more stays as well", configMap({}), configMap({ a: "1" }, [mine]), "/data/a", configMap({ a: "1" })],
    ["a name may have a slash", configMap({ "b/c": "2" }), configMap({ "b/c": "1" }, [mine]), "/data/b~1c", configMap({ "b/c": "1" })],
    ["what was taken away is not made again", configMap({ a: "1" }), configMap({}, [owns(ME)]), "/data/a", configMap({})],
    [
      "a whole map: of it only what the agent owns",
      configMap({ a: "2", new: "2" }),
      configMap({ a: "1", d: "3" }, [mine]),
      "/data",
      configMap({ a: "1" }),
    ],
    ["what no object has changes nothing", configMap({ a: "1" }), configMap({ a: "1" }, [mine]), "/spec/replicas", configMap({ a: "1" })],
    [
      "an object's identity is not to be left alone",
      configMap({ a: "1" }),
      configMap({ a: "1" }, [mine]),
      "/metadata/name",
      configMap({ a: "1" }),
    ],
    ["neither are all of its labels", configMap({ a: "1" }), configMap({ a: "1" }, [mine]), "/metadata/labels", configMap({ a: "1" })],
  ])("%s", (_, rendered, live, pointer, expected) => {
    expect(settle(rendered, live, ME, ignoring(pointer))).toEqual(expected);
  });

  it("counts the items of an associative list in the rendered object, and finds them by their keys", () => {
    const item = (name: string, image: string) => ({ name, image });
    const template = (...containers: Parts[]): Parts => ({ template: { spec: { containers } } });
    const itemOf = (name: string) => ({ [`k:{"name":"${name}"}`]: { ".": {}, "f:name": {}, "f:image": {} } });
    const fields = (containers: Parts): Parts => ({ "f:spec": { "f:template": { "f:spec": { "f:containers": containers } } } });
    const live = deployment(template(item("sidecar", "s"), item("main", "live"), item("second", "live")), [
      owns(ME, fields({ ...itemOf("main"), ...itemOf("second") })),
      owns("injector", fields(itemOf("sidecar"))),
    ]);
    const rendered = deployment(template(item("main", "new"), item("second", "new"), item("third", "new")));
    const at = (index: number): string => `/spec/template/spec/containers/${index}/image`;
    expect(settle(rendered, live, ME, ignoring(at(0)))).toEqual(
      deployment(template(item("main", "live"), item("second", "new"), item("third", "new"))),
    );
    // One that the cluster does not have yet has no value to be left alone.
    expect(settle(rendered, live, ME, ignoring(at(2)))).toEqual(
      deployment(template(item("main", "new"), item("second", "new"), { name: "third" })),
    );
    // Without its key it would be another item.
    expect(settle(rendered, live, ME, ignoring("/spec/template/spec/containers/0/name"))).toEqual(rendered);
  });

  it("keeps a part of what is owned as one piece, because to leave it out would change the piece", () => {
    const list = (...items: string[]): KubeObject => object("x/v1", "Thing", { spec: { list: items.map((value) => ({ value })) } });
    const live = object("x/v1", "Thing", { spec: { list: [{ value: "live" }, { value: "b" }] } }, [
      owns("tug", { "f:spec": { "f:list": {} } }),
    ]);
    expect(settle(list("new", "c"), live, ME, ignoring("/spec/list/0/value"))).toEqual(list("live", "c"));
    expect(settle(list("new", "c", "d"), live, ME, ignoring("/spec/list/2/value"))).toEqual(list("new", "c", "d"));
  });

  it("is only about the objects that agree with it", () => {
    const live = configMap({ a: "x" }, [theirs]);
    const rendered = configMap({ a: "1" });
    const rule = { apiVersion: "v1", kind: "ConfigMap", namespace: "apps", name: "web" };
    expect(settle(rendered, live, ME, [{ ...rule, pointers: ["/data/a"] }])).toEqual(configMap({}));
    for (const [field, value] of Object.entries({ apiVersion: "v2", kind: "Secret", namespace: "other", name: "other" })) {
      expect(settle(rendered, live, ME, [{ ...rule, [field]: value, pointers: ["/data/a"] }])).toBe(rendered);
    }
  });
});
