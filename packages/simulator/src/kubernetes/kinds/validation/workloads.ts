import { invalidValue, notSupported, required, type FieldError } from "../../errors/mod.ts";
import { equalJson, isJsonObject, type Json, type JsonObject } from "../../json/mod.ts";
import type { KubeObject } from "../../objects/mod.ts";
import { ensureObject, numberField, objectField, objectItems, stringField } from "../fields.ts";

/** Checks that all workloads with a selector and a pod template share. */
export function validateWorkload(object: KubeObject): FieldError[] {
  const spec = objectField(object, "spec") ?? {};
  const errors = [...validateReplicas(spec)];
  const selector = objectField(spec, "selector");
  if (selector === undefined) {
    // Without a selector, none matches the template either.
    errors.push(required("spec.selector"), ...refuseTemplateLabels(spec));
  } else {
    const size = Object.keys(objectField(selector, "matchLabels") ?? {}).length + objectItems(selector, "matchExpressions").length;
    if (size === 0) {
      errors.push(invalidValue("spec.selector", selector, `empty selector is invalid for ${object.kind.toLowerCase()}`));
    } else {
      errors.push(...validateTemplateLabels(spec, selector));
    }
  }
  const template = objectField(spec, "template");
  errors.push(...validatePodSpec(objectField(template, "spec"), "spec.template.spec"));
  const policy = stringField(objectField(template, "spec"), "restartPolicy");
  if (policy !== "Always") {
    errors.push(notSupported("spec.template.spec.restartPolicy", policy, ["Always"]));
  }
  return errors;
}

function validateReplicas(spec: JsonObject): FieldError[] {
  const replicas = numberField(spec, "replicas") ?? 0;
  return replicas < 0 ? [invalidValue("spec.replicas", replicas, "must be greater than or equal to 0")] : [];
}

function templateLabels(spec: JsonObject): JsonObject | undefined {
  return objectField(objectField(objectField(spec, "template"), "metadata"), "labels");
}

function refuseTemplateLabels(spec: JsonObject): FieldError[] {
  const path = "spec.template.metadata.labels";
  return [invalidValue(path, templateLabels(spec) ?? null, "`selector` does not match template `labels`")];
}

function validateTemplateLabels(spec: JsonObject, selector: JsonObject): FieldError[] {
  return selects(selector, templateLabels(spec) ?? {}) ? [] : refuseTemplateLabels(spec);
}

/** Whether a LabelSelector matches the labels. */
export function selects(selector: JsonObject, labels: JsonObject): boolean {
  const equal = Object.entries(objectField(selector, "matchLabels") ?? {}).every(([key, value]) => labels[key] === value);
  return (
    equal &&
    objectItems(selector, "matchExpressions").every((expression) => {
      const value = labels[stringField(expression, "key")];
      const values: Json[] = Array.isArray(expression["values"]) ? expression["values"] : [];
      switch (expression["operator"]) {
        case "In":
          return value !== undefined && values.includes(value);
        case "NotIn":
          return value === undefined || !values.includes(value);
        case "Exists":
          return value !== undefined;
        case "DoesNotExist":
          return value === undefined;
        default:
          return false;
      }
    })
  );
}

function validatePodSpec(spec: JsonObject | undefined, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const containers = objectItems(spec, "containers");
  if (containers.length === 0) errors.push(required(`${path}.containers`));
  const volumes = new Set(objectItems(spec, "volumes").map((volume) => stringField(volume, "name")));
  const names = new Set<string>();
  for (const list of ["initContainers", "containers"]) {
    for (const [index, container] of objectItems(spec, list).entries()) {
      const field = `${path}.${list}[${index}]`;
      const name = stringField(container, "name");
      if (name === "") errors.push(required(`${field}.name`));
      else if (names.has(name)) {
        errors.push({ type: "FieldValueDuplicate", field: `${field}.name`, value: name, detail: "" });
      }
      names.add(name);
      if (stringField(container, "image") === "") errors.push(required(`${field}.image`));
      for (const [mountIndex, mount] of objectItems(container, "volumeMounts").entries()) {
        const volume = stringField(mount, "name");
        if (!volumes.has(volume)) {
          errors.push({
            type: "FieldValueNotFound",
            field: `${field}.volumeMounts[${mountIndex}].name`,
            value: volume,
            detail: "",
          });
        }
      }
    }
  }
  return errors;
}

function immutable(path: string, value: Json | undefined, old: Json | undefined): FieldError[] {
  return equalJson(value, old) ? [] : [invalidValue(path, value ?? null, "field is immutable")];
}

export function validateSelectorUpdate(object: KubeObject, old: KubeObject): FieldError[] {
  const [spec, oldSpec] = [objectField(object, "spec"), objectField(old, "spec")];
  return [...validateWorkload(object), ...immutable("spec.selector", spec?.["selector"], oldSpec?.["selector"])];
}

export function validateStatefulSetUpdate(object: KubeObject, old: KubeObject): FieldError[] {
  const [spec, oldSpec] = [objectField(object, "spec"), objectField(old, "spec")];
  return [
    ...validateWorkload(object),
    ...["selector", "volumeClaimTemplates", "serviceName", "podManagementPolicy"].flatMap((name) =>
      immutable(`spec.${name}`, spec?.[name], oldSpec?.[name]),
    ),
  ];
}

const NAME_LABELS = ["job-name", "batch.kubernetes.io/job-name"];
const UID_LABELS = ["controller-uid", "batch.kubernetes.io/controller-uid"];

/** A Job without a manual selector selects its pods by its own uid. */
export function prepareJob(job: KubeObject): void {
  const spec = ensureObject(job, "spec");
  if (spec["manualSelector"] === true) return;
  const labels = ensureObject(ensureObject(ensureObject(spec, "template"), "metadata"), "labels");
  for (const label of NAME_LABELS) labels[label] ??= job.metadata.name ?? "";
  for (const label of UID_LABELS) labels[label] ??= job.metadata.uid ?? "";
  const matched = ensureObject(ensureObject(spec, "selector"), "matchLabels");
  matched["batch.kubernetes.io/controller-uid"] ??= job.metadata.uid ?? "";
}

function validateJobTemplate(spec: JsonObject | undefined, path: string): FieldError[] {
  const podSpec = objectField(objectField(spec, "template"), "spec");
  const errors = validatePodSpec(podSpec, `${path}.template.spec`);
  const policy = stringField(podSpec, "restartPolicy");
  const field = `${path}.template.spec.restartPolicy`;
  if (policy === "" || policy === "Always") {
    errors.push(required(field, `valid values: "OnFailure", "Never"`));
  } else if (policy !== "OnFailure" && policy !== "Never") {
    errors.push(notSupported(field, policy, ["OnFailure", "Never"]));
  }
  return errors;
}

export function validateJob(object: KubeObject): FieldError[] {
  return validateJobTemplate(objectField(object, "spec"), "spec");
}

export function validateJobUpdate(object: KubeObject, old: KubeObject): FieldError[] {
  const [spec, oldSpec] = [objectField(object, "spec"), objectField(old, "spec")];
  return [
    ...validateJob(object),
    ...["completions", "selector", "template", "completionMode"].flatMap((name) =>
      immutable(`spec.${name}`, spec?.[name], oldSpec?.[name]),
    ),
  ];
}

export function validateCronJob(object: KubeObject): FieldError[] {
  const spec = objectField(object, "spec");
  const errors: FieldError[] = [];
  if (stringField(spec, "schedule") === "") errors.push(required("spec.schedule"));
  const template = objectField(spec, "jobTemplate");
  const jobSpec = isJsonObject(template) ? objectField(template, "spec") : undefined;
  return [...errors, ...validateJobTemplate(jobSpec, "spec.jobTemplate.spec")];
}

/** The counts of a Deployment's status must fit together. */
export function validateDeploymentStatus(object: KubeObject): FieldError[] {
  const status = objectField(object, "status");
  const count = (name: string): number => numberField(status, name) ?? 0;
  const above = (name: string, limit: string, words: string): FieldError[] =>
    count(name) > count(limit) ? [invalidValue(`status.${name}`, count(name), `cannot be greater than ${words}`)] : [];
  return [
    ...above("updatedReplicas", "replicas", "status.replicas"),
    ...above("readyReplicas", "replicas", "status.replicas"),
    ...above("availableReplicas", "replicas", "status.replicas"),
    ...above("availableReplicas", "readyReplicas", "readyReplicas"),
  ];
}
