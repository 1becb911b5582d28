import type { JsonObject } from "../../json/mod.ts";
import { ensureObject, objectField, objectItems, setDefault, setDefaultNumber, setDefaultText, stringField } from "../fields.ts";

/** `SetDefaults_PodSpec` and everything below it (kubernetes pkg/apis/core/v1/defaults.go). */
export function defaultPodSpec(spec: JsonObject): void {
  const account = stringField(spec, "serviceAccountName") || stringField(spec, "serviceAccount");
  if (account !== "") {
    spec["serviceAccountName"] = account;
    spec["serviceAccount"] = account;
  }
  setDefaultText(spec, "dnsPolicy", "ClusterFirst");
  setDefaultText(spec, "restartPolicy", "Always");
  ensureObject(spec, "securityContext");
  setDefault(spec, "terminationGracePeriodSeconds", 30);
  setDefaultText(spec, "schedulerName", "default-scheduler");
  for (const volume of objectItems(spec, "volumes")) defaultVolume(volume);
  for (const list of ["containers", "initContainers", "ephemeralContainers"]) {
    for (const container of objectItems(spec, list)) defaultContainer(container);
  }
}

/** The pod template of a workload; its metadata is always there, as Go writes a struct. */
export function defaultPodTemplate(template: JsonObject): void {
  ensureObject(template, "metadata");
  defaultPodSpec(ensureObject(template, "spec"));
}

function imageTag(image: string): string {
  if (image.includes("@")) return "";
  const name = image.slice(image.lastIndexOf("/") + 1);
  const colon = name.indexOf(":");
  return colon === -1 ? "latest" : name.slice(colon + 1);
}

function defaultContainer(container: JsonObject): void {
  const tag = imageTag(stringField(container, "image"));
  setDefaultText(container, "imagePullPolicy", tag === "latest" ? "Always" : "IfNotPresent");
  setDefaultText(container, "terminationMessagePath", "/dev/termination-log");
  setDefaultText(container, "terminationMessagePolicy", "File");
  ensureObject(container, "resources");
  for (const port of objectItems(container, "ports")) setDefaultText(port, "protocol", "TCP");
  for (const variable of objectItems(container, "env")) {
    const reference = objectField(objectField(variable, "valueFrom"), "fieldRef");
    if (reference !== undefined) setDefaultText(reference, "apiVersion", "v1");
  }
  for (const name of ["livenessProbe", "readinessProbe", "startupProbe"]) {
    const probe = objectField(container, name);
    if (probe !== undefined) defaultProbe(probe);
  }
  const lifecycle = objectField(container, "lifecycle");
  for (const name of ["postStart", "preStop"]) {
    const httpGet = objectField(objectField(lifecycle, name), "httpGet");
    if (httpGet !== undefined) defaultHttpGet(httpGet);
  }
}

function defaultProbe(probe: JsonObject): void {
  setDefaultNumber(probe, "timeoutSeconds", 1);
  setDefaultNumber(probe, "periodSeconds", 10);
  setDefaultNumber(probe, "successThreshold", 1);
  setDefaultNumber(probe, "failureThreshold", 3);
  const httpGet = objectField(probe, "httpGet");
  if (httpGet !== undefined) defaultHttpGet(httpGet);
  const grpc = objectField(probe, "grpc");
  if (grpc !== undefined) setDefault(grpc, "service", "");
}

function defaultHttpGet(action: JsonObject): void {
  setDefaultText(action, "path", "/");
  setDefaultText(action, "scheme", "HTTP");
}

function defaultVolume(volume: JsonObject): void {
  const sources = Object.entries(volume).filter(([name, source]) => name !== "name" && source !== undefined && source !== null);
  if (sources.length === 0) volume["emptyDir"] = {};
  for (const name of ["secret", "configMap", "downwardAPI", "projected"]) {
    const source = objectField(volume, name);
    if (source !== undefined) setDefault(source, "defaultMode", 0o644);
  }
  const hostPath = objectField(volume, "hostPath");
  if (hostPath !== undefined) setDefault(hostPath, "type", "");
  const projected = objectField(volume, "projected");
  for (const source of objectItems(projected, "sources")) {
    const token = objectField(source, "serviceAccountToken");
    if (token !== undefined) setDefault(token, "expirationSeconds", 3600);
    for (const item of objectItems(objectField(source, "downwardAPI"), "items")) {
      const reference = objectField(item, "fieldRef");
      if (reference !== undefined) setDefaultText(reference, "apiVersion", "v1");
    }
  }
  for (const item of objectItems(objectField(volume, "downwardAPI"), "items")) {
    const reference = objectField(item, "fieldRef");
    if (reference !== undefined) setDefaultText(reference, "apiVersion", "v1");
  }
  const claim = objectField(objectField(objectField(volume, "ephemeral"), "volumeClaimTemplate"), "spec");
  if (claim !== undefined) setDefault(claim, "volumeMode", "Filesystem");
}
