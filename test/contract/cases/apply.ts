import type { ContractCase } from "../contract-case.ts";
import { apply, CONFIG_MAPS, configMap, DEPLOYMENTS, get, jsonPatch, mergePatch, post, put } from "./requests.ts";

const WEB = `${DEPLOYMENTS}/web`;
const by = (path: string, manager: string, force = false): string => `${path}?fieldManager=${manager}${force ? "&force=true" : ""}`;

const deployment = (containers: readonly Record<string, unknown>[], spec: Record<string, unknown> = {}): Record<string, unknown> => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    // No pods: so that no controller writes while the case compares.
    replicas: 0,
    paused: true,
    selector: { matchLabels: { app: "web" } },
    template: { metadata: { labels: { app: "web" } }, spec: { containers } },
    ...spec,
  },
});

const STATUS = { ignore: ["status", "metadata.managedFields", "metadata.resourceVersion", "metadata.annotations"] };

const countedAsApplied = (resourceVersion: string): readonly object[] => [
  {
    op: "replace",
    path: "/metadata/managedFields",
    value: [
      {
        manager: "helm",
        operation: "Apply",
        apiVersion: "v1",
        time: "2026-01-01T00:00:00Z",
        fieldsType: "FieldsV1",
        fieldsV1: { "f:data": { ".": {}, "f:x": {}, "f:y": {} } },
      },
    ],
  },
  { op: "replace", path: "/metadata/resourceVersion", value: resourceVersion },
];

/** Server-side apply: ownership, conflicts, force, sharing, removal. */
export const applyCases: readonly ContractCase[] = [
  {
    name: "apply creates, changes, and changes nothing",
    steps: [
      apply(by(`${CONFIG_MAPS}/a`, "one"), configMap("a", { x: "1", y: "1" }), 201),
      apply(by(`${CONFIG_MAPS}/a`, "one"), configMap("a", { x: "1", y: "1" })),
      apply(by(`${CONFIG_MAPS}/a`, "one"), configMap("a", { x: "2" })),
      get(`${CONFIG_MAPS}/a`),
    ],
  },
  {
    name: "appliers share, conflict and take over",
    steps: [
      apply(by(`${CONFIG_MAPS}/a`, "one"), configMap("a", { x: "1", y: "1" }), 201),
      apply(by(`${CONFIG_MAPS}/a`, "two"), configMap("a", { x: "1", z: "1" })),
      apply(by(`${CONFIG_MAPS}/a`, "two"), configMap("a", { x: "2", y: "2" }), 409),
      apply(by(`${CONFIG_MAPS}/a`, "two"), configMap("a", { x: "1", y: "2" }), 409),
      apply(by(`${CONFIG_MAPS}/a`, "two", true), configMap("a", { x: "2", y: "2" })),
      apply(by(`${CONFIG_MAPS}/a`, "one"), configMap("a", {})),
      apply(by(`${CONFIG_MAPS}/a`, "two"), configMap("a", { x: "2" })),
    ],
  },
  {
    name: "conflicts with several managers",
    steps: [
      apply(by(`${CONFIG_MAPS}/a`, "one"), configMap("a", { x: "1" }), 201),
      mergePatch(by(`${CONFIG_MAPS}/a`, "kubectl-edit"), { data: { y: "1" }, metadata: { labels: { a: "b" } } }),
      apply(by(`${CONFIG_MAPS}/a`, "three"), configMap("a", { x: "2", y: "2" }, { labels: { a: "c" } }), 409),
      apply(by(`${CONFIG_MAPS}/a`, "three", true), configMap("a", { x: "2", y: "2" }, { labels: { a: "c" } })),
    ],
  },
  {
    name: "updates own what they change",
    steps: [
      post(`${CONFIG_MAPS}?fieldManager=creator`, configMap("a", { x: "1", y: "1" })),
      put(by(`${CONFIG_MAPS}/a`, "updater"), configMap("a", { x: "1", y: "2" })),
      mergePatch(by(`${CONFIG_MAPS}/a`, "patcher"), { data: { x: null, z: "1" } }),
      put(by(`${CONFIG_MAPS}/a`, "creator"), configMap("a", { z: "1" })),
    ],
  },
  {
    name: "apply after an update without a manager of its own",
    steps: [
      post(CONFIG_MAPS, configMap("a", { x: "1" })),
      apply(by(`${CONFIG_MAPS}/a`, "one"), configMap("a", { x: "1" })),
      mergePatch(`${CONFIG_MAPS}/a`, { metadata: { managedFields: [{}] } }),
      apply(by(`${CONFIG_MAPS}/a`, "one"), configMap("a", { y: "1" })),
      apply(by(`${CONFIG_MAPS}/a`, "one"), configMap("a", { y: "1", x: "9" }), 409),
    ],
  },
  {
    name: "apply needs a manager, a kind and no managed fields",
    steps: [
      apply(`${CONFIG_MAPS}/a`, configMap("a"), 422),
      apply(by(`${CONFIG_MAPS}/a`, "one"), { metadata: { name: "a" } }, 400),
      apply(by(`${CONFIG_MAPS}/a`, "one"), { ...configMap("a"), kind: "Secret" }, 400),
      apply(by(`${CONFIG_MAPS}/a`, "one"), configMap("a", {}, { managedFields: [] }), 400),
      apply(by(`${CONFIG_MAPS}/a`, "one"), configMap("a", {}), 201),
      apply(by(`${CONFIG_MAPS}/a`, "one"), configMap("b"), 400),
      apply(by(`${CONFIG_MAPS}/a`, "one"), configMap("a", {}, { namespace: "default" }), 400),
      mergePatch(`${CONFIG_MAPS}/a?force=true`, {}, 422),
    ],
  },
  {
    name: "what was written by an update is counted as applied, by a JSON patch of the managed fields",
    steps: [
      post(`${CONFIG_MAPS}?fieldManager=helm`, configMap("a", { x: "1", y: "1" })),
      jsonPatch(by(`${CONFIG_MAPS}/a`, "portolan-agent"), countedAsApplied("<rv:1>")),
      // A list that has changed meanwhile is not replaced.
      mergePatch(by(`${CONFIG_MAPS}/a`, "helm"), { data: { z: "1" } }),
      jsonPatch(by(`${CONFIG_MAPS}/a`, "portolan-agent"), countedAsApplied("<rv:2>"), 409),
      apply(by(`${CONFIG_MAPS}/a`, "helm"), configMap("a", { x: "1" })),
      apply(by(`${CONFIG_MAPS}/a`, "helm"), configMap("a")),
    ],
  },
  {
    name: "apply with a resourceVersion or uid",
    steps: [
      apply(by(`${CONFIG_MAPS}/a`, "one"), configMap("a", { x: "1" }), 201),
      apply(by(`${CONFIG_MAPS}/a`, "one"), configMap("a", { x: "2" }, { resourceVersion: "<rv:1>" })),
      apply(by(`${CONFIG_MAPS}/a`, "one"), configMap("a", { x: "3" }, { resourceVersion: "<rv:1>" }), 409),
      apply(by(`${CONFIG_MAPS}/b`, "one"), configMap("b", {}, { uid: "11111111-1111-4111-8111-111111111111" }), 409),
    ],
  },
  {
    name: "dry-run apply",
    steps: [
      apply(`${by(`${CONFIG_MAPS}/a`, "one")}&dryRun=All`, configMap("a", { x: "1" }), 201),
      get(`${CONFIG_MAPS}/a`, 404),
      apply(by(`${CONFIG_MAPS}/a`, "one"), configMap("a", { x: "1" }), 201),
      apply(`${by(`${CONFIG_MAPS}/a`, "one")}&dryRun=All`, configMap("a", { x: "2" })),
      apply(`${by(`${CONFIG_MAPS}/a`, "two")}&dryRun=All`, configMap("a", { x: "2" }), 409),
      get(`${CONFIG_MAPS}/a`),
    ],
  },
  {
    name: "lists of maps are merged by their keys",
    steps: [
      apply(
        by(WEB, "one"),
        deployment([
          {
            name: "main",
            image: "nginx:1",
            ports: [{ containerPort: 80 }, { containerPort: 80, protocol: "UDP" }],
            env: [
              { name: "A", value: "1" },
              { name: "B", value: "2" },
            ],
          },
        ]),
        201,
      ),
      apply(
        by(WEB, "two"),
        {
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: "web" },
          spec: {
            template: {
              spec: {
                containers: [
                  { name: "sidecar", image: "busybox:1" },
                  { name: "main", env: [{ name: "C", value: "3" }] },
                ],
              },
            },
          },
        },
        200,
        STATUS,
      ),
      apply(by(WEB, "one"), deployment([{ name: "main", image: "nginx:1", env: [{ name: "B", value: "2" }] }]), 200, STATUS),
      apply(
        by(WEB, "one"),
        deployment([
          { name: "sidecar", image: "busybox:2" },
          { name: "main", image: "nginx:1" },
        ]),
        409,
      ),
      apply(by(WEB, "two"), { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" } }, 200, STATUS),
    ],
  },
  {
    name: "finalizers and owners are shared item by item",
    steps: [
      post(CONFIG_MAPS, configMap("owner")),
      apply(by(`${CONFIG_MAPS}/a`, "one"), configMap("a", undefined, { finalizers: ["example.com/one"], labels: { one: "1" } }), 201),
      apply(
        by(`${CONFIG_MAPS}/a`, "two"),
        configMap("a", undefined, {
          finalizers: ["example.com/two"],
          labels: { two: "2" },
          ownerReferences: [{ apiVersion: "v1", kind: "ConfigMap", name: "owner", uid: "<uid:1>" }],
        }),
      ),
      apply(by(`${CONFIG_MAPS}/a`, "one"), configMap("a", undefined, { labels: { one: "1" } })),
      apply(by(`${CONFIG_MAPS}/a`, "two"), configMap("a")),
      mergePatch(`${CONFIG_MAPS}/a`, { metadata: { finalizers: ["unqualified"] } }, 422),
      mergePatch(`${CONFIG_MAPS}/a`, { metadata: { finalizers: null } }),
    ],
  },
  {
    name: "the status of a built-in kind has its own managers",
    steps: [
      apply(by(WEB, "one"), deployment([{ name: "main", image: "nginx:1" }]), 201),
      mergePatch(
        by(`${WEB}/status`, "kubelet"),
        { status: { replicas: 9, readyReplicas: 7 }, spec: { replicas: 5 }, metadata: { labels: { a: "b" }, annotations: { c: "d" } } },
        200,
        {
          ignore: [
            "metadata.resourceVersion",
            "status.conditions",
            "status.observedGeneration",
            "status.terminatingReplicas",
            "metadata.managedFields",
          ],
        },
      ),
      apply(
        by(`${WEB}/status`, "two"),
        {
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: "web" },
          status: { conditions: [{ type: "Custom", status: "True" }] },
        },
        200,
        {
          ignore: ["metadata.resourceVersion", "status", "metadata.managedFields"],
        },
      ),
    ],
  },
  {
    name: "empty and null values of a configuration",
    steps: [
      apply(by(`${CONFIG_MAPS}/a`, "one"), { ...configMap("a"), data: {} }, 201),
      apply(by(`${CONFIG_MAPS}/a`, "one"), { ...configMap("a", undefined, { labels: {}, annotations: null }), data: null }),
      apply(by(`${CONFIG_MAPS}/a`, "one"), configMap("a", { x: "" }, { labels: { a: "" } })),
      apply(by(`${CONFIG_MAPS}/a`, "one"), configMap("a", undefined, { labels: { a: "" } })),
      apply(by(WEB, "one"), deployment([{ name: "main", image: "nginx:1", env: [], args: null, resources: {} }]), 201),
    ],
  },
  {
    name: "objects made by older clients lose nothing when they are applied",
    steps: [
      post(
        `${DEPLOYMENTS}?fieldManager=kubectl-client-side-apply`,
        deployment([{ name: "main", image: "nginx:1", env: [{ name: "A", value: "1" }] }]),
      ),
      apply(by(WEB, "new", true), deployment([{ name: "main", image: "nginx:2" }]), 200, STATUS),
      apply(by(WEB, "new", true), deployment([{ name: "main", image: "nginx:2", env: [{ name: "B", value: "2" }] }]), 200, STATUS),
    ],
  },
  {
    name: "apply refuses what the schema does not know",
    steps: [
      apply(by(WEB, "one"), deployment([{ name: "main", image: "nginx:1", nonsense: true }]), 500),
      apply(by(WEB, "one"), deployment([{ name: "main", image: "nginx:1" }], { replicas: "three" }), 500),
      apply(
        by(WEB, "one"),
        deployment([
          { name: "main", image: "nginx:1" },
          { name: "main", image: "nginx:2" },
        ]),
        500,
      ),
      apply(by(WEB, "one"), deployment([{ image: "nginx:1" }]), 422),
    ],
  },
  {
    name: "an update does not own what it left alone",
    steps: [
      apply(by(WEB, "one"), deployment([{ name: "main", image: "nginx:1" }]), 201),
      mergePatch(by(WEB, "scaler"), { spec: { minReadySeconds: 3 } }, 200, STATUS),
      apply(by(WEB, "one"), deployment([{ name: "main", image: "nginx:2" }]), 200, STATUS),
      apply(by(WEB, "one"), deployment([{ name: "main", image: "nginx:2" }], { minReadySeconds: 5 }), 409),
    ],
  },
];
