import type { Json, JsonObject } from "../json/mod.ts";
import { numberField, objectField, objectItems, stringField } from "../kinds/mod.ts";
import type { KubeObject } from "../objects/mod.ts";
import { humanDuration, timeSince } from "./duration.ts";
import { podReadiness, podRestarts, podStatus } from "./pod-status.ts";
import type { Column } from "./table.ts";

/**
 * The columns of the built-in kinds, as kube-apiserver prints them (kubernetes pkg/printers/internalversion). Their descriptions are
 * our own.
 */
type Cell = Column["cell"];

const NONE = "<none>";

const spec = (object: KubeObject): JsonObject | undefined => objectField(object, "spec");
const status = (object: KubeObject): JsonObject | undefined => objectField(object, "status");

function text(name: string, description: string, cell: Cell): Column {
  return { name, type: "string", description, cell };
}

function count(name: string, description: string, cell: Cell): Column {
  return { name, type: "integer", description, cell };
}

/** Shown by `-o wide` alone. */
function wide(name: string, description: string, cell: Cell): Column {
  return { name, type: "string", description, priority: 1, cell };
}

export const NAME_COLUMN: Column = {
  name: "Name",
  type: "string",
  format: "name",
  description: "The object's name.",
  cell: ({ metadata }) => metadata.name ?? "",
};

const AGE = text("Age", "How long ago the object was created.", ({ metadata }, now) => timeSince(metadata.creationTimestamp ?? "", now));

/** Kinds without columns of their own. */
const PLAIN: readonly Column[] = [
  NAME_COLUMN,
  {
    name: "Created At",
    type: "date",
    description: "When the object was created.",
    cell: ({ metadata }) => metadata.creationTimestamp ?? "",
  },
];

function labelsText(labels: JsonObject | undefined): string {
  const pairs = Object.entries(labels ?? {}).map(([key, value]) => `${key}=${typeof value === "string" ? value : ""}`);
  return pairs.length === 0 ? NONE : pairs.toSorted().join(",");
}

/** A LabelSelector on one line (metav1 `FormatLabelSelector`). */
function selectorText(selector: JsonObject | undefined): string {
  const labels = Object.entries(objectField(selector, "matchLabels") ?? {}).map(([key, value]): [string, string] => [
    key,
    `${key}=${typeof value === "string" ? value : ""}`,
  ]);
  const expressions = objectItems(selector, "matchExpressions").map((expression): [string, string] => {
    const key = stringField(expression, "key");
    const values = strings(expression["values"]).toSorted().join(",");
    switch (stringField(expression, "operator")) {
      case "In":
        return [key, `${key} in (${values})`];
      case "NotIn":
        return [key, `${key} notin (${values})`];
      case "DoesNotExist":
        return [key, `!${key}`];
      default:
        return [key, key];
    }
  });
  const all = [...labels, ...expressions].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return all.length === 0 ? NONE : all.map(([, requirement]) => requirement).join(",");
}

function strings(value: Json | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}

const podTemplate = (object: KubeObject): JsonObject | undefined => objectField(objectField(spec(object), "template"), "spec");

function containerColumns(podSpec: (object: KubeObject) => JsonObject | undefined): Column[] {
  const joined =
    (field: string): Cell =>
    (object) =>
      objectItems(podSpec(object), "containers")
        .map((container) => stringField(container, field))
        .join(",");
  return [
    wide("Containers", "The names of the template's containers.", joined("name")),
    wide("Images", "The images of the template's containers.", joined("image")),
  ];
}

const SELECTOR = wide("Selector", "Which pods are its own.", (object) => selectorText(objectField(spec(object), "selector")));

const specNumber =
  (name: string, fallback = 0): Cell =>
  (object) =>
    numberField(spec(object), name) ?? fallback;
const statusNumber =
  (name: string): Cell =>
  (object) =>
    numberField(status(object), name) ?? 0;

const READY_OF_DESIRED = text("Ready", "How many pods are ready, of how many wanted.", (object) =>
  [numberField(status(object), "readyReplicas") ?? 0, numberField(spec(object), "replicas") ?? 0].join("/"),
);

function hasCondition(object: KubeObject, type: string): boolean {
  return objectItems(status(object), "conditions").some((condition) => condition["type"] === type && condition["status"] === "True");
}

function jobStatus(job: KubeObject): string {
  if (hasCondition(job, "Complete")) return "Complete";
  if (hasCondition(job, "Failed")) return "Failed";
  if (job.metadata.deletionTimestamp !== undefined) return "Terminating";
  return ["Suspended", "FailureTarget", "SuccessCriteriaMet"].find((type) => hasCondition(job, type)) ?? "Running";
}

function jobCompletions(job: KubeObject): string {
  const succeeded = numberField(status(job), "succeeded") ?? 0;
  const completions = numberField(spec(job), "completions");
  const parallelism = numberField(spec(job), "parallelism") ?? 0;
  return `${succeeded}/${completions ?? (parallelism > 1 ? `1 of ${parallelism}` : 1)}`;
}

function jobDuration(job: KubeObject, now: number): string {
  const [start, end] = [stringField(status(job), "startTime"), stringField(status(job), "completionTime")];
  if (start === "") return "";
  return humanDuration((end === "" ? now : Date.parse(end)) - Date.parse(start));
}

function servicePorts(service: KubeObject): string {
  const ports = objectItems(spec(service), "ports").map((port) => {
    const node = numberField(port, "nodePort") ?? 0;
    return `${numberField(port, "port") ?? 0}${node > 0 ? `:${node}` : ""}/${stringField(port, "protocol")}`;
  });
  return ports.length === 0 ? NONE : ports.join(",");
}

function addresses(ingress: readonly JsonObject[]): string[] {
  return [
    ...new Set(ingress.map((point) => stringField(point, "ip") || stringField(point, "hostname")).filter((address) => address !== "")),
  ].toSorted();
}

function externalAddress(service: KubeObject): string {
  const external = strings(spec(service)?.["externalIPs"]);
  switch (stringField(spec(service), "type")) {
    case "ExternalName":
      return stringField(spec(service), "externalName");
    case "LoadBalancer": {
      const all = [...addresses(objectItems(objectField(status(service), "loadBalancer"), "ingress")), ...external];
      return all.length === 0 ? "<pending>" : all.join(",");
    }
    default:
      return external.length === 0 ? NONE : external.join(",");
  }
}

const MAX_HOSTS = 3;

function ingressHosts(ingress: KubeObject): string {
  const rules = objectItems(spec(ingress), "rules");
  const hosts = rules
    .slice(0, MAX_HOSTS)
    .map((rule) => stringField(rule, "host"))
    .filter((host) => host !== "");
  if (hosts.length === 0) return "*";
  return `${hosts.join(",")}${rules.length > MAX_HOSTS ? ` + ${rules.length - MAX_HOSTS} more...` : ""}`;
}

function nodeStatus(node: KubeObject): string {
  const ready = objectItems(status(node), "conditions").find((condition) => condition["type"] === "Ready");
  const state = ready === undefined ? "Unknown" : ready["status"] === "True" ? "Ready" : "NotReady";
  return spec(node)?.["unschedulable"] === true ? `${state},SchedulingDisabled` : state;
}

const ROLE_LABEL = "node-role.kubernetes.io/";

function nodeRoles({ metadata: { labels = {} } }: KubeObject): string {
  const roles = Object.entries(labels).flatMap(([key, value]) => {
    if (key.startsWith(ROLE_LABEL)) return [key.slice(ROLE_LABEL.length)];
    return key === "kubernetes.io/role" && value !== "" ? [value] : [];
  });
  return roles.length === 0 ? NONE : [...new Set(roles)].toSorted().join(",");
}

function nodeAddress(node: KubeObject, type: string): string {
  const address = objectItems(status(node), "addresses").find((each) => each["type"] === type);
  return address === undefined ? NONE : stringField(address, "address");
}

const nodeInfo = (node: KubeObject, name: string): string => stringField(objectField(status(node), "nodeInfo"), name);

function subjects(kind: string): Cell {
  return (binding) =>
    objectItems(binding, "subjects")
      .filter((subject) => subject["kind"] === kind)
      .map((subject) => (kind === "ServiceAccount" ? `${stringField(subject, "namespace")}/` : "") + stringField(subject, "name"))
      .join(", ");
}

const BINDING: readonly Column[] = [
  NAME_COLUMN,
  text("Role", "The role that is given.", (binding) => {
    const role = objectField(binding, "roleRef");
    return `${stringField(role, "kind")}/${stringField(role, "name")}`;
  }),
  AGE,
  wide("Users", "The users that it is given to.", subjects("User")),
  wide("Groups", "The groups that it is given to.", subjects("Group")),
  wide("ServiceAccounts", "The service accounts that it is given to.", subjects("ServiceAccount")),
];

/** The times of an event: of a series, of an old one, or of one that happened once. */
function eventTime(event: KubeObject, which: "first" | "last", now: number): string {
  const happened = stringField(event, "eventTime");
  const first = stringField(event, "firstTimestamp") || stringField(event, "deprecatedFirstTimestamp") || happened;
  if (which === "first") return timeSince(first, now);
  const series = stringField(objectField(event, "series"), "lastObservedTime");
  return timeSince(series || stringField(event, "lastTimestamp") || stringField(event, "deprecatedLastTimestamp") || first, now);
}

function eventObject(event: KubeObject): JsonObject | undefined {
  return objectField(event, "involvedObject") ?? objectField(event, "regarding");
}

function eventSource(event: KubeObject): string {
  const source = objectField(event, "source") ?? objectField(event, "deprecatedSource");
  const component =
    stringField(source, "component") || stringField(event, "reportingComponent") || stringField(event, "reportingController");
  const instance = stringField(source, "host") || stringField(event, "reportingInstance");
  return instance === "" ? component : `${component}, ${instance}`;
}

const EVENT: readonly Column[] = [
  text("Last Seen", "When it happened last.", (event, now) => eventTime(event, "last", now)),
  text("Type", "Normal or Warning.", (event) => stringField(event, "type")),
  text("Reason", "Why it was told, in one word.", (event) => stringField(event, "reason")),
  text("Object", "What it is about.", (event) => {
    const [kind, name] = [stringField(eventObject(event), "kind").toLowerCase(), stringField(eventObject(event), "name")];
    return name === "" ? kind : `${kind}/${name}`;
  }),
  wide("Subobject", "The part of the object that it is about.", (event) => stringField(eventObject(event), "fieldPath")),
  wide("Source", "Who told it.", eventSource),
  text("Message", "What happened.", (event) => (stringField(event, "message") || stringField(event, "note")).trim()),
  wide("First Seen", "When it happened first.", (event, now) => eventTime(event, "first", now)),
  wide("Count", "How often it happened.", (event) => {
    const series = numberField(objectField(event, "series"), "count");
    const counted = numberField(event, "count") ?? numberField(event, "deprecatedCount") ?? 0;
    return series ?? (counted === 0 ? 1 : counted);
  }),
  { ...NAME_COLUMN, priority: 1 },
];

const ACCESS_MODES: readonly (readonly [mode: string, short: string])[] = [
  ["ReadWriteOnce", "RWO"],
  ["ReadOnlyMany", "ROX"],
  ["ReadWriteMany", "RWX"],
  ["ReadWriteOncePod", "RWOP"],
];

function isBound(claim: KubeObject): boolean {
  return stringField(spec(claim), "volumeName") !== "";
}

function accessModes(claim: KubeObject): string {
  const modes = strings(status(claim)?.["accessModes"]);
  return isBound(claim)
    ? ACCESS_MODES.filter(([mode]) => modes.includes(mode))
        .map(([, short]) => short)
        .join(",")
    : "";
}

/** A field of a spec that may be a number or a text, as text. */
function amount(object: KubeObject, name: string): string {
  const value = spec(object)?.[name];
  return typeof value === "string" || typeof value === "number" ? String(value) : "N/A";
}

function members(...names: string[]): Cell {
  return (object) => names.reduce((sum, name) => sum + Object.keys(objectField(object, name) ?? {}).length, 0);
}

const columns: Readonly<Record<string, readonly Column[]>> = {
  "/ConfigMap": [NAME_COLUMN, text("Data", "How many entries it has.", members("data", "binaryData")), AGE],
  "/Secret": [
    NAME_COLUMN,
    text("Type", "What kind of secret it is.", (secret) => stringField(secret, "type")),
    text("Data", "How many entries it has.", members("data")),
    AGE,
  ],
  "/Namespace": [NAME_COLUMN, text("Status", "Whether it is being deleted.", (namespace) => stringField(status(namespace), "phase")), AGE],
  "/ServiceAccount": [NAME_COLUMN, AGE],
  "/Event": EVENT,
  "events.k8s.io/Event": EVENT,
  "/Node": [
    NAME_COLUMN,
    text("Status", "Whether it takes pods.", nodeStatus),
    text("Roles", "The roles that its labels name.", nodeRoles),
    AGE,
    text("Version", "The version of its kubelet.", (node) => nodeInfo(node, "kubeletVersion")),
    wide("Internal-IP", "Its address in the cluster.", (node) => nodeAddress(node, "InternalIP")),
    wide("External-IP", "Its address outside of the cluster.", (node) => nodeAddress(node, "ExternalIP")),
    wide("OS-Image", "Its operating system.", (node) => nodeInfo(node, "osImage") || "<unknown>"),
    wide("Kernel-Version", "The version of its kernel.", (node) => {
      const architecture = nodeInfo(node, "architecture");
      return (nodeInfo(node, "kernelVersion") || "<unknown>") + (architecture === "" ? "" : ` (${architecture})`);
    }),
    wide("Container-Runtime", "What runs its containers.", (node) => nodeInfo(node, "containerRuntimeVersion") || "<unknown>"),
  ],
  "/Pod": [
    NAME_COLUMN,
    text("Ready", "How many containers are ready, of how many there are.", podReadiness),
    text("Status", "What the pod is doing.", podStatus),
    text("Restarts", "How often containers were restarted.", podRestarts),
    AGE,
    wide("IP", "Its address in the cluster.", (pod) => stringField(status(pod), "podIP") || NONE),
    wide("Node", "The node that it runs on.", (pod) => stringField(spec(pod), "nodeName") || NONE),
    wide("Nominated Node", "The node that makes room for it.", (pod) => stringField(status(pod), "nominatedNodeName") || NONE),
    wide("Readiness Gates", "How many further conditions are met.", (pod) => {
      const gates = objectItems(spec(pod), "readinessGates").map((gate) => stringField(gate, "conditionType"));
      return gates.length === 0 ? NONE : `${gates.filter((gate) => hasCondition(pod, gate)).length}/${gates.length}`;
    }),
  ],
  "/Service": [
    NAME_COLUMN,
    text("Type", "Where it can be reached from.", (service) => stringField(spec(service), "type")),
    text("Cluster-IP", "Its address in the cluster.", (service) => strings(spec(service)?.["clusterIPs"])[0] ?? NONE),
    text("External-IP", "Its addresses outside of the cluster.", externalAddress),
    text("Port(s)", "The ports that it listens on.", servicePorts),
    AGE,
    wide("Selector", "Which pods it leads to.", (service) => labelsText(objectField(spec(service), "selector"))),
  ],
  "/PersistentVolumeClaim": [
    NAME_COLUMN,
    text("Status", "Whether it has a volume.", (claim) =>
      claim.metadata.deletionTimestamp === undefined ? stringField(status(claim), "phase") : "Terminating",
    ),
    text("Volume", "The volume that it has.", (claim) => stringField(spec(claim), "volumeName")),
    text("Capacity", "How large the volume is.", (claim) =>
      isBound(claim) ? stringField(objectField(status(claim), "capacity"), "storage") || "0" : "",
    ),
    text("Access Modes", "How the volume can be mounted.", accessModes),
    text("StorageClass", "The class that it asks for.", (claim) => stringField(spec(claim), "storageClassName")),
    text(
      "VolumeAttributesClass",
      "The class of attributes that it asks for.",
      (claim) => stringField(spec(claim), "volumeAttributesClassName") || "<unset>",
    ),
    AGE,
    wide("VolumeMode", "Whether it is a file system or a block device.", (claim) => stringField(spec(claim), "volumeMode") || "<unset>"),
  ],
  "apps/Deployment": [
    NAME_COLUMN,
    READY_OF_DESIRED,
    text("Up-to-date", "How many pods are of the newest template.", statusNumber("updatedReplicas")),
    text("Available", "How many pods have been ready for long enough.", statusNumber("availableReplicas")),
    AGE,
    ...containerColumns(podTemplate),
    SELECTOR,
  ],
  "apps/ReplicaSet": [
    NAME_COLUMN,
    count("Desired", "How many pods are wanted.", specNumber("replicas")),
    count("Current", "How many pods there are.", statusNumber("replicas")),
    count("Ready", "How many pods are ready.", statusNumber("readyReplicas")),
    AGE,
    ...containerColumns(podTemplate),
    SELECTOR,
  ],
  "apps/StatefulSet": [NAME_COLUMN, READY_OF_DESIRED, AGE, ...containerColumns(podTemplate)],
  "apps/DaemonSet": [
    NAME_COLUMN,
    count("Desired", "How many nodes should run a pod.", statusNumber("desiredNumberScheduled")),
    count("Current", "How many nodes run a pod that they should run.", statusNumber("currentNumberScheduled")),
    count("Ready", "How many pods are ready.", statusNumber("numberReady")),
    count("Up-to-date", "How many pods are of the newest template.", statusNumber("updatedNumberScheduled")),
    count("Available", "How many pods have been ready for long enough.", statusNumber("numberAvailable")),
    text("Node Selector", "Which nodes should run a pod.", (object) => labelsText(objectField(podTemplate(object), "nodeSelector"))),
    AGE,
    ...containerColumns(podTemplate),
    SELECTOR,
  ],
  "batch/Job": [
    NAME_COLUMN,
    text("Status", "Whether it runs or how it ended.", jobStatus),
    text("Completions", "How many pods have succeeded, of how many must.", jobCompletions),
    text("Duration", "How long it ran.", jobDuration),
    AGE,
    ...containerColumns(podTemplate),
    SELECTOR,
  ],
  "batch/CronJob": [
    NAME_COLUMN,
    text("Schedule", "When it runs.", (cronJob) => stringField(spec(cronJob), "schedule")),
    text("Timezone", "The time zone of the schedule.", (cronJob) => stringField(spec(cronJob), "timeZone") || NONE),
    {
      name: "Suspend",
      type: "boolean",
      description: "Whether it is kept from running.",
      cell: (cronJob) => (spec(cronJob)?.["suspend"] === true ? "True" : "False"),
    },
    count("Active", "How many of its Jobs run.", (cronJob) => objectItems(status(cronJob), "active").length),
    text("Last Schedule", "When it ran last.", (cronJob, now) => {
      const last = stringField(status(cronJob), "lastScheduleTime");
      return last === "" ? NONE : timeSince(last, now);
    }),
    AGE,
    ...containerColumns((cronJob) =>
      objectField(objectField(objectField(objectField(spec(cronJob), "jobTemplate"), "spec"), "template"), "spec"),
    ),
    wide("Selector", "Which pods are its Jobs' own.", (cronJob) =>
      selectorText(objectField(objectField(objectField(spec(cronJob), "jobTemplate"), "spec"), "selector")),
    ),
  ],
  "coordination.k8s.io/Lease": [NAME_COLUMN, text("Holder", "Who holds it.", (lease) => stringField(spec(lease), "holderIdentity")), AGE],
  "networking.k8s.io/Ingress": [
    NAME_COLUMN,
    text("Class", "The class of controllers that serve it.", (ingress) => stringField(spec(ingress), "ingressClassName") || NONE),
    text("Hosts", "The hosts that its rules are for.", ingressHosts),
    text("Address", "Where it can be reached.", (ingress) =>
      addresses(objectItems(objectField(status(ingress), "loadBalancer"), "ingress")).join(","),
    ),
    text("Ports", "The ports that it listens on.", (ingress) => (objectItems(spec(ingress), "tls").length > 0 ? "80, 443" : "80")),
    AGE,
  ],
  "policy/PodDisruptionBudget": [
    NAME_COLUMN,
    text("Min Available", "How many pods must stay.", (budget) => amount(budget, "minAvailable")),
    text("Max Unavailable", "How many pods may go.", (budget) => amount(budget, "maxUnavailable")),
    count("Allowed Disruptions", "How many pods may go now.", statusNumber("disruptionsAllowed")),
    AGE,
  ],
  "rbac.authorization.k8s.io/RoleBinding": BINDING,
  "rbac.authorization.k8s.io/ClusterRoleBinding": BINDING,
};

/** The columns of a built-in kind. */
export function builtinColumns(group: string, kind: string): readonly Column[] {
  return columns[`${group}/${kind}`] ?? PLAIN;
}
