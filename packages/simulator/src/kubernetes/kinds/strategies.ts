import { invalidValue, type FieldError } from "../errors/mod.ts";
import type { Json } from "../json/mod.ts";
import type { KubeObject } from "../objects/mod.ts";
import {
  defaultBinding,
  defaultCustomResourceDefinition,
  defaultDisruptionBudget,
  defaultEvent,
  defaultIngress,
  defaultLease,
  defaultNamespace,
  defaultNode,
  defaultPersistentVolumeClaim,
  defaultRole,
  defaultSecret,
  defaultService,
} from "./defaults/core.ts";
import {
  defaultCronJob,
  defaultDaemonSet,
  defaultDeployment,
  defaultJob,
  defaultPod,
  defaultReplicaSet,
  defaultStatefulSet,
  prepareDaemonSet,
  prepareDaemonSetUpdate,
} from "./defaults/workloads.ts";
import { ensureObject, numberField, objectField, stringField } from "./fields.ts";
import type { KindStrategy } from "./resource-type.ts";
import { allocateClusterIp } from "./service-address.ts";
import {
  prepareCustomResourceDefinition,
  prepareCustomResourceDefinitionDelete,
  prepareCustomResourceDefinitionUpdate,
  validateCustomResourceDefinition,
  validateCustomResourceDefinitionUpdate,
} from "./validation/custom-resource-definition.ts";
import { validateConfigMap, validateConfigMapUpdate, validateSecret, validateSecretUpdate } from "./validation/configuration.ts";
import {
  prepareJob,
  validateCronJob,
  validateDeploymentStatus,
  validateJob,
  validateJobUpdate,
  validateSelectorUpdate,
  validateStatefulSetUpdate,
  validateWorkload,
} from "./validation/workloads.ts";

const plain: KindStrategy = { generation: "none" };

/** Keeps a claim while a pod uses it. */
export const PVC_PROTECTION = "kubernetes.io/pvc-protection";

function prepareNamespace(object: KubeObject): void {
  const spec = ensureObject(object, "spec");
  if (!Array.isArray(spec["finalizers"]) || spec["finalizers"].length === 0) {
    spec["finalizers"] = ["kubernetes"];
  }
}

function validateNamespaceStatus(namespace: KubeObject): FieldError[] {
  const phase = stringField(objectField(namespace, "status"), "phase");
  const isDeleted = namespace.metadata.deletionTimestamp !== undefined;
  const expected = isDeleted ? "Terminating" : "Active";
  if (phase === expected) return [];
  return [invalidValue("status.Phase", phase, `may only be '${expected}' if \`deletionTimestamp\` is ${isDeleted ? "not " : ""}empty`)];
}

/** What holds a namespace besides its metadata's finalizers: the namespace controller's own. */
export function namespaceFinalizers(namespace: KubeObject): Json[] {
  const finalizers = objectField(namespace, "spec")?.["finalizers"];
  return Array.isArray(finalizers) ? finalizers : [];
}

function keepNamespaceFinalizers(object: KubeObject, old: KubeObject): void {
  const finalizers = objectField(old, "spec")?.["finalizers"];
  const spec = ensureObject(object, "spec");
  if (finalizers === undefined) delete spec["finalizers"];
  else spec["finalizers"] = finalizers;
}

const strategies: Record<string, KindStrategy> = {
  "/ConfigMap": { ...plain, validate: validateConfigMap, validateUpdate: validateConfigMapUpdate },
  "/Secret": {
    ...plain,
    applyDefaults: defaultSecret,
    validate: validateSecret,
    validateUpdate: validateSecretUpdate,
    selectableFields: ["type"],
  },
  "/Namespace": {
    ...plain,
    returnsDeleted: true,
    preconditionWords: "Precondition failed",
    nameRule: "dns1123Label",
    initialStatus: { phase: "Active" },
    applyDefaults: defaultNamespace,
    prepareForCreate: prepareNamespace,
    prepareForUpdate: keepNamespaceFinalizers,
    isHeld: (namespace) => namespaceFinalizers(namespace).length > 0,
    validateStatusUpdate: validateNamespaceStatus,
    prepareForDelete: (namespace) => {
      ensureObject(namespace, "status")["phase"] = "Terminating";
    },
    selectableFields: ["status.phase", "name"],
  },
  "/Node": {
    ...plain,
    applyDefaults: defaultNode,
    selectableFields: ["spec.unschedulable"],
  },
  "/Pod": {
    returnsDeleted: true,
    generation: "spec",
    initialStatus: { phase: "Pending", qosClass: "BestEffort" },
    applyDefaults: defaultPod,
    gracePeriodSeconds: (pod) =>
      // A pod that was never scheduled, or has ended, has nothing to shut down.
      (objectField(pod, "spec")?.["nodeName"] ?? "") === ""
        ? 0
        : (numberField(objectField(pod, "spec"), "terminationGracePeriodSeconds") ?? 30),
    selectableFields: [
      "spec.nodeName",
      "spec.restartPolicy",
      "spec.schedulerName",
      "spec.serviceAccountName",
      "spec.hostNetwork",
      "status.phase",
      "status.podIP",
      "status.nominatedNodeName",
    ],
  },
  "/Service": {
    ...plain,
    returnsDeleted: true,
    nameRule: "dns1035Label",
    initialStatus: { loadBalancer: {} },
    allowCreateOnUpdate: true,
    applyDefaults: defaultService,
    prepareForCreate: allocateClusterIp,
    prepareForUpdate: (service, old) => {
      // Addresses that were given out stay when an update does not name them.
      const [spec, oldSpec] = [ensureObject(service, "spec"), objectField(old, "spec") ?? {}];
      for (const name of ["clusterIP", "clusterIPs", "ipFamilies", "ipFamilyPolicy"]) {
        if (spec[name] === undefined && oldSpec[name] !== undefined) spec[name] = oldSpec[name];
      }
    },
    selectableFields: ["spec.clusterIP", "spec.type"],
  },
  "/ServiceAccount": { ...plain, returnsDeleted: true },
  "/Event": {
    ...plain,
    allowCreateOnUpdate: true,
    applyDefaults: defaultEvent,
    selectableFields: [
      "involvedObject.kind",
      "involvedObject.namespace",
      "involvedObject.name",
      "involvedObject.uid",
      "involvedObject.apiVersion",
      "involvedObject.resourceVersion",
      "involvedObject.fieldPath",
      "reason",
      "reportingComponent",
      "source",
      "type",
    ],
  },
  "events.k8s.io/Event": {
    ...plain,
    allowCreateOnUpdate: true,
    selectableFields: [
      "regarding.kind",
      "regarding.namespace",
      "regarding.name",
      "regarding.uid",
      "regarding.apiVersion",
      "regarding.resourceVersion",
      "regarding.fieldPath",
      "reason",
      "reportingController",
      "type",
    ],
  },
  "/PersistentVolumeClaim": {
    ...plain,
    returnsDeleted: true,
    initialStatus: { phase: "Pending" },
    applyDefaults: defaultPersistentVolumeClaim,
    prepareForCreate: (claim) => {
      const { finalizers = [] } = claim.metadata;
      if (!finalizers.includes(PVC_PROTECTION)) claim.metadata.finalizers = [...finalizers, PVC_PROTECTION];
    },
    selectableFields: ["name"],
  },
  "apps/Deployment": {
    generation: "specAndAnnotations",
    initialStatus: {},
    validateStatusUpdate: validateDeploymentStatus,
    statusKeepsLabels: true,
    applyDefaults: defaultDeployment,
    validate: validateWorkload,
    validateUpdate: validateSelectorUpdate,
  },
  "apps/ReplicaSet": {
    generation: "spec",
    initialStatus: { replicas: 0 },
    applyDefaults: defaultReplicaSet,
    validate: validateWorkload,
    validateUpdate: validateSelectorUpdate,
    selectableFields: ["status.replicas"],
  },
  "apps/StatefulSet": {
    generation: "spec",
    initialStatus: { replicas: 0, availableReplicas: 0 },
    applyDefaults: defaultStatefulSet,
    validate: validateWorkload,
    validateUpdate: validateStatefulSetUpdate,
  },
  "apps/DaemonSet": {
    generation: "spec",
    initialStatus: {
      currentNumberScheduled: 0,
      numberMisscheduled: 0,
      desiredNumberScheduled: 0,
      numberReady: 0,
    },
    applyDefaults: defaultDaemonSet,
    prepareForCreate: prepareDaemonSet,
    prepareForUpdate: prepareDaemonSetUpdate,
    validate: validateWorkload,
    validateUpdate: validateSelectorUpdate,
  },
  "batch/Job": {
    generation: "spec",
    initialStatus: {},
    orphanByDefault: true,
    applyDefaults: defaultJob,
    prepareForCreate: (job) => {
      prepareJob(job);
      // The labels of the template are the Job's own when it has none: now there are some.
      defaultJob(job);
    },
    validate: validateJob,
    validateUpdate: validateJobUpdate,
    selectableFields: ["status.successful"],
  },
  "batch/CronJob": {
    generation: "spec",
    initialStatus: {},
    applyDefaults: defaultCronJob,
    validate: validateCronJob,
  },
  "coordination.k8s.io/Lease": {
    ...plain,
    allowCreateOnUpdate: true,
    requireResourceVersion: true,
    applyDefaults: defaultLease,
  },
  "networking.k8s.io/Ingress": {
    generation: "spec",
    initialStatus: { loadBalancer: {} },
    applyDefaults: defaultIngress,
  },
  "policy/PodDisruptionBudget": {
    generation: "spec",
    requireResourceVersion: true,
    initialStatus: { disruptionsAllowed: 0, currentHealthy: 0, desiredHealthy: 0, expectedPods: 0 },
    applyDefaults: defaultDisruptionBudget,
  },
  "rbac.authorization.k8s.io/ClusterRole": {
    ...plain,
    nameRule: "pathSegment",
    allowCreateOnUpdate: true,
    applyDefaults: defaultRole,
  },
  "rbac.authorization.k8s.io/Role": {
    ...plain,
    nameRule: "pathSegment",
    allowCreateOnUpdate: true,
    applyDefaults: defaultRole,
  },
  "rbac.authorization.k8s.io/ClusterRoleBinding": {
    ...plain,
    nameRule: "pathSegment",
    allowCreateOnUpdate: true,
    applyDefaults: defaultBinding,
  },
  "rbac.authorization.k8s.io/RoleBinding": {
    ...plain,
    nameRule: "pathSegment",
    allowCreateOnUpdate: true,
    applyDefaults: defaultBinding,
  },
  "apiextensions.k8s.io/CustomResourceDefinition": {
    preconditionWords: "precondition failed",
    generation: "spec",
    requireResourceVersion: true,
    initialStatus: {},
    applyDefaults: defaultCustomResourceDefinition,
    prepareForCreate: prepareCustomResourceDefinition,
    prepareForUpdate: prepareCustomResourceDefinitionUpdate,
    prepareForDelete: prepareCustomResourceDefinitionDelete,
    // Its finalizer is put on it by its deletion, and taken off by the controller.
    isHeld: (definition) => definition.metadata.deletionTimestamp === undefined,
    validate: validateCustomResourceDefinition,
    validateUpdate: validateCustomResourceDefinitionUpdate,
  },
};

/** @throws TypeError for a kind that is listed in the generated schemas but has no rules here */
export function strategyOf(group: string, kind: string): KindStrategy {
  const strategy = strategies[`${group}/${kind}`];
  if (strategy === undefined) throw new TypeError(`no strategy for ${group}/${kind}`);
  return strategy;
}
