import type { KubeObject } from "../../objects/mod.ts";
import { ensureObject, objectField, objectItems, setDefault, setDefaultText, stringField } from "../fields.ts";

/** Defaults of the core and rbac kinds (kubernetes pkg/apis/{core,rbac}/v1/defaults.go). */
export function defaultService(object: KubeObject): void {
  const spec = ensureObject(object, "spec");
  setDefaultText(spec, "sessionAffinity", "None");
  if (spec["sessionAffinity"] === "None") delete spec["sessionAffinityConfig"];
  if (spec["sessionAffinity"] === "ClientIP") {
    const clientIp = ensureObject(ensureObject(spec, "sessionAffinityConfig"), "clientIP");
    setDefault(clientIp, "timeoutSeconds", 10_800);
  }
  setDefaultText(spec, "type", "ClusterIP");
  for (const port of objectItems(spec, "ports")) {
    setDefaultText(port, "protocol", "TCP");
    const target = port["targetPort"];
    if (target === undefined || target === null || target === 0 || target === "") {
      port["targetPort"] = port["port"] ?? 0;
    }
  }
  const type = stringField(spec, "type");
  const isExternal = type === "LoadBalancer" || type === "NodePort";
  if (isExternal) setDefaultText(spec, "externalTrafficPolicy", "Cluster");
  if (isExternal || type === "ClusterIP") setDefault(spec, "internalTrafficPolicy", "Cluster");
  if (type === "LoadBalancer") setDefault(spec, "allocateLoadBalancerNodePorts", true);
  ensureObject(ensureObject(object, "status"), "loadBalancer");
}

/** `stringData` can only be written: it becomes `data`, over what stands there. */
export function defaultSecret(object: KubeObject): void {
  setDefaultText(object, "type", "Opaque");
  const plain = objectField(object, "stringData");
  if (plain === undefined) return;
  const data = ensureObject(object, "data");
  for (const [key, value] of Object.entries(plain)) {
    if (typeof value === "string") data[key] = Buffer.from(value).toString("base64");
  }
  delete object["stringData"];
}

export function defaultNamespace(object: KubeObject): void {
  const { name, labels } = object.metadata;
  if (name !== undefined) {
    object.metadata.labels = { ...labels, "kubernetes.io/metadata.name": name };
  }
  ensureObject(object, "spec");
  setDefaultText(ensureObject(object, "status"), "phase", "Active");
}

export function defaultNode(object: KubeObject): void {
  ensureObject(object, "spec");
  ensureObject(object, "status");
}

export function defaultPersistentVolumeClaim(object: KubeObject): void {
  setDefault(ensureObject(object, "spec"), "volumeMode", "Filesystem");
  ensureObject(ensureObject(object, "spec"), "resources");
  setDefaultText(ensureObject(object, "status"), "phase", "Pending");
}

export function defaultLease(object: KubeObject): void {
  ensureObject(object, "spec");
}

/** Go writes `rules: null` for a role that has none. */
export function defaultRole(object: KubeObject): void {
  setDefaultNull(object, "rules");
}

export function defaultBinding(object: KubeObject): void {
  const reference = ensureObject(object, "roleRef");
  setDefaultText(reference, "apiGroup", "rbac.authorization.k8s.io");
  for (const subject of objectItems(object, "subjects")) {
    const kind = stringField(subject, "kind");
    if (kind === "User" || kind === "Group") {
      setDefaultText(subject, "apiGroup", "rbac.authorization.k8s.io");
    }
  }
}

function setDefaultNull(object: KubeObject, name: string): void {
  if (object[name] === undefined) object[name] = null;
}

export function defaultIngress(object: KubeObject): void {
  ensureObject(object, "spec");
  ensureObject(ensureObject(object, "status"), "loadBalancer");
}

export function defaultEvent(object: KubeObject): void {
  ensureObject(object, "source");
  for (const name of ["firstTimestamp", "lastTimestamp", "eventTime"]) setDefaultNull(object, name);
  setDefault(object, "reportingComponent", "");
  setDefault(object, "reportingInstance", "");
  ensureObject(object, "involvedObject");
}

export function defaultDisruptionBudget(object: KubeObject): void {
  ensureObject(object, "spec");
  ensureObject(object, "status");
}

export function defaultCustomResourceDefinition(object: KubeObject): void {
  const spec = ensureObject(object, "spec");
  const names = ensureObject(spec, "names");
  const kind = stringField(names, "kind");
  if (kind !== "") {
    setDefaultText(names, "singular", kind.toLowerCase());
    setDefaultText(names, "listKind", `${kind}List`);
  }
  setDefaultText(ensureObject(spec, "conversion"), "strategy", "None");
  const webhook = objectField(objectField(spec, "conversion"), "webhook");
  const service = objectField(objectField(webhook, "clientConfig"), "service");
  if (service !== undefined) setDefault(service, "port", 443);
}
