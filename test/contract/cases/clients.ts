import type { ContractCase, ContractStep } from "../contract-case.ts";
import { CONFIG_MAPS, configMap, DEFINITIONS, DEPLOYMENTS, get, JOBS, post, remove, SECRETS, strategicMergePatch } from "./requests.ts";

/** What kubectl and helm ask besides what an agent does: strategic merge patches and tables. */
const TABLE = { accept: "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json" };
const SERVICES = "/api/v1/namespaces/<ns>/services";
const PODS = "/api/v1/namespaces/<ns>/pods";
const CLAIMS = "/api/v1/namespaces/<ns>/persistentvolumeclaims";

const container = (name: string, image = "nginx:1.27"): Record<string, unknown> => ({ name, image });

const deployment = (replicas: number): Record<string, unknown> => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", labels: { a: "1" } },
  spec: {
    // No pod is ever made of it: its status stays as it is.
    paused: true,
    replicas,
    selector: { matchLabels: { app: "x" } },
    template: {
      metadata: { labels: { app: "x" } },
      spec: {
        containers: [container("main"), container("second")],
        volumes: [{ name: "config", configMap: { name: "c" } }],
      },
    },
  },
});

const patchPod = (spec: Record<string, unknown>): Record<string, unknown> => ({ spec: { template: { spec } } });

/** The controller writes these in its own time. */
const CONTROLLED = { ignore: ["status", "metadata.resourceVersion", "metadata.managedFields", "metadata.annotations"] };
const patchDeployment = (patch: Record<string, unknown>, expect = 200, options: { ignore?: readonly string[] } = {}): ContractStep =>
  strategicMergePatch(`${DEPLOYMENTS}/web?fieldManager=kubectl-client-side-apply&fieldValidation=Strict`, patch, expect, {
    ...CONTROLLED,
    ...options,
  });

/** Descriptions are prose, and the embedded API has its own. What rows carry of objects is compared elsewhere. */
const TABLE_OPTIONS = { headers: TABLE, ignore: ["columnDefinitions.description", "rows.object", "metadata.resourceVersion"] };
const table = (path: string): ContractStep => get(path, 200, TABLE_OPTIONS);

const tableOf = (name: string, collection: string, object: Record<string, unknown>): ContractCase => ({
  name: `a table of ${name}`,
  steps: [post(collection, object, 201, { ignore: ["metadata", "spec", "status"] }), table(collection), table(`${collection}/x`)],
});

const plain = (apiVersion: string, kind: string, content: Record<string, unknown>): Record<string, unknown> => ({
  apiVersion,
  kind,
  metadata: { name: "x" },
  ...content,
});

export const clientCases: readonly ContractCase[] = [
  {
    name: "a strategic merge patch merges lists by their keys",
    steps: [
      post(DEPLOYMENTS, deployment(0), 201, CONTROLLED),
      patchDeployment(patchPod({ containers: [{ name: "second", image: "nginx:2" }] })),
      patchDeployment(patchPod({ containers: [container("third")] })),
      patchDeployment(
        patchPod({ "$setElementOrder/containers": [{ name: "second" }, { name: "main" }], containers: [container("second", "nginx:3")] }),
      ),
      patchDeployment(patchPod({ containers: [{ name: "third", $patch: "delete" }] })),
      patchDeployment(patchPod({ containers: [container("only"), { $patch: "replace" }] })),
      patchDeployment(patchPod({ volumes: [{ name: "config", $retainKeys: ["name", "emptyDir"], emptyDir: {} }] })),
      patchDeployment(patchPod({ containers: [{ name: "only", env: [{ name: "A", value: "1" }], ports: [{ containerPort: 80 }] }] })),
      patchDeployment(
        patchPod({
          containers: [
            {
              name: "only",
              env: [
                { name: "B", value: "2" },
                { name: "A", $patch: "delete" },
              ],
            },
          ],
        }),
      ),
      patchDeployment({ metadata: { labels: { a: null, b: "2" } } }),
      patchDeployment({ spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } }),
      patchDeployment({ spec: { selector: { matchLabels: { app: "y" } } } }, 422),
      patchDeployment(patchPod({ containers: [{ image: "nameless" }] }), 500, { ignore: ["message", "details"] }),
      patchDeployment({ metadata: { labels: { $patch: "turn" } } }, 500, { ignore: ["message", "details"] }),
      patchDeployment({ spec: { unknown: 1 } }, 422, { ignore: ["message", "details.causes.message"] }),
    ],
  },
  {
    name: "a strategic merge patch of words, maps and a status",
    steps: [
      post(CONFIG_MAPS, configMap("one", { a: "1", b: "1" }, { finalizers: ["example.com/a", "example.com/b"] })),
      strategicMergePatch(`${CONFIG_MAPS}/one`, { metadata: { finalizers: ["example.com/c"] } }),
      strategicMergePatch(`${CONFIG_MAPS}/one`, {
        metadata: { "$deleteFromPrimitiveList/finalizers": ["example.com/a", "example.com/b"] },
      }),
      strategicMergePatch(`${CONFIG_MAPS}/one`, { data: { a: null, c: "1" } }),
      strategicMergePatch(`${CONFIG_MAPS}/one`, { data: { $patch: "replace", z: "1" } }),
      strategicMergePatch(`${CONFIG_MAPS}/one`, {}),
      strategicMergePatch(`${CONFIG_MAPS}/one?force=true`, {}, 422),
      strategicMergePatch(`${CONFIG_MAPS}/one`, "[]", 400, { ignore: ["message"] }),
      strategicMergePatch(`${CONFIG_MAPS}/none`, {}, 404),
      strategicMergePatch(`${CONFIG_MAPS}/one`, { metadata: { finalizers: null } }),
      strategicMergePatch(
        "/api/v1/namespaces/<ns>/serviceaccounts/default",
        {
          imagePullSecrets: [{ name: "a" }],
          metadata: { ownerReferences: [] },
        },
        200,
        { ignore: ["metadata"] },
      ),
      strategicMergePatch(`${DEFINITIONS}/none.example.com`, {}, 404),
    ],
  },
  {
    name: "a table of objects, and what rows carry of them",
    steps: [
      post(CONFIG_MAPS, configMap("a", { x: "1", y: "2" }, { labels: { of: "<ns>" } })),
      get(`${CONFIG_MAPS}?labelSelector=of&limit=500`, 200, {
        headers: TABLE,
        ignore: ["columnDefinitions.description", "metadata.resourceVersion"],
      }),
      get(`${CONFIG_MAPS}/a`, 200, { headers: TABLE, ignore: ["columnDefinitions.description"] }),
      get(`${CONFIG_MAPS}/a?includeObject=Object`, 200, { headers: TABLE, ignore: ["columnDefinitions.description"] }),
      get(`${CONFIG_MAPS}/a?includeObject=None`, 200, { headers: TABLE, ignore: ["columnDefinitions.description"] }),
      get(`${CONFIG_MAPS}/a?includeObject=Some`, 400, { headers: TABLE }),
      get(`${CONFIG_MAPS}/none`, 404, { headers: TABLE }),
      get(`${SECRETS}?labelSelector=none`, 200, { headers: TABLE, ignore: ["columnDefinitions.description", "metadata.resourceVersion"] }),
      { watch: "rows", path: `${CONFIG_MAPS}?watch=true&labelSelector=of&resourceVersion=<rv:1>`, headers: TABLE },
      post(CONFIG_MAPS, configMap("b", undefined, { labels: { of: "<ns>" } })),
      remove(`${CONFIG_MAPS}/a`),
      { collect: "rows", events: 2, ignore: ["columnDefinitions.description"] },
    ],
  },
  tableOf("secrets", SECRETS, plain("v1", "Secret", { stringData: { a: "1" } })),
  tableOf(
    "services",
    SERVICES,
    plain("v1", "Service", {
      spec: {
        clusterIP: "None",
        selector: { a: "1", b: "2" },
        ports: [
          { port: 80, name: "http" },
          { port: 53, protocol: "UDP", name: "dns" },
        ],
      },
    }),
  ),
  tableOf("external services", SERVICES, plain("v1", "Service", { spec: { type: "ExternalName", externalName: "example.com" } })),
  tableOf(
    "claims",
    CLAIMS,
    plain("v1", "PersistentVolumeClaim", {
      spec: { accessModes: ["ReadWriteOnce"], storageClassName: "", resources: { requests: { storage: "1Gi" } } },
    }),
  ),
  tableOf(
    "pods that no node can run",
    PODS,
    plain("v1", "Pod", { spec: { schedulerName: "nobody", containers: [container("main"), container("second")] } }),
  ),
  tableOf("deployments", DEPLOYMENTS, { ...deployment(0), metadata: { name: "x" } }),
  tableOf(
    "replica sets",
    "/apis/apps/v1/namespaces/<ns>/replicasets",
    plain("apps/v1", "ReplicaSet", {
      spec: {
        replicas: 0,
        selector: { matchLabels: { app: "z" }, matchExpressions: [{ key: "tier", operator: "NotIn", values: ["b", "a"] }] },
        template: { metadata: { labels: { app: "z" } }, spec: { containers: [container("main")] } },
      },
    }),
  ),
  tableOf(
    "stateful sets",
    "/apis/apps/v1/namespaces/<ns>/statefulsets",
    plain("apps/v1", "StatefulSet", {
      spec: {
        replicas: 0,
        serviceName: "x",
        selector: { matchLabels: { app: "z" } },
        template: { metadata: { labels: { app: "z" } }, spec: { containers: [container("main")] } },
      },
    }),
  ),
  tableOf(
    "daemon sets",
    "/apis/apps/v1/namespaces/<ns>/daemonsets",
    plain("apps/v1", "DaemonSet", {
      spec: {
        selector: { matchLabels: { app: "z" } },
        template: { metadata: { labels: { app: "z" } }, spec: { nodeSelector: { none: "such" }, containers: [container("main")] } },
      },
    }),
  ),
  {
    name: "a table of suspended jobs",
    steps: [
      post(
        JOBS,
        plain("batch/v1", "Job", {
          spec: {
            suspend: true,
            completions: 3,
            manualSelector: true,
            selector: { matchLabels: { app: "j" } },
            template: { metadata: { labels: { app: "j" } }, spec: { restartPolicy: "Never", containers: [container("main")] } },
          },
        }),
        201,
        { ignore: ["metadata", "spec", "status"] },
      ),
      get(`${JOBS}/x`, 200, { until: { path: "status.conditions.[type=Suspended].status", equals: "True" }, ignore: ["metadata"] }),
      table(JOBS),
    ],
  },
  tableOf(
    "cron jobs",
    "/apis/batch/v1/namespaces/<ns>/cronjobs",
    plain("batch/v1", "CronJob", {
      spec: {
        schedule: "0 0 1 1 *",
        suspend: true,
        timeZone: "Etc/UTC",
        jobTemplate: { spec: { template: { spec: { restartPolicy: "Never", containers: [container("main")] } } } },
      },
    }),
  ),
  tableOf(
    "leases",
    "/apis/coordination.k8s.io/v1/namespaces/<ns>/leases",
    plain("coordination.k8s.io/v1", "Lease", { spec: { holderIdentity: "me" } }),
  ),
  tableOf(
    "ingresses",
    "/apis/networking.k8s.io/v1/namespaces/<ns>/ingresses",
    plain("networking.k8s.io/v1", "Ingress", {
      spec: {
        ingressClassName: "fast",
        tls: [{ hosts: ["a.example.com"] }],
        rules: ["a", "b", "c", "d"].map((host) => ({
          host: `${host}.example.com`,
          http: { paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "x", port: { number: 80 } } } }] },
        })),
      },
    }),
  ),
  tableOf(
    "disruption budgets",
    "/apis/policy/v1/namespaces/<ns>/poddisruptionbudgets",
    plain("policy/v1", "PodDisruptionBudget", {
      spec: { maxUnavailable: "50%", selector: { matchLabels: { app: "none" } } },
    }),
  ),
  tableOf(
    "roles",
    "/apis/rbac.authorization.k8s.io/v1/namespaces/<ns>/roles",
    plain("rbac.authorization.k8s.io/v1", "Role", { rules: [] }),
  ),
  tableOf(
    "role bindings",
    "/apis/rbac.authorization.k8s.io/v1/namespaces/<ns>/rolebindings",
    plain("rbac.authorization.k8s.io/v1", "RoleBinding", {
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "r" },
      subjects: [
        { kind: "User", name: "u", apiGroup: "rbac.authorization.k8s.io" },
        { kind: "Group", name: "g", apiGroup: "rbac.authorization.k8s.io" },
        { kind: "ServiceAccount", name: "s", namespace: "n" },
      ],
    }),
  ),
  tableOf(
    "events",
    "/api/v1/namespaces/<ns>/events",
    plain("v1", "Event", {
      involvedObject: { kind: "Pod", name: "p", namespace: "<ns>", fieldPath: "spec" },
      reason: "Because",
      message: " it was so ",
      type: "Normal",
      count: 3,
      source: { component: "me", host: "here" },
      firstTimestamp: "2026-01-01T00:00:00Z",
    }),
  ),
  {
    name: "a table of custom resources",
    steps: [
      post(
        DEFINITIONS,
        {
          apiVersion: "apiextensions.k8s.io/v1",
          kind: "CustomResourceDefinition",
          metadata: { name: "rows.<ns>.example.com" },
          spec: {
            group: "<ns>.example.com",
            names: { kind: "Row", plural: "rows" },
            scope: "Namespaced",
            versions: [
              {
                name: "v1",
                served: true,
                storage: true,
                schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
                additionalPrinterColumns: [
                  { name: "Text", type: "string", jsonPath: ".spec.text" },
                  { name: "Size", type: "integer", jsonPath: ".spec.size", priority: 1 },
                  { name: "Ratio", type: "number", jsonPath: ".spec.ratio", format: "float" },
                  { name: "Flag", type: "boolean", jsonPath: ".spec.flag" },
                  {
                    name: "Ready",
                    type: "string",
                    jsonPath: '.spec.conditions[?(@.type=="Ready")].status',
                    description: "Whether it is ready.",
                  },
                  { name: "First", type: "string", jsonPath: ".spec.list[0]" },
                  { name: "Number", type: "string", jsonPath: ".spec.size" },
                  { name: "Map", type: "string", jsonPath: ".spec.map" },
                  { name: "Dotted", type: "string", jsonPath: ".metadata.annotations.example\\.com/a" },
                  { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
                ],
              },
            ],
          },
        },
        201,
        { ignore: ["metadata", "spec", "status"] },
      ),
      get("/apis/<ns>.example.com/v1/rows", 200, { until: { status: 200 } }),
      post("/apis/<ns>.example.com/v1/namespaces/<ns>/rows", {
        apiVersion: "<ns>.example.com/v1",
        kind: "Row",
        metadata: { name: "full", annotations: { "example.com/a": "dotted" } },
        spec: {
          text: "words",
          size: 3,
          ratio: 0.5,
          flag: true,
          conditions: [
            { type: "Other", status: "False" },
            { type: "Ready", status: "True" },
          ],
          list: ["one", "two"],
          map: { a: 1 },
        },
      }),
      post("/apis/<ns>.example.com/v1/namespaces/<ns>/rows", {
        apiVersion: "<ns>.example.com/v1",
        kind: "Row",
        metadata: { name: "empty" },
        spec: { size: "three", flag: "yes" },
      }),
      get("/apis/<ns>.example.com/v1/namespaces/<ns>/rows", 200, {
        headers: TABLE,
        ignore: ["columnDefinitions.description", "rows.object", "metadata.resourceVersion", "metadata.continue"],
      }),
      strategicMergePatch("/apis/<ns>.example.com/v1/namespaces/<ns>/rows/full", {}, 415),
      remove(`${DEFINITIONS}/rows.<ns>.example.com`, 200, undefined, { ignore: ["metadata", "spec", "status"] }),
    ],
  },
];
