import type { ContractCase } from "../contract-case.ts";
import { DEPLOYMENTS, get, JOBS, mergePatch, post, put, remove } from "./requests.ts";

const STATEFUL_SETS = "/apis/apps/v1/namespaces/<ns>/statefulsets";
const DAEMON_SETS = "/apis/apps/v1/namespaces/<ns>/daemonsets";
const template = (annotations?: Record<string, string>): Record<string, unknown> => ({
  metadata: { labels: { app: "x" }, ...(annotations === undefined ? {} : { annotations }) },
  spec: { containers: [{ name: "main", image: "nginx:1.27" }] },
});
const SELECTOR = { matchLabels: { app: "x" } };

/** A template that uses many fields that Kubernetes defaults. */
const RICH_TEMPLATE = {
  metadata: { labels: { app: "x" } },
  spec: {
    serviceAccountName: "default",
    hostNetwork: false,
    initContainers: [{ name: "init", image: "busybox", command: ["true"], resources: {} }],
    containers: [
      {
        name: "main",
        image: "registry.example.com:5000/team/app:v2",
        args: [],
        env: [
          { name: "EMPTY", value: "" },
          { name: "POD", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
          { name: "KEY", valueFrom: { secretKeyRef: { name: "s", key: "k", optional: false } } },
        ],
        ports: [{ containerPort: 8080, name: "http" }],
        resources: { requests: { cpu: "100m", memory: "64Mi" }, limits: { memory: "128Mi" } },
        livenessProbe: { httpGet: { path: "/healthz", port: "http" }, initialDelaySeconds: 0 },
        readinessProbe: { tcpSocket: { port: 8080 } },
        volumeMounts: [
          { name: "config", mountPath: "/etc/config", readOnly: false },
          { name: "data", mountPath: "/data", readOnly: true },
        ],
        securityContext: { runAsNonRoot: true, capabilities: { drop: ["ALL"] } },
      },
      { name: "second", image: "busybox@sha256:1111111111111111111111111111111111111111111111111111111111111111" },
    ],
    volumes: [
      { name: "config", configMap: { name: "c" } },
      { name: "data", emptyDir: {} },
      { name: "secret", secret: { secretName: "s", optional: true } },
      { name: "all", projected: { sources: [{ serviceAccountToken: { path: "token" } }] } },
      { name: "host", hostPath: { path: "/tmp" } },
    ],
    nodeSelector: {},
    tolerations: [{ key: "a", operator: "Exists" }],
    affinity: { podAntiAffinity: {} },
  },
};

const COUNTED = { ignore: ["metadata.managedFields", "metadata.resourceVersion", "metadata.annotations"] };
const CONTROLLED = {
  ignore: [...COUNTED.ignore, "status.conditions.message", "status.currentRevision", "status.updateRevision"],
};

/** Workloads: what Kubernetes fills in, what it refuses, and the status that its controllers write. */
export const workloadCases: readonly ContractCase[] = [
  {
    name: "a Deployment is defaulted",
    steps: [
      post(`${DEPLOYMENTS}?dryRun=All`, {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "a" },
        spec: { selector: SELECTOR, template: template() },
      }),
      post(`${DEPLOYMENTS}?dryRun=All`, {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "a", labels: {}, annotations: {} },
        spec: { replicas: 0, minReadySeconds: 0, strategy: { type: "Recreate" }, selector: SELECTOR, template: RICH_TEMPLATE },
      }),
    ],
  },
  {
    name: "other workloads are defaulted",
    steps: [
      post(`${STATEFUL_SETS}?dryRun=All`, {
        apiVersion: "apps/v1",
        kind: "StatefulSet",
        metadata: { name: "a" },
        spec: {
          serviceName: "a",
          selector: SELECTOR,
          template: template(),
          volumeClaimTemplates: [
            { metadata: { name: "data" }, spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
          ],
        },
      }),
      post(`${DAEMON_SETS}?dryRun=All`, {
        apiVersion: "apps/v1",
        kind: "DaemonSet",
        metadata: { name: "a" },
        spec: { selector: SELECTOR, template: template() },
      }),
      post(`${JOBS}?dryRun=All`, {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name: "a" },
        spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "busybox" }] } } },
      }),
      post("/apis/batch/v1/namespaces/<ns>/cronjobs?dryRun=All", {
        apiVersion: "batch/v1",
        kind: "CronJob",
        metadata: { name: "a" },
        spec: {
          schedule: "* * * * *",
          jobTemplate: { spec: { template: { spec: { restartPolicy: "OnFailure", containers: [{ name: "main", image: "busybox" }] } } } },
        },
      }),
    ],
  },
  {
    name: "other kinds are defaulted",
    steps: [
      post(
        "/api/v1/namespaces/<ns>/services?dryRun=All",
        {
          apiVersion: "v1",
          kind: "Service",
          metadata: { name: "a" },
          spec: {
            selector: { app: "x" },
            ports: [
              { name: "a", port: 80 },
              { name: "b", port: 81, targetPort: "http" },
            ],
          },
        },
        201,
        { ignore: ["spec.clusterIP", "spec.clusterIPs"] },
      ),
      post("/api/v1/namespaces/<ns>/services?dryRun=All", {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "a" },
        spec: { clusterIP: "None", selector: { app: "x" }, ports: [{ port: 80 }] },
      }),
      post("/api/v1/namespaces/<ns>/services?dryRun=All", {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "a" },
        spec: { type: "ExternalName", externalName: "example.com" },
      }),
      post("/api/v1/namespaces/<ns>/serviceaccounts?dryRun=All", { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "a" } }),
      post("/api/v1/namespaces/<ns>/persistentvolumeclaims?dryRun=All", {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: "a" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      }),
      post("/apis/rbac.authorization.k8s.io/v1/clusterroles?dryRun=All", {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "ClusterRole",
        metadata: { name: "<ns>:a" },
        rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }],
      }),
      post("/apis/rbac.authorization.k8s.io/v1/namespaces/<ns>/roles?dryRun=All", {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "Role",
        metadata: { name: "a" },
      }),
      post("/apis/rbac.authorization.k8s.io/v1/namespaces/<ns>/rolebindings?dryRun=All", {
        apiVersion: "rbac.authorization.k8s.io/v1",
        kind: "RoleBinding",
        metadata: { name: "a" },
        roleRef: { kind: "Role", name: "a" },
        subjects: [
          { kind: "ServiceAccount", name: "default", namespace: "<ns>" },
          { kind: "User", name: "u" },
        ],
      }),
      post("/apis/networking.k8s.io/v1/namespaces/<ns>/ingresses?dryRun=All", {
        apiVersion: "networking.k8s.io/v1",
        kind: "Ingress",
        metadata: { name: "a" },
        spec: {
          rules: [
            {
              host: "a.example.com",
              http: { paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "a", port: { number: 80 } } } }] },
            },
          ],
        },
      }),
      post("/apis/policy/v1/namespaces/<ns>/poddisruptionbudgets?dryRun=All", {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: { name: "a" },
        spec: { minAvailable: 1, selector: SELECTOR },
      }),
      post("/api/v1/namespaces/<ns>/events?dryRun=All", {
        apiVersion: "v1",
        kind: "Event",
        metadata: { name: "a" },
        involvedObject: { kind: "Pod", namespace: "<ns>", name: "p" },
        reason: "R",
        message: "m",
        type: "Normal",
      }),
      post("/apis/coordination.k8s.io/v1/namespaces/<ns>/leases?dryRun=All", {
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        metadata: { name: "a" },
      }),
    ],
  },
  {
    name: "invalid workloads are refused",
    steps: [
      post(DEPLOYMENTS, { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "a" }, spec: { template: template() } }, 422),
      post(
        DEPLOYMENTS,
        {
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: "a" },
          spec: { selector: { matchLabels: { app: "y" } }, template: template() },
        },
        422,
      ),
      post(
        DEPLOYMENTS,
        {
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: "a" },
          spec: { selector: SELECTOR, template: { metadata: { labels: { app: "x" } }, spec: { containers: [] } } },
        },
        422,
      ),
      post(
        DEPLOYMENTS,
        {
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: "a" },
          spec: { replicas: -1, selector: SELECTOR, template: template() },
        },
        422,
      ),
      post(
        DEPLOYMENTS,
        {
          apiVersion: "apps/v1",
          kind: "Deployment",
          metadata: { name: "a" },
          spec: { replicas: "three", selector: SELECTOR, template: template() },
        },
        400,
      ),
      post(
        JOBS,
        {
          apiVersion: "batch/v1",
          kind: "Job",
          metadata: { name: "a" },
          spec: { template: { spec: { containers: [{ name: "main", image: "busybox" }] } } },
        },
        422,
      ),
    ],
  },
  {
    name: "what of a workload may change",
    steps: [
      post(DEPLOYMENTS, {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "a" },
        spec: { replicas: 0, paused: true, selector: SELECTOR, template: template() },
      }),
      mergePatch(
        `${DEPLOYMENTS}/a`,
        { spec: { selector: { matchLabels: { app: "y" } }, template: { metadata: { labels: { app: "y" } } } } },
        422,
        { ignore: ["message", "details.causes.message"] },
      ),
      mergePatch(`${DEPLOYMENTS}/a`, { spec: { minReadySeconds: 1 } }, 200, { ignore: [...COUNTED.ignore, "status"] }),
      mergePatch(`${DEPLOYMENTS}/a`, { metadata: { labels: { a: "b" } } }, 200, { ignore: [...COUNTED.ignore, "status"] }),
      mergePatch(`${DEPLOYMENTS}/a`, { metadata: { annotations: { a: "b" } } }, 200, { ignore: [...COUNTED.ignore, "status"] }),
      post(
        JOBS,
        {
          apiVersion: "batch/v1",
          kind: "Job",
          metadata: { name: "a" },
          spec: { suspend: true, template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "busybox" }] } } },
        },
        201,
        { ignore: ["status"] },
      ),
      mergePatch(`${JOBS}/a`, { spec: { completions: 3 } }, 422, { ignore: ["message", "details.causes.message"] }),
    ],
  },
  {
    name: "a Deployment becomes available",
    steps: [
      post(DEPLOYMENTS, {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "a" },
        spec: { replicas: 2, selector: SELECTOR, template: template() },
      }),
      get(`${DEPLOYMENTS}/a`, 200, {
        until: { path: "status.conditions.[type=Progressing].reason", equals: "NewReplicaSetAvailable" },
        ...CONTROLLED,
      }),
      get(`${DEPLOYMENTS}/a/scale`, 200, { ignore: ["metadata.resourceVersion"] }),
      put(
        `${DEPLOYMENTS}/a/scale`,
        { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "a", namespace: "<ns>" }, spec: { replicas: 1 } },
        200,
        { ignore: ["metadata.resourceVersion", "status.replicas"] },
      ),
      get(`${DEPLOYMENTS}/a`, 200, {
        until: { path: "status.replicas", equals: 1 },
        ignore: [...CONTROLLED.ignore, "status.conditions", "status.terminatingReplicas"],
      }),
    ],
  },
  {
    name: "a paused Deployment rolls nothing out",
    steps: [
      post(DEPLOYMENTS, {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "a" },
        spec: { replicas: 2, selector: SELECTOR, template: template() },
      }),
      get(`${DEPLOYMENTS}/a`, 200, {
        until: { path: "status.conditions.[type=Progressing].reason", equals: "NewReplicaSetAvailable" },
        ...CONTROLLED,
      }),
      mergePatch(`${DEPLOYMENTS}/a`, { spec: { paused: true } }, 200, { ignore: [...CONTROLLED.ignore, "status"] }),
      get(`${DEPLOYMENTS}/a`, 200, {
        until: { path: "status.observedGeneration", equals: 2 },
        ignore: [...CONTROLLED.ignore, "status.conditions"],
      }),
      mergePatch(`${DEPLOYMENTS}/a`, { spec: { template: template({ a: "b" }) } }, 200, { ignore: [...CONTROLLED.ignore, "status"] }),
      get(`${DEPLOYMENTS}/a`, 200, { until: { path: "status.observedGeneration", equals: 3 }, ...CONTROLLED }),
      mergePatch(`${DEPLOYMENTS}/a`, { spec: { paused: false } }, 200, { ignore: [...CONTROLLED.ignore, "status"] }),
      get(`${DEPLOYMENTS}/a`, 200, { until: { path: "status.updatedReplicas", equals: 2 }, ignore: [...CONTROLLED.ignore, "status"] }),
    ],
  },
  {
    name: "a Deployment that never becomes ready",
    steps: [
      post(DEPLOYMENTS, {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "a" },
        spec: { selector: SELECTOR, progressDeadlineSeconds: 1, template: template({ "portolan.test/never-ready": "true" }) },
      }),
      get(`${DEPLOYMENTS}/a`, 200, {
        until: { path: "status.updatedReplicas", equals: 1 },
        ignore: [...CONTROLLED.ignore, "status.conditions"],
      }),
      get(`${DEPLOYMENTS}/a`, 200, {
        until: { path: "status.conditions.[type=Progressing].reason", equals: "ProgressDeadlineExceeded" },
        ...CONTROLLED,
      }),
    ],
  },
  {
    name: "a StatefulSet and a DaemonSet become ready",
    steps: [
      post(STATEFUL_SETS, {
        apiVersion: "apps/v1",
        kind: "StatefulSet",
        metadata: { name: "a" },
        spec: { replicas: 2, serviceName: "a", selector: SELECTOR, template: template() },
      }),
      get(`${STATEFUL_SETS}/a`, 200, { until: { path: "status.availableReplicas", equals: 2 }, ...CONTROLLED }),
      post(DAEMON_SETS, {
        apiVersion: "apps/v1",
        kind: "DaemonSet",
        metadata: { name: "a" },
        spec: { selector: SELECTOR, template: template() },
      }),
      get(`${DAEMON_SETS}/a`, 200, { until: { path: "status.numberAvailable", equals: 1 }, ...CONTROLLED }),
    ],
  },
  {
    name: "Jobs end",
    steps: [
      post(JOBS, {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name: "good" },
        spec: { template: { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "busybox" }] } } },
      }),
      get(`${JOBS}/good`, 200, { until: { path: "status.succeeded", equals: 1 }, ignore: [...COUNTED.ignore, "status"] }),
      get(`${JOBS}/good`, 200, { until: { path: "status.conditions.[type=Complete].status", equals: "True" }, ...COUNTED }),
      post(JOBS, {
        apiVersion: "batch/v1",
        kind: "Job",
        metadata: { name: "bad" },
        spec: {
          backoffLimit: 0,
          template: {
            metadata: { annotations: { "portolan.test/fails": "true" } },
            spec: { restartPolicy: "Never", containers: [{ name: "main", image: "busybox" }] },
          },
        },
      }),
      get(`${JOBS}/bad`, 200, { until: { path: "status.conditions.[type=Failed].status", equals: "True" }, ...COUNTED }),
      remove(`${JOBS}/good`, 200, undefined, { ignore: [...COUNTED.ignore, "status"] }),
      get(`${JOBS}/good`, 404, { until: { status: 404 } }),
      remove(`${JOBS}/bad?propagationPolicy=Background`, 200, undefined, COUNTED),
    ],
  },
];
