import type { ContractCase, ContractStep } from "../contract-case.ts";
import { apply, CONFIG_MAPS, configMap, DEFINITIONS, get, jsonPatch, mergePatch, post, put, remove } from "./requests.ts";

/**
 * What an agent asks about the members of a service, whatever their kind is: it sees them by their label, metadata alone, applies
 * them strictly, compares them by dry runs, and deletes them by their uids. Its own requests, recorded, are in `recorded/agent.json`;
 * the shapes of all that it asks in its tests are held against these cases (`known-shapes.ts`).
 */
const LABEL = "contract/member";
const METADATA = { accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json" };
const METADATA_LIST = { accept: "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json" };

const SELECTED = `labelSelector=${encodeURIComponent(LABEL)}%3D<ns>`;
const STRICT = "fieldManager=portolan-agent&fieldValidation=Strict&force=true";

interface MemberKind {
  readonly apiVersion: string;
  readonly kind: string;
  readonly plural: string;
  readonly clusterScoped?: boolean;
  /** Names are unique in the whole cluster then. */
  readonly name?: (short: string) => string;
  readonly content: (short: string) => Record<string, unknown>;
  /** Dotted paths that controllers, or chance, write. */
  readonly written?: readonly string[];
}

const TEMPLATE = { metadata: { labels: { app: "x" } }, spec: { containers: [{ name: "main", image: "nginx:1.27" }] } };
const WORKLOAD = { selector: { matchLabels: { app: "x" } }, template: TEMPLATE };
const STATUS = ["status", "metadata.resourceVersion", "metadata.managedFields", "metadata.annotations"];
const RULES = [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }];
const SUBJECTS = [{ kind: "ServiceAccount", name: "default", namespace: "<ns>" }];
const roleRef = (kind: string): Record<string, unknown> => ({
  roleRef: { apiGroup: "rbac.authorization.k8s.io", kind, name: "viewer" },
  subjects: SUBJECTS,
});
const RBAC = "rbac.authorization.k8s.io/v1";
const uniqueName = (short: string): string => `<ns>-${short}`;

const MEMBERS: readonly MemberKind[] = [
  { apiVersion: "v1", kind: "ConfigMap", plural: "configmaps", content: () => ({ data: { a: "1" } }) },
  { apiVersion: "v1", kind: "Secret", plural: "secrets", content: () => ({ stringData: { a: "1" } }) },
  { apiVersion: "v1", kind: "ServiceAccount", plural: "serviceaccounts", content: () => ({}) },
  {
    apiVersion: "v1",
    kind: "Service",
    plural: "services",
    content: () => ({ spec: { selector: { app: "x" }, ports: [{ name: "http", port: 80 }] } }),
    written: ["spec.clusterIP", "spec.clusterIPs"],
  },
  {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    plural: "persistentvolumeclaims",
    content: () => ({ spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, storageClassName: "" } }),
    written: STATUS,
  },
  {
    apiVersion: "v1",
    kind: "Pod",
    plural: "pods",
    content: () => ({ spec: { terminationGracePeriodSeconds: 0, containers: [{ name: "main", image: "nginx:1.27" }] } }),
    written: [...STATUS, "spec", "metadata.generation"],
  },
  {
    apiVersion: "v1",
    kind: "Namespace",
    plural: "namespaces",
    clusterScoped: true,
    name: uniqueName,
    content: () => ({}),
    written: [...STATUS, "metadata.labels", "spec"],
  },
  { apiVersion: "apps/v1", kind: "Deployment", plural: "deployments", content: () => ({ spec: WORKLOAD }), written: STATUS },
  {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    plural: "statefulsets",
    content: () => ({ spec: { ...WORKLOAD, serviceName: "x" } }),
    written: STATUS,
  },
  { apiVersion: "apps/v1", kind: "DaemonSet", plural: "daemonsets", content: () => ({ spec: WORKLOAD }), written: STATUS },
  {
    apiVersion: "batch/v1",
    kind: "Job",
    plural: "jobs",
    content: () => ({ spec: { suspend: true, template: { spec: { ...TEMPLATE.spec, restartPolicy: "Never" } } } }),
    written: STATUS,
  },
  {
    apiVersion: "batch/v1",
    kind: "CronJob",
    plural: "cronjobs",
    content: () => ({
      spec: {
        schedule: "0 0 1 1 *",
        suspend: true,
        jobTemplate: { spec: { template: { spec: { ...TEMPLATE.spec, restartPolicy: "Never" } } } },
      },
    }),
    written: STATUS,
  },
  {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    plural: "ingresses",
    content: () => ({ spec: { defaultBackend: { service: { name: "x", port: { number: 80 } } } } }),
  },
  {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    plural: "poddisruptionbudgets",
    content: () => ({ spec: { minAvailable: 1, selector: { matchLabels: { app: "y" } } } }),
    written: STATUS,
  },
  { apiVersion: RBAC, kind: "Role", plural: "roles", content: () => ({ rules: RULES }) },
  { apiVersion: RBAC, kind: "RoleBinding", plural: "rolebindings", content: () => roleRef("Role") },
  {
    apiVersion: RBAC,
    kind: "ClusterRole",
    plural: "clusterroles",
    clusterScoped: true,
    name: uniqueName,
    content: () => ({ rules: RULES }),
  },
  {
    apiVersion: RBAC,
    kind: "ClusterRoleBinding",
    plural: "clusterrolebindings",
    clusterScoped: true,
    name: uniqueName,
    content: () => roleRef("ClusterRole"),
  },
  {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    plural: "leases",
    content: () => ({ spec: { holderIdentity: "agent-1", leaseDurationSeconds: 15 } }),
  },
];

const definition = (plural: string, kind: string, scope: "Cluster" | "Namespaced"): Record<string, unknown> => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: `${plural}.<ns>.example.com` },
  spec: {
    group: "<ns>.example.com",
    names: { kind, plural },
    scope,
    versions: [
      {
        name: "v1",
        served: true,
        storage: true,
        schema: {
          openAPIV3Schema: { type: "object", properties: { spec: { type: "object", properties: { size: { type: "integer" } } } } },
        },
        subresources: { status: {} },
      },
    ],
  },
});

const CUSTOM_GROUP = "<ns>.example.com";

const CUSTOM: readonly MemberKind[] = [
  { apiVersion: `${CUSTOM_GROUP}/v1`, kind: "Widget", plural: "widgets", content: () => ({ spec: { size: 1 } }) },
  { apiVersion: `${CUSTOM_GROUP}/v1`, kind: "Site", plural: "sites", clusterScoped: true, content: () => ({ spec: { size: 1 } }) },
];

function memberSteps(member: MemberKind): ContractStep[] {
  const { apiVersion, kind, plural, clusterScoped = false, name = (short: string) => short, content, written = [] } = member;
  const base = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const everywhere = `${base}/${plural}`;
  const here = clusterScoped ? everywhere : `${base}/namespaces/<ns>/${plural}`;
  const object = (short: string): Record<string, unknown> => ({
    apiVersion,
    kind,
    metadata: { name: name(short), labels: { [LABEL]: "<ns>" } },
    ...content(short),
  });
  const ignored = written.length === 0 ? {} : { ignore: written };
  const ignoredInLists = { ignore: written.flatMap((path) => [path, `items.${path}`]) };
  const deletion = (uid: string, options: Record<string, unknown> = {}): Record<string, unknown> => ({
    apiVersion: "v1",
    kind: "DeleteOptions",
    preconditions: { uid },
    ...options,
  });
  // What a deletion answers with, and when the object is gone, depends on who holds it.
  const deleted = written.length === 0 ? {} : { ignore: ["kind", "apiVersion", "metadata", "spec", "status", "details"] };
  return [
    // Its resourceVersion is where the watch starts.
    post(CONFIG_MAPS, configMap("start")),
    {
      watch: "members",
      path: `${everywhere}?allowWatchBookmarks=true&${SELECTED}&resourceVersion=<rv:1>&timeoutSeconds=300&watch=true`,
      headers: METADATA,
    },
    apply(`${here}/${name("a")}?${STRICT}`, object("a"), 201, ignored),
    { collect: "members", events: 1, ...ignored },
    apply(`${here}/${name("a")}?dryRun=All&fieldManager=portolan-agent&force=true`, object("a"), 200, ignored),
    apply(`${here}/${name("a")}?dryRun=All&${STRICT}`, object("a"), 200, ignored),
    apply(`${here}/${name("a")}?fieldManager=portolan-agent&force=true`, object("a"), 200, ignored),
    apply(`${here}/${name("a")}?fieldManager=portolan-agent&fieldValidation=Strict`, object("a"), 200, ignored),
    apply(`${here}/${name("b")}?fieldManager=portolan-agent`, object("b"), 201, ignored),
    get(`${here}/${name("a")}`, 200, { ...ignored, headers: METADATA }),
    get(`${here}/${name("a")}`, 200, ignored),
    get(`${here}/${name("gone")}`, 404, { headers: METADATA }),
    get(`${everywhere}?${SELECTED}&limit=500`, 200, { ...ignoredInLists, headers: METADATA_LIST }),
    get(`${here}?${SELECTED}&limit=500`, 200, { ...ignoredInLists, headers: METADATA_LIST }),
    get(`${everywhere}?${SELECTED}&limit=500`, 200, ignoredInLists),
    get(`${here}?${SELECTED}&limit=500`, 200, ignoredInLists),
    remove(`${here}/${name("a")}`, 409, deletion("11111111-1111-1111-1111-111111111111", { propagationPolicy: "Background" })),
    remove(`${here}/${name("a")}`, 200, deletion("<uid:2>", { propagationPolicy: "Background" }), deleted),
    remove(`${here}/${name("b")}`, 200, deletion("<uid:3>"), deleted),
    apply(`${here}/${name("c")}?fieldManager=portolan-agent`, object("c"), 201, { ignore: ["metadata", "spec", "status", ...written] }),
    remove(`${here}/${name("c")}`, 200, { apiVersion: "v1", kind: "DeleteOptions" }, deleted),
  ];
}

const definitionMember: MemberKind = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  plural: "customresourcedefinitions",
  clusterScoped: true,
  name: (short) => `${short}s.<ns>.example.com`,
  content: (short) => ({ spec: definition(`${short}s`, short.toUpperCase(), "Namespaced")["spec"] }),
  written: STATUS,
};

const customSteps = (member: MemberKind): ContractStep[] => {
  const path = `/apis/${member.apiVersion}/${member.plural}`;
  const name = `${member.plural}.${CUSTOM_GROUP}`;
  return [
    post(DEFINITIONS, definition(member.plural, member.kind, member.clusterScoped === true ? "Cluster" : "Namespaced"), 201, {
      ignore: ["metadata", "spec", "status"],
    }),
    get(path, 200, { until: { status: 200 } }),
    { watch: "all", path: `${path}?allowWatchBookmarks=true&resourceVersion=0&timeoutSeconds=300&watch=true` },
    ...memberSteps(member),
    // The first one is a bookmark, which says that there was nothing yet.
    { collect: "all", events: 3, ignore: ["metadata.resourceVersion"] },
    get(`${path}?limit=500`),
    get(`${path}?limit=500`, 200, { headers: METADATA_LIST }),
    remove(`${DEFINITIONS}/${name}`, 200, undefined, { ignore: ["metadata", "spec", "status"] }),
  ];
};

const RELIC = { apiVersion: `${CUSTOM_GROUP}/v1`, kind: "Relic", metadata: { name: "one" }, spec: { size: 1 } };
const DISCOVERED = [
  "apps",
  "batch",
  "coordination.k8s.io",
  "events.k8s.io",
  "networking.k8s.io",
  "policy",
  "rbac.authorization.k8s.io",
  "apiextensions.k8s.io",
];
const LEASES = "/apis/coordination.k8s.io/v1/namespaces/<ns>/leases";
const lease = (holder: string, resourceVersion?: string): Record<string, unknown> => ({
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  metadata: { name: "leader", ...(resourceVersion === undefined ? {} : { resourceVersion }) },
  spec: {
    holderIdentity: holder,
    leaseDurationSeconds: 15,
    acquireTime: "2026-01-01T00:00:00.000000Z",
    renewTime: "2026-01-01T00:00:00.000000Z",
  },
});

export const agentCases: readonly ContractCase[] = [
  ...[...MEMBERS, definitionMember].map((member): ContractCase => ({
    name: `an agent and its ${member.plural}`,
    steps: memberSteps(member),
  })),
  ...CUSTOM.map((member): ContractCase => ({ name: `an agent and its custom ${member.plural}`, steps: customSteps(member) })),
  {
    name: "an agent looks around",
    steps: [
      // Which resources there are is compared one by one (test/kubernetes/contract.test.ts): a real server serves more.
      get("/apis", 200, { ignore: ["groups"] }),
      get("/api/v1", 200, { ignore: ["resources"] }),
      ...DISCOVERED.map((group) => get(`/apis/${group}/v1`, 200, { ignore: ["resources"] })),
      get("/api/v1/nodes?limit=500", 200, { ignore: ["items"] }),
      get("/api/v1/namespaces/<ns>", 200, { headers: METADATA, ignore: ["metadata.labels", "metadata.managedFields"] }),
      apply(
        "/api/v1/namespaces/<ns>?fieldManager=portolan-agent",
        { apiVersion: "v1", kind: "Namespace", metadata: { name: "<ns>" } },
        200,
        {
          ignore: ["metadata.labels", "metadata.managedFields", "metadata.resourceVersion"],
        },
      ),
      jsonPatch(`${CONFIG_MAPS}/none?fieldManager=portolan-agent`, [{ op: "test", path: "/data/a", value: "1" }], 404),
    ],
  },
  {
    name: "an agent marks what a JSON patch of a hook was written to",
    steps: [
      post(CONFIG_MAPS, { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "one" }, data: { a: "1" } }),
      get(`${CONFIG_MAPS}/one`, 200, { headers: METADATA }),
      ...([200, 409] as const).map((status) =>
        jsonPatch(
          `${CONFIG_MAPS}/one?fieldManager=portolan-agent`,
          [
            { op: "replace", path: "/metadata/resourceVersion", value: "<rv:1>" },
            { op: "add", path: "/metadata/annotations", value: {} },
            { op: "replace", path: "/data/a", value: "2" },
            { op: "add", path: "/metadata/annotations/patched.portolan.dev~1applyset-x-v1", value: "0a1b2c3d 0/before/x" },
          ],
          status,
        ),
      ),
    ],
  },
  {
    name: "an agent rewrites custom resources in another stored version",
    steps: [
      post(DEFINITIONS, definition("relics", "Relic", "Namespaced"), 201, { ignore: ["metadata", "spec", "status"] }),
      get(`/apis/${CUSTOM_GROUP}/v1/relics`, 200, { until: { status: 200 } }),
      post(`/apis/${CUSTOM_GROUP}/v1/namespaces/<ns>/relics`, RELIC),
      put(`/apis/${CUSTOM_GROUP}/v1/namespaces/<ns>/relics/one?fieldManager=portolan-agent`, {
        ...RELIC,
        metadata: { name: "one", resourceVersion: "<rv:1>" },
      }),
      put(`/apis/${CUSTOM_GROUP}/v1/namespaces/<ns>/relics/one?fieldManager=portolan-agent`, RELIC, 422),
      // As it was judged, and not otherwise.
      remove(
        `/apis/${CUSTOM_GROUP}/v1/namespaces/<ns>/relics/one`,
        409,
        { preconditions: { uid: "<uid:1>", resourceVersion: "1" } },
        { ignore: ["message"] },
      ),
      remove(`/apis/${CUSTOM_GROUP}/v1/namespaces/<ns>/relics/one`, 200, { preconditions: { uid: "<uid:1>", resourceVersion: "<rv:1>" } }),
      mergePatch(`${DEFINITIONS}/relics.${CUSTOM_GROUP}/status?fieldManager=portolan-agent`, { status: { storedVersions: ["v1"] } }, 200, {
        ignore: ["metadata", "spec", "status.conditions"],
      }),
      remove(`${DEFINITIONS}/relics.${CUSTOM_GROUP}`, 200, undefined, { ignore: ["metadata", "spec", "status"] }),
    ],
  },
  {
    name: "an agent makes a namespace and asks what it may do",
    steps: [
      post("/api/v1/namespaces?fieldManager=portolan-agent", { apiVersion: "v1", kind: "Namespace", metadata: { name: "<ns>-made" } }, 201),
      post("/api/v1/namespaces?fieldManager=portolan-agent", { apiVersion: "v1", kind: "Namespace", metadata: { name: "<ns>-made" } }, 409),
      remove("/api/v1/namespaces/<ns>-made", 200, undefined, { ignore: ["metadata", "spec", "status"] }),
      ...[
        { verb: "patch", group: "apps", resource: "deployments", namespace: "<ns>", name: "web" },
        { verb: "*", group: "", resource: "pods", subresource: "log" },
      ].map((resourceAttributes) =>
        // Whose fields these are is of no use to anyone, because nothing is kept.
        post(
          "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
          { apiVersion: "authorization.k8s.io/v1", kind: "SelfSubjectAccessReview", spec: { resourceAttributes } },
          201,
          { ignore: ["metadata.managedFields"] },
        ),
      ),
    ],
  },
  {
    name: "an agent asks for logs that are not there",
    steps: [
      get("/api/v1/namespaces/<ns>/pods/none/log?container=main&tailLines=10&limitBytes=4096", 404),
      post(
        "/api/v1/namespaces/<ns>/pods",
        {
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name: "idle" },
          spec: {
            schedulerName: "nobody",
            initContainers: [{ name: "init", image: "i" }],
            containers: [
              { name: "a", image: "i" },
              { name: "b", image: "i" },
            ],
          },
        },
        201,
        { ignore: ["metadata", "spec", "status"] },
      ),
      get("/api/v1/namespaces/<ns>/pods/idle/log?tailLines=10&limitBytes=4096", 400),
      get("/api/v1/namespaces/<ns>/pods/idle/log?container=c&tailLines=10&limitBytes=4096", 400),
      // No node runs it.
      get("/api/v1/namespaces/<ns>/pods/idle/log?container=a&tailLines=10&limitBytes=4096", 204),
    ],
  },
  {
    name: "an agent holds a lease",
    steps: [
      post(`${LEASES}?fieldManager=portolan-agent`, lease("agent-1")),
      put(`${LEASES}/leader?fieldManager=portolan-agent`, lease("agent-1", "<rv:1>")),
      put(`${LEASES}/leader?fieldManager=portolan-agent`, lease("agent-2", "<rv:1>")),
      put(`${LEASES}/leader?fieldManager=portolan-agent`, lease("agent-3", "<rv:1>"), 409),
      mergePatch(
        `${LEASES}/leader?fieldManager=portolan-agent`,
        { metadata: { resourceVersion: "<rv:1>" }, spec: { holderIdentity: null } },
        409,
      ),
      get(`${LEASES}/leader`),
    ],
  },
  {
    name: "an agent watches one secret by its name",
    steps: [
      post(CONFIG_MAPS, configMap("start")),
      {
        watch: "one",
        path: "/api/v1/namespaces/<ns>/secrets?allowWatchBookmarks=true&fieldSelector=metadata.name%3Dwanted&resourceVersion=<rv:1>&timeoutSeconds=300&watch=true",
        headers: METADATA,
      },
      {
        watch: "types",
        path: "/api/v1/secrets?allowWatchBookmarks=true&fieldSelector=metadata.namespace%3D<ns>,type%3Dexample.com/kind&resourceVersion=<rv:1>&timeoutSeconds=300&watch=true",
      },
      ...["other", "wanted"].map((name) =>
        post("/api/v1/namespaces/<ns>/secrets?fieldManager=portolan-agent", {
          apiVersion: "v1",
          kind: "Secret",
          metadata: { name },
          type: "example.com/kind",
          stringData: { a: name },
        }),
      ),
      { collect: "one", events: 1 },
      { collect: "types", events: 2 },
      get("/api/v1/namespaces/<ns>/secrets?fieldSelector=metadata.name%3Dwanted&limit=500", 200, { headers: METADATA_LIST }),
      get("/api/v1/namespaces/<ns>/secrets?fieldSelector=metadata.name%3Dwanted&limit=500"),
    ],
  },
  {
    name: "an agent watches its cluster's policy",
    steps: [
      post(CONFIG_MAPS, configMap("start")),
      get("/api/v1/namespaces/<ns>/configmaps?fieldSelector=metadata.name%3Dpolicy&limit=500"),
      {
        watch: "policy",
        path: "/api/v1/namespaces/<ns>/configmaps?allowWatchBookmarks=true&fieldSelector=metadata.name%3Dpolicy&resourceVersion=<rv:1>&timeoutSeconds=300&watch=true",
      },
      ...["other", "policy"].map((name) => post(CONFIG_MAPS, configMap(name))),
      { collect: "policy", events: 1 },
      get("/api/v1/namespaces/<ns>/configmaps?fieldSelector=metadata.name%3Dpolicy&limit=500"),
    ],
  },
];
