import { equalJson, type JsonObject } from "../../json/mod.ts";
import type { KubeObject } from "../../objects/mod.ts";
import { ensureObject, objectField, objectItems, setDefault, setDefaultText, stringField } from "../fields.ts";
import { defaultPodSpec, defaultPodTemplate } from "./pod-spec.ts";

/** Defaults of apps/v1 and batch/v1 (kubernetes pkg/apis/{apps,batch}/v1/defaults.go). */
function specOf(object: KubeObject): JsonObject {
  return ensureObject(object, "spec");
}

function defaultTemplateOf(spec: JsonObject): void {
  defaultPodTemplate(ensureObject(spec, "template"));
}

export function defaultDeployment(object: KubeObject): void {
  const spec = specOf(object);
  defaultTemplateOf(spec);
  setDefault(spec, "replicas", 1);
  const strategy = ensureObject(spec, "strategy");
  setDefaultText(strategy, "type", "RollingUpdate");
  if (strategy["type"] === "RollingUpdate") {
    const rolling = ensureObject(strategy, "rollingUpdate");
    setDefault(rolling, "maxUnavailable", "25%");
    setDefault(rolling, "maxSurge", "25%");
  }
  setDefault(spec, "revisionHistoryLimit", 10);
  setDefault(spec, "progressDeadlineSeconds", 600);
}

/** Where the API shows the template generation of a DaemonSet, which has no field of its own any more. */
const TEMPLATE_GENERATION = "deprecated.daemonset.template.generation";

function templateGeneration(object: KubeObject): number {
  return Number(object.metadata.annotations?.[TEMPLATE_GENERATION] ?? "0");
}

function setTemplateGeneration(object: KubeObject, generation: number): void {
  object.metadata.annotations = { ...object.metadata.annotations, [TEMPLATE_GENERATION]: String(generation) };
}

export function prepareDaemonSet(object: KubeObject): void {
  setTemplateGeneration(object, Math.max(1, templateGeneration(object)));
}

export function prepareDaemonSetUpdate(object: KubeObject, old: KubeObject): void {
  const isSame = equalJson(specOf(object)["template"], objectField(old, "spec")?.["template"]);
  setTemplateGeneration(object, templateGeneration(old) + (isSame ? 0 : 1));
}

export function defaultDaemonSet(object: KubeObject): void {
  setTemplateGeneration(object, templateGeneration(object));
  const spec = specOf(object);
  defaultTemplateOf(spec);
  const strategy = ensureObject(spec, "updateStrategy");
  setDefaultText(strategy, "type", "RollingUpdate");
  if (strategy["type"] === "RollingUpdate") {
    const rolling = ensureObject(strategy, "rollingUpdate");
    setDefault(rolling, "maxUnavailable", 1);
    setDefault(rolling, "maxSurge", 0);
  }
  setDefault(spec, "revisionHistoryLimit", 10);
}

export function defaultStatefulSet(object: KubeObject): void {
  const spec = specOf(object);
  defaultTemplateOf(spec);
  setDefaultText(spec, "podManagementPolicy", "OrderedReady");
  const strategy = ensureObject(spec, "updateStrategy");
  if (stringField(strategy, "type") === "") {
    strategy["type"] = "RollingUpdate";
    ensureObject(strategy, "rollingUpdate");
  }
  const rolling = objectField(strategy, "rollingUpdate");
  if (strategy["type"] === "RollingUpdate" && rolling !== undefined) {
    setDefault(rolling, "partition", 0);
    setDefault(rolling, "maxUnavailable", 1);
  }
  const retention = ensureObject(spec, "persistentVolumeClaimRetentionPolicy");
  setDefaultText(retention, "whenDeleted", "Retain");
  setDefaultText(retention, "whenScaled", "Retain");
  setDefault(spec, "replicas", 1);
  setDefault(spec, "revisionHistoryLimit", 10);
  for (const claim of objectItems(spec, "volumeClaimTemplates")) {
    setDefault(claim, "apiVersion", "v1");
    setDefault(claim, "kind", "PersistentVolumeClaim");
    setDefault(ensureObject(claim, "spec"), "volumeMode", "Filesystem");
    setDefaultText(ensureObject(claim, "status"), "phase", "Pending");
  }
}

export function defaultReplicaSet(object: KubeObject): void {
  const spec = specOf(object);
  defaultTemplateOf(spec);
  setDefault(spec, "replicas", 1);
}

function defaultJobSpec(spec: JsonObject): void {
  defaultTemplateOf(spec);
  const hasNeither = (name: string): boolean => spec[name] === undefined || spec[name] === null;
  if (hasNeither("completions") && hasNeither("parallelism")) {
    spec["completions"] = 1;
    spec["parallelism"] = 1;
  }
  setDefault(spec, "parallelism", 1);
  setDefault(spec, "backoffLimit", hasNeither("backoffLimitPerIndex") ? 6 : 2_147_483_647);
  setDefault(spec, "completionMode", "NonIndexed");
  setDefault(spec, "suspend", false);
  setDefault(spec, "manualSelector", false);
  setDefault(spec, "podReplacementPolicy", hasNeither("podFailurePolicy") ? "TerminatingOrFailed" : "Failed");
}

export function defaultJob(object: KubeObject): void {
  const spec = specOf(object);
  defaultJobSpec(spec);
  const templateLabels = objectField(objectField(objectField(spec, "template"), "metadata"), "labels");
  if (templateLabels === undefined || Object.keys(object.metadata.labels ?? {}).length > 0) return;
  object.metadata.labels = Object.fromEntries(
    Object.entries(templateLabels).flatMap(([key, value]) => (typeof value === "string" ? [[key, value]] : [])),
  );
}

export function defaultCronJob(object: KubeObject): void {
  const spec = specOf(object);
  setDefaultText(spec, "concurrencyPolicy", "Allow");
  setDefault(spec, "suspend", false);
  setDefault(spec, "successfulJobsHistoryLimit", 3);
  setDefault(spec, "failedJobsHistoryLimit", 1);
  const template = ensureObject(spec, "jobTemplate");
  ensureObject(template, "metadata");
  const jobSpec = ensureObject(template, "spec");
  // The template of a Job inside a CronJob is defaulted as a pod template, not as a Job.
  defaultPodTemplate(ensureObject(jobSpec, "template"));
}

export function defaultPod(object: KubeObject): void {
  const spec = specOf(object);
  defaultPodSpec(spec);
  setDefault(spec, "enableServiceLinks", true);
  for (const list of ["containers", "initContainers"]) {
    for (const container of objectItems(spec, list)) {
      const resources = objectField(container, "resources");
      const limits = objectField(resources, "limits");
      if (resources === undefined || limits === undefined) continue;
      const requests = ensureObject(resources, "requests");
      for (const [name, limit] of Object.entries(limits)) {
        if (limit !== undefined) setDefault(requests, name, limit);
      }
    }
  }
}
