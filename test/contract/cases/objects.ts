import type { ContractCase } from "../contract-case.ts";
import { CONFIG_MAPS, configMap, DEPLOYMENTS, get, jsonPatch, mergePatch, post, put, remove, SECRETS } from "./requests.ts";

const ONE = `${CONFIG_MAPS}/one`;

/** Create, read, update, patch and delete of plain objects, and how each is refused. */
export const objectCases: readonly ContractCase[] = [
  {
    name: "create, read and replace an object",
    steps: [
      post(CONFIG_MAPS, configMap("one", { a: "1" }, { labels: { app: "x" } })),
      get(ONE),
      put(ONE, configMap("one", { a: "2" })),
      put(ONE, { ...configMap("one", { a: "3" }), metadata: { name: "one", resourceVersion: "<rv:2>" } }),
      get(ONE),
    ],
  },
  {
    name: "a write that changes nothing keeps the resourceVersion",
    steps: [
      post(CONFIG_MAPS, configMap("one", { a: "1" })),
      put(ONE, configMap("one", { a: "1" })),
      mergePatch(ONE, { data: { a: "1" } }),
      jsonPatch(ONE, [{ op: "replace", path: "/data/a", value: "1" }]),
      get(ONE),
    ],
  },
  {
    name: "a stale resourceVersion is a conflict",
    steps: [
      post(CONFIG_MAPS, configMap("one", { a: "1" })),
      put(ONE, configMap("one", { a: "2" })),
      put(ONE, configMap("one", { a: "3" }, { resourceVersion: "<rv:1>" }), 409),
      mergePatch(ONE, { metadata: { resourceVersion: "<rv:1>" }, data: { a: "4" } }, 409),
      mergePatch(ONE, { metadata: { resourceVersion: "<rv:2>" }, data: { a: "4" } }),
    ],
  },
  {
    name: "a wrong uid is a conflict",
    steps: [
      post(CONFIG_MAPS, configMap("one")),
      put(ONE, configMap("one", {}, { uid: "11111111-1111-4111-8111-111111111111" }), 409),
      mergePatch(ONE, { metadata: { uid: "11111111-1111-4111-8111-111111111111" } }, 422),
    ],
  },
  {
    name: "what exists is not created again",
    steps: [post(CONFIG_MAPS, configMap("one")), post(CONFIG_MAPS, configMap("one"), 409)],
  },
  {
    name: "what does not exist is not found",
    steps: [
      get(ONE, 404),
      put(ONE, configMap("one"), 404),
      mergePatch(ONE, { data: {} }, 404),
      jsonPatch(ONE, [], 404),
      remove(ONE, 404),
      get("/apis/nothing.example.com/v1/things", 404),
      get("/api/v1/namespaces/<ns>/things", 404),
      post("/api/v1/namespaces/no-such-namespace/configmaps", configMap("one"), 404),
      get("/api/v1/namespaces/no-such-namespace/configmaps/one", 404),
    ],
  },
  {
    name: "names and namespaces must fit the path",
    steps: [
      post(CONFIG_MAPS, configMap("one", {}, { namespace: "default" }), 400),
      post(CONFIG_MAPS, configMap("one")),
      put(ONE, configMap("two"), 400),
      put(ONE, configMap("one", {}, { namespace: "default" }), 400),
      mergePatch(ONE, { metadata: { name: "two" } }, 400),
      mergePatch(ONE, { metadata: { namespace: "default" } }, 400),
      post(CONFIG_MAPS, { apiVersion: "v1", kind: "ConfigMap", metadata: {} }, 422),
    ],
  },
  {
    name: "kinds must fit the path",
    steps: [
      post(CONFIG_MAPS, { ...configMap("one"), apiVersion: "v2" }, 400),
      post(DEPLOYMENTS, { ...configMap("one"), apiVersion: "apps/v1beta1", kind: "Deployment" }, 400),
      post(CONFIG_MAPS, { metadata: { name: "one" } }),
    ],
  },
  {
    name: "invalid metadata is refused",
    steps: [
      post(CONFIG_MAPS, configMap("Not_A_Name"), 422),
      post(CONFIG_MAPS, configMap("one", {}, { labels: { "not a key": "v" } }), 422),
      post(CONFIG_MAPS, configMap("one", {}, { labels: { key: "not a value!" } }), 422),
      post(CONFIG_MAPS, configMap("one", {}, { annotations: { "/bad": "x" } }), 422),
      post(CONFIG_MAPS, configMap("one", {}, { ownerReferences: [{ apiVersion: "v1", kind: "", name: "x", uid: "u" }] }), 422),
      post(CONFIG_MAPS, configMap("one", { "bad key": "x" }), 422),
    ],
  },
  {
    name: "immutable objects stay as they are",
    steps: [
      post(CONFIG_MAPS, { ...configMap("one", { a: "1" }), immutable: true }),
      mergePatch(ONE, { data: { a: "2" } }, 422),
      mergePatch(ONE, { immutable: false }, 422),
      mergePatch(ONE, { metadata: { labels: { a: "b" } } }),
    ],
  },
  {
    name: "secrets",
    steps: [
      post(SECRETS, { apiVersion: "v1", kind: "Secret", metadata: { name: "one" }, data: { a: "MQ==" } }),
      post(SECRETS, { apiVersion: "v1", kind: "Secret", metadata: { name: "two" }, stringData: { a: "1" } }),
      mergePatch(`${SECRETS}/one`, { type: "kubernetes.io/tls" }, 422),
      mergePatch(`${SECRETS}/one`, { data: { b: "Mg==" } }),
    ],
  },
  {
    name: "unknown fields",
    steps: [
      post(CONFIG_MAPS, { ...configMap("one"), unknown: 1 }),
      post(`${CONFIG_MAPS}?fieldValidation=Strict`, { ...configMap("two"), unknown: 1 }, 400),
      put(`${ONE}?fieldValidation=Strict`, { ...configMap("one"), unknown: 1 }, 400),
      // The message holds the whole object.
      mergePatch(`${ONE}?fieldValidation=Strict`, { unknown: 1 }, 422, { ignore: ["message", "details.causes.message"] }),
      post(`${CONFIG_MAPS}?fieldValidation=Ignore`, { ...configMap("three"), unknown: 1 }),
    ],
  },
  {
    name: "merge patches",
    steps: [
      post(CONFIG_MAPS, configMap("one", { a: "1", b: "2" }, { annotations: { x: "y" } })),
      mergePatch(ONE, { data: { a: null, c: "3" } }),
      mergePatch(ONE, { data: null, metadata: { annotations: null } }),
      mergePatch(ONE, "[]", 400),
      mergePatch(ONE, "{", 400),
    ],
  },
  {
    name: "JSON patches",
    steps: [
      post(CONFIG_MAPS, configMap("one", { a: "1" })),
      jsonPatch(
        ONE,
        [
          { op: "test", path: "/data/a", value: "1" },
          { op: "add", path: "/data/b", value: "2" },
          { op: "move", from: "/data/b", path: "/data/c" },
          { op: "copy", from: "/data/a", path: "/data/d" },
          { op: "remove", path: "/data/a" },
          { op: "add", path: "/metadata/labels", value: { "x~y": "z" } },
        ],
        422,
      ),
      jsonPatch(ONE, [
        { op: "test", path: "/data/a", value: "1" },
        { op: "add", path: "/data/b", value: "2" },
        { op: "move", from: "/data/b", path: "/data/c" },
        { op: "remove", path: "/data/a" },
        { op: "add", path: "/metadata/labels", value: { "x.y/z": "z" } },
        { op: "replace", path: "/metadata/labels/x.y~1z", value: "w" },
      ]),
      jsonPatch(ONE, [{ op: "test", path: "/data/c", value: "9" }], 422),
      jsonPatch(ONE, [{ op: "remove", path: "/data/zzz" }], 422),
      jsonPatch(ONE, [{ op: "replace", path: "/data/zzz", value: "1" }]),
    ],
  },
  {
    name: "patch types",
    steps: [post(CONFIG_MAPS, configMap("one")), mergePatch(ONE, {}, 415, { headers: { "content-type": "application/unknown" } })],
  },
  {
    name: "dry runs change nothing",
    steps: [
      post(`${CONFIG_MAPS}?dryRun=All`, configMap("one", { a: "1" })),
      get(ONE, 404),
      post(CONFIG_MAPS, configMap("one", { a: "1" })),
      mergePatch(`${ONE}?dryRun=All`, { data: { a: "2" } }),
      put(`${ONE}?dryRun=All`, configMap("one", { a: "2" })),
      remove(`${ONE}?dryRun=All`),
      get(ONE),
      post(`${CONFIG_MAPS}?dryRun=Some`, configMap("two"), 422),
    ],
  },
  {
    name: "fields of another type",
    steps: [
      post(CONFIG_MAPS, { ...configMap("one"), data: { a: 1 } }, 400),
      post(CONFIG_MAPS, { ...configMap("one"), data: ["a"] }, 400),
      post(CONFIG_MAPS, { ...configMap("one"), metadata: { name: 1 } }, 400),
      post(CONFIG_MAPS, { ...configMap("one"), metadata: { name: "one", labels: { a: 1 } } }, 400),
      post(CONFIG_MAPS, { ...configMap("one"), metadata: { name: "one", finalizers: "x" } }, 400),
      post(CONFIG_MAPS, "{", 400),
      post(CONFIG_MAPS, "[]", 400),
      post(CONFIG_MAPS, configMap("one")),
      // The messages hold the whole object.
      mergePatch(ONE, { data: { a: 1 } }, 422, { ignore: ["message", "details.causes.message"] }),
      mergePatch(ONE, { metadata: { labels: { a: 1 } } }, 422, { ignore: ["message", "details.causes.message"] }),
    ],
  },
  {
    name: "quantities and times come back in their canonical form",
    steps: [
      post(
        "/api/v1/namespaces/<ns>/persistentvolumeclaims?dryRun=All",
        {
          apiVersion: "v1",
          kind: "PersistentVolumeClaim",
          metadata: { name: "a" },
          spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1024Mi" }, limits: { storage: 2000 } } },
        },
        201,
        { ignore: ["metadata.finalizers"] },
      ),
      post("/apis/coordination.k8s.io/v1/namespaces/<ns>/leases?dryRun=All", {
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: { name: "a" },
        spec: { renewTime: "2026-01-01T01:00:00.500000+01:00" },
      }),
      post(
        "/apis/coordination.k8s.io/v1/namespaces/<ns>/leases?dryRun=All",
        { apiVersion: "coordination.k8s.io/v1", kind: "Lease", metadata: { name: "a" }, spec: { renewTime: "2026-01-01T01:00:00.5Z" } },
        400,
      ),
    ],
  },
  {
    name: "lists over all namespaces, and cluster-scoped kinds",
    steps: [
      post(CONFIG_MAPS, configMap("one", {}, { labels: { "<ns>": "x" } })),
      get("/api/v1/configmaps?labelSelector=<ns>%3Dx"),
      post("/api/v1/configmaps", configMap("one"), 405),
      get("/api/v1/namespaces?fieldSelector=metadata.name%3D<ns>"),
      get("/api/v1/namespaces?fieldSelector=metadata.name%3D<ns>,status.phase%3DActive"),
      mergePatch("/api/v1/namespaces/<ns>", { metadata: { labels: { a: "b" } } }),
      mergePatch("/api/v1/namespaces/<ns>/status", { status: { phase: "Terminating" } }, 422),
      mergePatch("/api/v1/namespaces/<ns>", { metadata: { labels: { "kubernetes.io/metadata.name": "other" } } }),
      post("/apis/rbac.authorization.k8s.io/v1/clusterroles", {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRole",
        metadata: { name: "<ns>", namespace: "ignored" },
        rules: [],
      }),
      remove("/apis/rbac.authorization.k8s.io/v1/clusterroles/<ns>"),
    ],
  },
  {
    name: "generated names",
    steps: [
      post(CONFIG_MAPS, { apiVersion: "v1", kind: "ConfigMap", metadata: { generateName: "gen-" } }, 201, {
        ignore: ["metadata.name"],
      }),
    ],
  },
  {
    name: "metadata alone",
    steps: [
      post(CONFIG_MAPS, configMap("one", { a: "1" }, { labels: { a: "b" } })),
      get(ONE, 200, { headers: { accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1" } }),
      get(`${CONFIG_MAPS}?fieldSelector=metadata.name%3Done`, 200, {
        headers: { accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1" },
      }),
    ],
  },
  {
    name: "methods that a resource does not have",
    steps: [post(ONE, configMap("one"), 405), put(CONFIG_MAPS, configMap("one"), 405)],
  },
  {
    name: "leases are created by update and updated only with a resourceVersion",
    steps: [
      put(
        "/apis/coordination.k8s.io/v1/namespaces/<ns>/leases/one",
        {
          apiVersion: "coordination.k8s.io/v1",
          kind: "Lease",
          metadata: { name: "one" },
          spec: { holderIdentity: "a", leaseDurationSeconds: 15, renewTime: "2026-01-01T00:00:00.000000Z" },
        },
        201,
      ),
      put(
        "/apis/coordination.k8s.io/v1/namespaces/<ns>/leases/one",
        {
          apiVersion: "coordination.k8s.io/v1",
          kind: "Lease",
          metadata: { name: "one" },
          spec: { holderIdentity: "b" },
        },
        422,
      ),
      put("/apis/coordination.k8s.io/v1/namespaces/<ns>/leases/one", {
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: { name: "one", resourceVersion: "<rv:1>" },
        spec: { holderIdentity: "b" },
      }),
    ],
  },
  {
    name: "events of both API groups are the same objects",
    steps: [
      post("/apis/events.k8s.io/v1/namespaces/<ns>/events", {
        apiVersion: "events.k8s.io/v1",
        kind: "Event",
        metadata: { name: "one" },
        regarding: { apiVersion: "v1", kind: "ConfigMap", name: "x", namespace: "<ns>" },
        eventTime: "2026-01-01T00:00:00.000000Z",
        reportingController: "portolan.dev/agent",
        reportingInstance: "agent-1",
        action: "Upgrade",
        reason: "Upgraded",
        note: "done",
        type: "Normal",
      }),
      get("/api/v1/namespaces/<ns>/events/one"),
      mergePatch("/apis/events.k8s.io/v1/namespaces/<ns>/events/one", {
        series: { count: 2, lastObservedTime: "2026-01-01T00:00:01.000000Z" },
      }),
      get("/api/v1/namespaces/<ns>/events?fieldSelector=involvedObject.name%3Dx,reason%3DUpgraded"),
    ],
  },
  {
    name: "namespaces",
    steps: [
      get("/api/v1/namespaces/<ns>"),
      remove("/api/v1/namespaces/default", 403),
      post("/api/v1/namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "<ns>-more" } }),
      post("/api/v1/namespaces/<ns>-more/configmaps", configMap("held", {}, { finalizers: ["example.com/hold"] })),
      remove("/api/v1/namespaces/<ns>-more", 200),
      get("/api/v1/namespaces/<ns>-more/configmaps/held", 200, {
        until: { path: "metadata.deletionGracePeriodSeconds", equals: 0 },
      }),
      post("/api/v1/namespaces/<ns>-more/configmaps", configMap("late"), 403),
      mergePatch("/api/v1/namespaces/<ns>-more/configmaps/held", { metadata: { finalizers: null } }),
      get("/api/v1/namespaces/<ns>-more", 404, { until: { status: 404 } }),
    ],
  },
];
