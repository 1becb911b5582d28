import { forbiddenField, invalidValue, required, type FieldError } from "../../errors/mod.ts";
import { equalJson } from "../../json/mod.ts";
import type { KubeObject } from "../../objects/mod.ts";
import { isLabelValue, qualifiedNameProblems } from "../../selectors/mod.ts";
import type { NameRule, ResourceType } from "../resource-type.ts";

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;

const SUBDOMAIN_WORDS =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
const LABEL_WORDS =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const LABEL_1035_WORDS =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
const LABEL_VALUE_WORDS =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";

const MAX_ANNOTATIONS_BYTES = 256 * 1024;

function nameProblems(rule: NameRule, name: string): string[] {
  switch (rule) {
    case "dns1123Subdomain":
      return [...(name.length > 253 ? ["must be no more than 253 bytes"] : []), ...(SUBDOMAIN.test(name) ? [] : [SUBDOMAIN_WORDS])];
    case "dns1123Label":
      return [...(name.length > 63 ? ["must be no more than 63 bytes"] : []), ...(LABEL.test(name) ? [] : [LABEL_WORDS])];
    case "dns1035Label":
      return [...(name.length > 63 ? ["must be no more than 63 bytes"] : []), ...(LABEL_1035.test(name) ? [] : [LABEL_1035_WORDS])];
    case "pathSegment":
      return [
        ...(name === "." || name === ".." ? [`may not be '${name}'`] : []),
        ...["/", "%"].filter((c) => name.includes(c)).map((c) => `may not contain '${c}'`),
      ];
  }
}

/** `ValidateObjectMeta` of apimachinery. */
export function validateMetadata(type: ResourceType, object: KubeObject): FieldError[] {
  const { metadata } = object;
  const errors: FieldError[] = [];
  const rule = type.strategy.nameRule ?? "dns1123Subdomain";
  if (metadata.name === undefined || metadata.name === "") {
    errors.push(required("metadata.name", "name or generateName is required"));
  } else {
    for (const problem of nameProblems(rule, metadata.name)) {
      errors.push(invalidValue("metadata.name", metadata.name, problem));
    }
  }
  errors.push(...validateLabels(metadata.labels ?? {}, "metadata.labels"));
  errors.push(...validateAnnotations(metadata.annotations ?? {}));
  errors.push(...validateOwners(object));
  for (const [index, finalizer] of (metadata.finalizers ?? []).entries()) {
    for (const problem of qualifiedNameProblems(finalizer)) {
      errors.push(invalidValue("metadata.finalizers", finalizer, problem));
    }
    // Custom resources are only warned.
    if (!type.custom && !isQualifiedFinalizer(finalizer)) {
      const words = "name is neither a standard finalizer name nor is it fully qualified";
      errors.push(invalidValue(`metadata.finalizers[${index}]`, finalizer, words));
    }
  }
  const finalizers = metadata.finalizers ?? [];
  if (finalizers.includes("orphan") && finalizers.includes("foregroundDeletion")) {
    errors.push(invalidValue("metadata.finalizers", finalizers, "finalizer orphan and foregroundDeletion cannot be both set"));
  }
  return errors;
}

const STANDARD_FINALIZERS: ReadonlySet<string> = new Set(["kubernetes", "orphan", "foregroundDeletion"]);

function isQualifiedFinalizer(finalizer: string): boolean {
  return finalizer.includes("/") || STANDARD_FINALIZERS.has(finalizer);
}

/** What Kubernetes says of finalizers that were added to a custom resource and may clash with others. */
export function finalizerWarnings(object: KubeObject, old?: KubeObject): string[] {
  return (object.metadata.finalizers ?? [])
    .filter((finalizer) => !(old?.metadata.finalizers ?? []).includes(finalizer) && !isQualifiedFinalizer(finalizer))
    .map(
      (finalizer) =>
        `metadata.finalizers: ${JSON.stringify(finalizer)}: prefer a domain-qualified finalizer name to avoid accidental conflicts with other finalizer writers`,
    );
}

function validateLabels(labels: Readonly<Record<string, string>>, field: string): FieldError[] {
  return Object.entries(labels).flatMap(([key, value]) => [
    ...qualifiedNameProblems(key).map((problem) => invalidValue(field, key, problem)),
    ...(value.length > 63 ? [invalidValue(field, value, "must be no more than 63 bytes")] : []),
    ...(isLabelValue(value) || value.length > 63 ? [] : [invalidValue(field, value, LABEL_VALUE_WORDS)]),
  ]);
}

function validateAnnotations(annotations: Readonly<Record<string, string>>): FieldError[] {
  const errors: FieldError[] = [];
  let bytes = 0;
  for (const [key, value] of Object.entries(annotations)) {
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
    for (const problem of qualifiedNameProblems(key.toLowerCase())) {
      errors.push(invalidValue("metadata.annotations", key, problem));
    }
  }
  if (bytes > MAX_ANNOTATIONS_BYTES) {
    errors.push({
      type: "FieldValueTooLong",
      field: "metadata.annotations",
      detail: `may not be more than ${MAX_ANNOTATIONS_BYTES} bytes`,
    });
  }
  return errors;
}

function validateOwners(object: KubeObject): FieldError[] {
  const owners = object.metadata.ownerReferences ?? [];
  const errors: FieldError[] = [];
  for (const [index, owner] of owners.entries()) {
    const field = `metadata.ownerReferences[${index}]`;
    if (owner.apiVersion === "") {
      errors.push(invalidValue(`${field}.apiVersion`, owner.apiVersion, "version must not be empty"));
    }
    for (const name of ["kind", "name", "uid"] as const) {
      if (owner[name] === "") errors.push(required(`${field}.${name}`, "must not be empty"));
    }
  }
  const controllers = owners.filter((owner) => owner.controller === true);
  const [first, second] = controllers;
  if (first !== undefined && second !== undefined) {
    errors.push(
      invalidValue(
        "metadata.ownerReferences",
        owners,
        `Only one reference can have Controller set to true. Found "true" in references for ${first.kind}/${first.name} and ${second.kind}/${second.name}`,
      ),
    );
  }
  return errors;
}

/** `ValidateObjectMetaUpdate`: what may never change, and no new finalizers on the way out. */
export function validateMetadataUpdate(object: KubeObject, old: KubeObject): FieldError[] {
  const errors: FieldError[] = [];
  const { metadata } = object;
  if (old.metadata.deletionTimestamp !== undefined) {
    const added = (metadata.finalizers ?? []).filter((finalizer) => !(old.metadata.finalizers ?? []).includes(finalizer));
    if (added.length > 0) {
      errors.push(
        forbiddenField(
          "metadata.finalizers",
          `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((item) => JSON.stringify(item)).join(", ")}}`,
        ),
      );
    }
  }
  for (const name of ["name", "namespace", "uid"] as const) {
    if (!equalJson(metadata[name] ?? "", old.metadata[name] ?? "")) {
      errors.push(invalidValue(`metadata.${name}`, metadata[name] ?? "", "field is immutable"));
    }
  }
  return errors;
}
