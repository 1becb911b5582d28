/**
 * What is between the versions of the services of the crash tests: every action that a hook can be, on objects of a namespace, of none, and
 * of a kind that the service brings. 1.0.0, 2.0.0 and 3.0.0 lead to each other step by step, in both directions.
 */
import { ANYTHING, customDefinition } from "./custom-definition.ts";

const CRD_NAME = "parcels.example.org";
const VISITORS = "${release.namespace}-visitors";

const configMaps = (verb: string) => ({ apiGroups: [""], resources: ["configmaps"], verbs: [verb] });

function job(name: string, annotations: object = {}): object {
  const container = { name, image: "example.org/tools:${release.version}" };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: `\${release.name}-${name}` },
    spec: {
      backoffLimit: 0,
      template: { metadata: { annotations }, spec: { restartPolicy: "Never", containers: [container] } },
    },
  };
}

/** The kind that the service brings: from 2.0.0 on it is stored as `v2`. */
export function parcelDefinition(version: string): object {
  return customDefinition({ kind: "Parcel", versions: version === "1.0.0" ? ["v1"] : ["v1", "v2"], schema: ANYTHING });
}

/** What hooks name. */
export const CRASH_MANIFESTS: Readonly<Record<string, object>> = {
  "backup-job.yaml": job("backup"),
  "schema-job.yaml": job("schema-change", { "portolan.test/fails": "${string(config.schemaFails)}" }),
  "parcel.yaml": {
    apiVersion: "example.org/v1",
    kind: "Parcel",
    metadata: { name: "${release.name}" },
    spec: { grade: "raw", note: "none", stamps: ["made"] },
  },
  "visitors.yaml": {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name: VISITORS },
    rules: [configMaps("get")],
  },
};

const server = { apiVersion: "apps/v1", kind: "Deployment", name: "${release.name}" };
const parcel = { apiVersion: "example.org/v1", kind: "Parcel", name: "${release.name}" };
const visitors = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", name: VISITORS };

export const CRASH_UPGRADERS: Readonly<Record<string, object>> = {
  "to-2.yaml": {
    direction: "upgrade",
    from: "1.0.0",
    to: "2.0.0",
    before: [
      { name: "backup", action: "job", job: "manifests/backup-job.yaml" },
      { name: "prepare", action: "apply", manifests: ["manifests/parcel.yaml", "manifests/visitors.yaml"] },
      // One that fails when it is done again, and two that can be done twice.
      {
        name: "grade",
        action: "patch",
        type: "json",
        target: parcel,
        patch: [
          { op: "test", path: "/spec/grade", value: "raw" },
          { op: "replace", path: "/spec/grade", value: "fine" },
        ],
      },
      { name: "stamp", action: "patch", type: "json", target: parcel, patch: [{ op: "add", path: "/spec/stamps/-", value: "seen" }] },
      {
        name: "admit",
        action: "patch",
        type: "json",
        target: visitors,
        patch: [{ op: "add", path: "/rules/-", value: configMaps("list") }],
      },
      { name: "note", action: "patch", target: parcel, patch: { spec: { note: "${release.version}" } } },
      { name: "stop", action: "scale", target: server, replicas: 0 },
      { name: "stopped", action: "wait", target: server, until: "object != null && object.spec.replicas == 0" },
    ],
  },
  "to-3.yaml": {
    direction: "upgrade",
    from: "2.0.0",
    to: "3.0.0",
    before: [
      { name: "delete-server", action: "delete", target: server },
      { name: "dismiss", action: "delete", target: visitors },
      { name: "migrate", action: "migrateStorage", crd: CRD_NAME },
    ],
    after: [{ name: "schema", action: "job", job: "manifests/schema-job.yaml" }],
  },
  "back-to-2.yaml": {
    direction: "downgrade",
    from: "3.0.0",
    to: "2.0.0",
    before: [{ name: "delete-server", action: "delete", target: server }],
  },
  "back-to-1.yaml": { direction: "downgrade", from: "2.0.0", to: "1.0.0" },
};

/** Objects of no namespace that the service and its hooks make, and the one of its own kind. */
export function crashObjectsAt(service: string): (namespace: string) => readonly string[] {
  return (namespace) => [
    `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${CRD_NAME}`,
    `/apis/rbac.authorization.k8s.io/v1/clusterroles/${namespace}-${service}`,
    `/apis/rbac.authorization.k8s.io/v1/clusterroles/${namespace}-visitors`,
    `/apis/example.org/v1/namespaces/${namespace}/parcels/${service}`,
  ];
}

/** kubectl's arguments to begin anew: the kind outlives the service that brought it. */
export const FORGET_PARCELS: readonly string[] = ["delete", "customresourcedefinition", CRD_NAME, "--ignore-not-found"];
