import type { ContractCase, ContractStep } from "../contract-case.ts";
import { apply, DEFINITIONS, get, jsonPatch, mergePatch, post, put, remove } from "./requests.ts";

const GROUP = "<ns>.example.com";
const NAME = `foos.${GROUP}`;
const FOOS = `/apis/${GROUP}/v1/namespaces/<ns>/foos`;

const SCHEMA = {
  type: "object",
  required: ["spec"],
  properties: {
    spec: {
      type: "object",
      required: ["text"],
      properties: {
        text: { type: "string", minLength: 2, maxLength: 10, pattern: "^[a-z]+$" },
        count: { type: "integer", minimum: 1, maximum: 10, default: 3 },
        ratio: { type: "number", exclusiveMinimum: true, minimum: 0 },
        choice: { type: "string", enum: ["One", "Two"] },
        flag: { type: "boolean" },
        any: { "x-kubernetes-int-or-string": true },
        free: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        words: { type: "array", maxItems: 3, items: { type: "string" }, "x-kubernetes-list-type": "set" },
        parts: {
          type: "array",
          items: {
            type: "object",
            required: ["name"],
            properties: {
              name: { type: "string" },
              size: { type: "integer", default: 1 },
              tags: { type: "array", items: { type: "string" } },
            },
          },
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name"],
        },
        labels: { type: "object", additionalProperties: { type: "string" }, maxProperties: 2 },
        whole: { type: "object", "x-kubernetes-map-type": "atomic", properties: { a: { type: "string" }, b: { type: "string" } } },
        when: { type: "string", format: "date-time" },
        maybe: { type: "string", nullable: true },
      },
    },
    status: {
      type: "object",
      properties: {
        phase: { type: "string" },
        observedGeneration: { type: "integer" },
        conditions: {
          type: "array",
          items: { type: "object", required: ["type", "status"], properties: { type: { type: "string" }, status: { type: "string" } } },
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["type"],
        },
      },
    },
  },
};

const WITH_STATUS_DEFAULT = {
  ...SCHEMA,
  properties: { ...SCHEMA.properties, status: { ...SCHEMA.properties.status, default: { observedGeneration: -1 } } },
};

const definition = (versions: readonly Record<string, unknown>[], spec: Record<string, unknown> = {}): Record<string, unknown> => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: NAME },
  spec: {
    group: GROUP,
    scope: "Namespaced",
    names: { plural: "foos", singular: "foo", kind: "Foo", shortNames: ["fo"] },
    versions,
    ...spec,
  },
});

const V1 = {
  name: "v1",
  served: true,
  storage: true,
  schema: { openAPIV3Schema: SCHEMA },
  subresources: { status: {} },
};

const foo = (spec: unknown, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  apiVersion: `${GROUP}/v1`,
  kind: "Foo",
  metadata: { name: "one" },
  spec,
  ...more,
});

/** A case with the definition served before its steps, and taken away after them. */
function withDefinition(name: string, steps: readonly ContractStep[], versions: readonly Record<string, unknown>[] = [V1]): ContractCase {
  return {
    name,
    steps: [
      post(DEFINITIONS, definition(versions), 201, { ignore: ["metadata.managedFields"] }),
      get(FOOS, 200, { until: { status: 200 } }),
      ...steps,
      remove(`${DEFINITIONS}/${NAME}`, 200, undefined, { ignore: ["metadata", "status", "spec"] }),
      get(`${DEFINITIONS}/${NAME}`, 404, { until: { status: 404 } }),
      get(FOOS, 404, { until: { status: 404 } }),
    ],
  };
}

/** Custom resources: their definitions, validation, pruning, defaults, status, versions. */
export const customResourceCases: readonly ContractCase[] = [
  withDefinition("a definition becomes Established", [
    get(`${DEFINITIONS}/${NAME}`, 200, { ignore: ["metadata.managedFields", "metadata.resourceVersion"] }),
    get(`/apis/${GROUP}`, 200),
    get(`/apis/${GROUP}/v1`, 200, { ignore: ["resources.storageVersionHash"] }),
  ]),
  withDefinition("custom resources are defaulted, pruned and counted", [
    post(FOOS, foo({ text: "abc", unknown: 1, free: { x: { y: 1 } }, parts: [{ name: "a", other: 1 }] }, { status: { phase: "x" } })),
    mergePatch(`${FOOS}/one`, { spec: { text: "abcd" } }),
    mergePatch(`${FOOS}/one`, { metadata: { labels: { a: "b" } } }),
    mergePatch(`${FOOS}/one`, { spec: { count: null, maybe: null } }),
    mergePatch(`${FOOS}/one`, { status: { phase: "ignored" } }),
    mergePatch(`${FOOS}/one/status`, { status: { phase: "Ready", unknown: 1 }, spec: { text: "ignored" } }),
    put(
      `${FOOS}/one/status`,
      foo({ text: "other" }, { metadata: { name: "one", resourceVersion: "<rv:5>", labels: { c: "d" } }, status: { phase: "New" } }),
    ),
    get(`${FOOS}/one/status`),
    put(`${FOOS}/one`, foo({ text: "abc" }), 422),
    put(`${FOOS}/one`, foo({ text: "abc" }, { metadata: { name: "one", resourceVersion: "<rv:6>" } })),
    get(FOOS),
    post(`${FOOS}?fieldValidation=Strict`, foo({ text: "abc", unknown: 1 }, { metadata: { name: "two" } }), 400),
  ]),
  withDefinition("custom resources are validated", [
    post(FOOS, foo({}), 422),
    post(FOOS, foo({ text: "a" }), 422),
    post(FOOS, foo({ text: "abcdefghijklmn" }), 422),
    post(FOOS, foo({ text: "ABC" }), 422),
    post(FOOS, foo({ text: 1 }), 422),
    post(FOOS, foo({ text: "abc", count: 0 }), 422),
    post(FOOS, foo({ text: "abc", count: 11 }), 422),
    post(FOOS, foo({ text: "abc", count: 1.5 }), 422),
    post(FOOS, foo({ text: "abc", count: "1" }), 422),
    post(FOOS, foo({ text: "abc", ratio: 0 }), 422),
    post(FOOS, foo({ text: "abc", choice: "Three" }), 422),
    post(FOOS, foo({ text: "abc", flag: "yes" }), 422),
    post(FOOS, foo({ text: "abc", any: true }), 422),
    post(FOOS, foo({ text: "abc", words: ["a", "b", "a"] }), 422),
    post(FOOS, foo({ text: "abc", words: ["a", "b", "c", "d"] }), 422),
    post(FOOS, foo({ text: "abc", words: "a" }), 422),
    post(FOOS, foo({ text: "abc", parts: [{ name: "a" }, { name: "a" }] }), 422),
    post(FOOS, foo({ text: "abc", parts: [{}] }), 422),
    post(FOOS, foo({ text: "abc", labels: { a: 1 } }), 422),
    post(FOOS, foo({ text: "abc", labels: { a: "1", b: "2", c: "3" } }), 422),
    post(FOOS, foo({ text: "abc", when: "yesterday" }), 422),
    post(FOOS, foo({ text: null }), 422),
    post(FOOS, foo("text"), 422),
    post(FOOS, { apiVersion: `${GROUP}/v1`, kind: "Foo", metadata: { name: "one" } }, 422),
    post(FOOS, foo({ text: "x", count: 99 }), 422),
    post(FOOS, foo({ text: "abc", any: "x", ratio: 0.5, when: "2026-01-01T00:00:00Z", maybe: null })),
    mergePatch(`${FOOS}/one/status`, { status: { conditions: [{ type: "Ready" }] } }, 422),
    mergePatch(`${FOOS}/one/status`, { status: { phase: 1 } }, 422),
    post(FOOS, { kind: "Foo", metadata: { name: "two" }, spec: { text: "abc" } }, 400),
    post(FOOS, { ...foo({ text: "abc" }), kind: "Bar" }, 422),
    post(FOOS, foo({ text: "abc" }, { metadata: { name: "Not_Valid" } }), 422),
  ]),
  withDefinition("custom resources are applied", [
    apply(
      `${FOOS}/one?fieldManager=one`,
      foo({ text: "abc", words: ["a"], parts: [{ name: "x", size: 2 }], labels: { a: "1" }, whole: { a: "1" } }),
      201,
    ),
    apply(
      `${FOOS}/one?fieldManager=two`,
      foo({ words: ["b"], parts: [{ name: "y" }, { name: "x", tags: ["t"] }], labels: { b: "2" }, free: { q: 1 } }),
    ),
    apply(`${FOOS}/one?fieldManager=two`, foo({ whole: { b: "2" } }), 409),
    apply(`${FOOS}/one?fieldManager=two&force=true`, foo({ whole: { b: "2" }, text: "two" })),
    apply(`${FOOS}/one?fieldManager=one`, foo({ text: "two" })),
    apply(`${FOOS}/one?fieldManager=one`, foo({ text: "two", unknown: 1 }), 500),
    apply(`${FOOS}/one?fieldManager=one`, foo({ text: "x" }), 409),
    apply(`${FOOS}/one?fieldManager=one&force=true`, foo({ text: "x" }), 422),
    apply(`${FOOS}/one/status?fieldManager=agent`, {
      ...foo(undefined),
      status: { phase: "Ready", conditions: [{ type: "Ready", status: "True" }] },
    }),
    apply(`${FOOS}/one/status?fieldManager=other`, { ...foo(undefined), status: { conditions: [{ type: "Other", status: "True" }] } }),
    apply(`${FOOS}/one/status?fieldManager=agent`, { ...foo(undefined), status: { conditions: [{ type: "Ready", status: "False" }] } }),
    apply(`${FOOS}/one/status?fieldManager=agent`, { ...foo({ text: "no" }), status: {} }),
    apply(`${FOOS}/none/status?fieldManager=agent`, { ...foo(undefined), metadata: { name: "none" }, status: {} }, 404),
  ]),
  withDefinition(
    "owners of fields are written over with an object",
    [
      apply(`${FOOS}/one?fieldManager=agent`, foo({ text: "abc" }), 201),
      put(
        `/apis/${GROUP}/v2/namespaces/<ns>/foos/one?fieldManager=agent`,
        {
          ...foo({ text: "abc" }),
          apiVersion: `${GROUP}/v2`,
          metadata: {
            name: "one",
            managedFields: [
              {
                manager: "agent",
                operation: "Apply",
                apiVersion: `${GROUP}/v2`,
                time: "2026-01-01T00:00:00Z",
                fieldsType: "FieldsV1",
                fieldsV1: { "f:spec": { "f:text": {} } },
              },
            ],
            resourceVersion: "<rv:2>",
          },
        },
        200,
      ),
      apply(`/apis/${GROUP}/v2/namespaces/<ns>/foos/one?fieldManager=agent`, {
        ...foo({ count: 2, text: "abc" }),
        apiVersion: `${GROUP}/v2`,
      }),
    ],
    [V1, { ...V1, name: "v2", storage: false }],
  ),
  withDefinition("a status is replaced whole, of one object and one state", [
    post(FOOS, foo({ text: "abc" })),
    apply(`${FOOS}/one/status?fieldManager=agent`, { ...foo(undefined), status: { phase: "Old" } }),
    mergePatch(`${FOOS}/one/status?fieldManager=person`, { status: { conditions: [{ type: "Ready", status: "True" }] } }),
    jsonPatch(`${FOOS}/one/status?fieldManager=agent`, [
      { op: "test", path: "/metadata/uid", value: "<uid:2>" },
      { op: "replace", path: "/metadata/resourceVersion", value: "<rv:4>" },
      { op: "add", path: "/status", value: { phase: "New" } },
    ]),
    jsonPatch(
      `${FOOS}/one/status?fieldManager=agent`,
      [
        { op: "test", path: "/metadata/uid", value: "<uid:2>" },
        { op: "replace", path: "/metadata/resourceVersion", value: "<rv:4>" },
        { op: "add", path: "/status", value: { phase: "Stale" } },
      ],
      409,
    ),
    jsonPatch(
      `${FOOS}/one/status?fieldManager=agent`,
      [
        { op: "test", path: "/metadata/uid", value: "<uid:1>" },
        { op: "add", path: "/status", value: { phase: "Other" } },
      ],
      422,
    ),
    get(`${FOOS}/one`),
  ]),
  withDefinition(
    "a status that nobody has written yet is read by its default",
    [
      post(`${FOOS}?dryRun=All`, foo({ text: "abc" }, { status: { phase: "tried" } })),
      post(FOOS, foo({ text: "abc" }, { status: { phase: "restored" } })),
      get(`${FOOS}/one`),
      get(`${FOOS}/one/status`),
      get(FOOS),
      // Says the same as before.
      mergePatch(`${FOOS}/one`, { spec: { text: "abc" } }),
      mergePatch(`${FOOS}/one`, { spec: { text: "abc" } }),
      mergePatch(`${FOOS}/one`, { spec: { text: "abcd" } }),
      apply(`${FOOS}/one/status?fieldManager=agent`, { ...foo(undefined), status: { observedGeneration: 2, phase: "Ready" } }),
      apply(`${FOOS}/one/status?fieldManager=agent`, { ...foo(undefined), status: { phase: "Ready" } }),
      jsonPatch(`${FOOS}/one/status`, [{ op: "remove", path: "/status" }]),
      apply(`${FOOS}/two?fieldManager=one`, { ...foo({ text: "abc" }, { metadata: { name: "two" } }), status: { phase: "applied" } }, 201),
      apply(`${FOOS}/two?fieldManager=one`, foo({ text: "abc" }, { metadata: { name: "two" } })),
      get(`${FOOS}/two`),
    ],
    [{ ...V1, schema: { openAPIV3Schema: WITH_STATUS_DEFAULT } }],
  ),
  {
    name: "cluster-scoped custom resources with a scale",
    steps: [
      post(
        DEFINITIONS,
        definition(
          [
            {
              ...V1,
              schema: {
                openAPIV3Schema: {
                  type: "object",
                  properties: {
                    spec: { type: "object", properties: { replicas: { type: "integer" } } },
                    status: { type: "object", properties: { replicas: { type: "integer" } } },
                  },
                },
              },
              subresources: { status: {}, scale: { specReplicasPath: ".spec.replicas", statusReplicasPath: ".status.replicas" } },
            },
          ],
          { scope: "Cluster" },
        ),
        201,
        { ignore: ["metadata.managedFields"] },
      ),
      get(`/apis/${GROUP}/v1/foos`, 200, { until: { status: 200 } }),
      post(`/apis/${GROUP}/v1/foos`, foo({ replicas: 2 })),
      post(`/apis/${GROUP}/v1/namespaces/<ns>/foos`, foo({ replicas: 2 }), 404),
      get(`/apis/${GROUP}/v1/foos/one/scale`),
      mergePatch(`/apis/${GROUP}/v1/foos/one/scale`, { spec: { replicas: 4 } }),
      get(`/apis/${GROUP}/v1/foos/one`),
      post(`/apis/${GROUP}/v1/foos`, foo({ replicas: 2 }, { metadata: { name: "two", namespace: "default" } })),
      remove(`${DEFINITIONS}/${NAME}`, 200, undefined, { ignore: ["metadata", "status", "spec"] }),
      get(`${DEFINITIONS}/${NAME}`, 404, { until: { status: 404 } }),
    ],
  },
  withDefinition("custom resources refuse what built-in kinds refuse in other words", [
    post(FOOS, foo({ text: "abc" })),
    put(FOOS, foo({ text: "abc" }), 400),
    post(`${FOOS}/one`, foo({ text: "abc" }), 409),
    mergePatch(`${FOOS}/one`, {}, 415, { headers: { "content-type": "application/strategic-merge-patch+json" } }),
    mergePatch(`${FOOS}/one`, { metadata: { uid: "11111111-1111-4111-8111-111111111111" } }, 422),
    put(
      `${FOOS}/one`,
      foo({ text: "abc" }, { metadata: { name: "one", uid: "11111111-1111-4111-8111-111111111111", resourceVersion: "<rv:2>" } }),
      409,
    ),
    get(`${FOOS}/one/log`, 404),
    get(`${FOOS}?fieldSelector=spec.text%3Dabc`, 400),
    get(`${FOOS}?fieldSelector=metadata.name%3Done`),
    { watch: "foos", path: `${FOOS}?watch=true&resourceVersion=<rv:2>` },
    mergePatch(`${FOOS}/one`, { spec: { text: "abcd" } }),
    remove(`${FOOS}/one`, 200),
    { collect: "foos", events: 2 },
    mergePatch(`${FOOS}/one`, { metadata: { finalizers: [] } }, 404),
    post(FOOS, foo({ text: "abc" }, { metadata: { name: "warned", finalizers: ["unqualified"] } })),
    mergePatch(`${FOOS}/warned`, { metadata: { finalizers: null } }),
    post(FOOS, foo({ text: "abc" }, { metadata: { name: "one", labels: {}, annotations: {}, finalizers: [], ownerReferences: [] } })),
    post(FOOS, foo({ text: "abc" }, { metadata: { name: "two", unknown: 1, labels: { a: 1 } } }), 400),
  ]),
  withDefinition(
    "custom resources in two versions",
    [
      post(FOOS, foo({ text: "abc" })),
      get(`/apis/${GROUP}/v2/namespaces/<ns>/foos/one`, 200, { until: { status: 200 } }),
      mergePatch(`/apis/${GROUP}/v2/namespaces/<ns>/foos/one?fieldManager=v2`, { spec: { extra: "x" } }),
      get(`${FOOS}/one`),
      get(`/apis/${GROUP}/v3/namespaces/<ns>/foos/one`, 404),
      get(`/apis/${GROUP}`),
    ],
    [
      { ...V1, storage: false },
      {
        name: "v2",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                properties: {
                  text: { type: "string" },
                  count: { type: "integer" },
                  extra: { type: "string" },
                  added: { type: "string", default: "new" },
                },
              },
            },
          },
        },
      },
    ],
  ),
  withDefinition(
    "rules of a schema, also on transitions",
    [
      post(FOOS, foo({ name: "a", size: 1, limit: 5, items: [{ key: "x", n: 1 }] })),
      mergePatch(`${FOOS}/one`, { spec: { name: "b" } }, 422),
      mergePatch(`${FOOS}/one`, { spec: { size: 9 } }, 422),
      mergePatch(`${FOOS}/one`, { spec: { limit: null } }, 422),
      mergePatch(
        `${FOOS}/one`,
        {
          spec: {
            items: [
              { key: "x", n: 0 },
              { key: "y", n: 0 },
            ],
          },
        },
        422,
      ),
      mergePatch(`${FOOS}/one`, {
        spec: {
          items: [
            { key: "x", n: 2 },
            { key: "y", n: 0 },
          ],
        },
      }),
      mergePatch(`${FOOS}/one`, { spec: { name: 1 } }, 422),
      post(FOOS, foo({ name: "a", size: 7 }, { metadata: { name: "two" } })),
      post(FOOS, foo({ name: "a", size: 7, limit: 3, words: ["a", "b"] }, { metadata: { name: "three" } }), 422),
    ],
    [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: {
              spec: {
                type: "object",
                properties: {
                  name: {
                    type: "string",
                    maxLength: 10,
                    "x-kubernetes-validations": [{ rule: "self == oldSelf", message: "name cannot change" }],
                  },
                  size: { type: "integer" },
                  limit: { type: "integer" },
                  words: {
                    type: "array",
                    maxItems: 5,
                    items: { type: "string", maxLength: 5 },
                    "x-kubernetes-validations": [{ rule: "size(self) < 2" }],
                  },
                  items: {
                    type: "array",
                    maxItems: 5,
                    items: {
                      type: "object",
                      required: ["key"],
                      properties: { key: { type: "string", maxLength: 5 }, n: { type: "integer" } },
                      "x-kubernetes-validations": [
                        { rule: "self.n >= oldSelf.n", message: "n only grows", reason: "FieldValueForbidden", fieldPath: ".n" },
                      ],
                    },
                    "x-kubernetes-list-type": "map",
                    "x-kubernetes-list-map-keys": ["key"],
                  },
                },
                "x-kubernetes-validations": [
                  {
                    rule: "!has(self.limit) || self.size <= self.limit",
                    messageExpression: "self.size > 8 ? 'far over the limit' : 'over the limit'",
                  },
                  { rule: "!has(oldSelf.limit) || has(self.limit)", message: "limit cannot be unset" },
                ],
              },
            },
          },
        },
      },
    ],
  ),
  withDefinition(
    "what did not change is not refused when a schema became stricter",
    [
      post(FOOS, foo({ text: "long enough", other: 1 })),
      mergePatch(
        `${DEFINITIONS}/${NAME}`,
        {
          spec: {
            versions: [
              {
                name: "v1",
                served: true,
                storage: true,
                schema: {
                  openAPIV3Schema: {
                    type: "object",
                    properties: {
                      spec: {
                        type: "object",
                        properties: {
                          text: { type: "string", maxLength: 3 },
                          other: { type: "integer" },
                          seen: { type: "boolean", default: true },
                        },
                      },
                    },
                  },
                },
              },
            ],
          },
        },
        200,
        { ignore: ["metadata.managedFields", "metadata.resourceVersion", "status.conditions"] },
      ),
      get(`${FOOS}/one`, 200, { until: { path: "spec.seen", equals: true } }),
      mergePatch(`${FOOS}/one`, { spec: { other: 2 } }),
      mergePatch(`${FOOS}/one`, { spec: { text: "still too long" } }, 422),
      mergePatch(`${FOOS}/one`, { spec: { text: "ok" } }),
    ],
    [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: { spec: { type: "object", properties: { text: { type: "string" }, other: { type: "integer" } } } },
          },
        },
      },
    ],
  ),
  {
    name: "invalid definitions are refused",
    steps: [
      post(DEFINITIONS, { ...definition([V1]), metadata: { name: "wrong.example.com" } }, 422),
      post(DEFINITIONS, definition([{ ...V1, storage: false }]), 422, { ignore: ["message", "details.causes.message"] }),
      post(DEFINITIONS, definition([{ name: "v1", served: true, storage: true }]), 422),
      post(
        DEFINITIONS,
        definition([{ ...V1, schema: { openAPIV3Schema: { type: "object", properties: { spec: { properties: { a: {} } } } } } }]),
        422,
      ),
      post(DEFINITIONS, definition([V1], { scope: "Everywhere" }), 422),
      post(DEFINITIONS, definition([V1], { group: "nodots" }), 422),
    ],
  },
  withDefinition("changes of a definition are seen at once, or refused", [
    post(FOOS, foo({ text: "abc" })),
    mergePatch(`${DEFINITIONS}/${NAME}`, { spec: { scope: "Cluster" } }, 422),
    mergePatch(`${DEFINITIONS}/${NAME}`, { spec: { names: { kind: "Other" } } }, 422),
    mergePatch(
      `${DEFINITIONS}/${NAME}`,
      {
        spec: {
          versions: [
            {
              ...V1,
              schema: {
                openAPIV3Schema: {
                  type: "object",
                  properties: {
                    spec: { type: "object", properties: { text: { type: "string" }, born: { type: "string", default: "later" } } },
                  },
                },
              },
            },
          ],
        },
      },
      200,
      { ignore: ["metadata.managedFields", "metadata.resourceVersion", "status.conditions"] },
    ),
    get(`${FOOS}/one`, 200, { until: { path: "spec.born", equals: "later" } }),
  ]),
];
