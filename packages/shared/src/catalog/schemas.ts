import * as z from "zod";
import { isJsonObject } from "../json/mod.ts";
import type { Json, JsonObject } from "../json/mod.ts";
import type { Hook, Installer, ManifestTemplate, SecretRequirement, ServiceDefinition, Upgrader } from "./model.ts";
import { isDnsLabel } from "./names.ts";
import { isVersion, isVersionRange } from "./version.ts";

/**
 * The form of a catalog's pieces, the same for the published document and for a folder's files once their manifests are read. What has
 * passed {@link toJson} is checked here; unknown keys are errors, so that a typing mistake does not silently take a safeguard away.
 *
 * Problems carry their code as `params.code` of the issue.
 */

const text = (max: number) => z.string().min(1).max(max);
const json = z.custom<Json>((value) => value !== undefined, "a value is missing");
const jsonObject = z.custom<JsonObject>(
  (value) => typeof value === "object" && value !== null && !Array.isArray(value),
  "expected an object",
);

function coded(code: "InvalidVersion" | "InvalidRange" | "InvalidName", test: (value: string) => boolean, message: string) {
  return z.string().max(256).refine(test, { message, params: { code } });
}

const dnsLabel = coded(
  "InvalidName",
  isDnsLabel,
  "expected a DNS-1123 label: up to 63 lower-case letters, digits and hyphens, a letter or digit at both ends",
);
const version = coded("InvalidVersion", isVersion, "expected a semantic version such as 1.2.3, without a leading v");
const range = coded("InvalidRange", isVersionRange, "expected a version range such as >=1.2 <1.3");
const identifier = coded(
  "InvalidName",
  (value) => /^[A-Za-z](?:[-\w.]{0,61}[A-Za-z0-9])?$/.test(value),
  "expected a name of letters, digits, -, _ and .",
);
const secretName = coded(
  "InvalidName",
  (value) => /^[A-Za-z_]\w{0,62}$/.test(value),
  "expected a name that CEL can use: letters, digits and _",
);
const url = z.string().max(2_048);

const objectReference = z.strictObject({
  apiVersion: text(253),
  kind: text(63),
  name: text(1_024),
  namespace: text(1_024).exactOptional(),
});

const objectSelection = z
  .strictObject({
    apiVersion: text(253),
    kind: text(63),
    namespace: text(1_024).exactOptional(),
    name: text(1_024).exactOptional(),
    labels: z.record(z.string().max(317), z.string().max(1_024)).exactOptional(),
  })
  .refine(({ name, labels }) => (name === undefined) !== (labels === undefined), "expected either name or labels")
  .refine(({ labels }) => labels === undefined || Object.keys(labels).length > 0, "labels must not be empty: that would select everything");

const manifestTemplate: z.ZodType<ManifestTemplate> = z.strictObject({
  source: text(512),
  when: text(8_192).exactOptional(),
  object: jsonObject.refine(isManifest, "expected an object with apiVersion, kind and metadata.name"),
});

function isManifest(object: JsonObject): boolean {
  const { apiVersion, kind, metadata } = object;
  return isFilled(apiVersion) && isFilled(kind) && isJsonObject(metadata) && isFilled(metadata["name"]);
}

function isFilled(value: Json | undefined): boolean {
  return typeof value === "string" && value !== "";
}

const manifests = z.array(manifestTemplate).max(200);

const hookBase = { name: dnsLabel, timeoutSeconds: z.int().min(1).max(86_400).default(300) };

const hookSchema: z.ZodType<Hook> = z.discriminatedUnion("action", [
  z.strictObject({
    ...hookBase,
    action: z.literal("delete"),
    target: objectSelection,
    propagation: z.enum(["Foreground", "Background", "Orphan"]).default("Background"),
  }),
  z.strictObject({ ...hookBase, action: z.literal("apply"), objects: manifests.min(1) }),
  z.strictObject({
    ...hookBase,
    action: z.literal("patch"),
    target: objectReference,
    type: z.enum(["merge", "json"]).default("merge"),
    patch: json,
  }),
  z.strictObject({ ...hookBase, action: z.literal("scale"), target: objectReference, replicas: z.int().min(0).max(100_000) }),
  z.strictObject({ ...hookBase, action: z.literal("job"), job: jsonObject.refine(isJob, "expected a batch/v1 Job with spec.template") }),
  z.strictObject({ ...hookBase, action: z.literal("wait"), target: objectReference, until: text(8_192) }),
  z.strictObject({ ...hookBase, action: z.literal("migrateStorage"), crd: text(253) }),
]);

function isJob(object: JsonObject): boolean {
  const { apiVersion = "batch/v1", kind = "Job", spec } = object;
  return apiVersion === "batch/v1" && kind === "Job" && isJsonObject(spec) && isJsonObject(spec["template"]);
}

const hooks = z.array(hookSchema).max(50).default([]);

const deployer = z.discriminatedUnion("type", [
  z.strictObject({ type: z.literal("manifests"), objects: manifests }),
  z.strictObject({
    type: z.literal("helm"),
    chart: text(1_024),
    chartVersion: text(256),
    digest: z
      .string()
      .regex(/^sha256:[0-9a-f]{64}$/, "expected sha256: and 64 hexadecimal digits")
      .exactOptional(),
    test: z.boolean().exactOptional(),
  }),
]);

export const installerSchema: z.ZodType<Installer> = z.strictObject({
  version,
  kubernetes: range.exactOptional(),
  requires: z
    .array(z.strictObject({ service: dnsLabel, range }))
    .max(50)
    .default([]),
  deployer,
  defaults: jsonObject.default({}),
  values: jsonObject.default({}),
  valuesSchema: jsonObject.exactOptional(),
  health: z
    .array(z.strictObject({ object: objectReference, expression: text(8_192), message: text(1_024) }))
    .max(50)
    .default([]),
  retracted: z.strictObject({ reason: text(1_024), url: url.exactOptional() }).exactOptional(),
});

/** A thousand steps of this cost still add up exactly. */
const MAX_COST = 1_000_000;

export const upgraderSchema: z.ZodType<Upgrader> = z
  .strictObject({
    name: dnsLabel,
    direction: z.enum(["upgrade", "downgrade"]),
    from: range,
    to: range,
    cost: z.int().min(1).max(MAX_COST).default(1),
    before: hooks,
    after: hooks,
    disruptive: z.boolean().default(false),
    irreversible: z.boolean().default(false),
    risks: z
      .array(z.strictObject({ id: identifier, message: text(1_024), url: url.exactOptional(), when: text(8_192).exactOptional() }))
      .max(50)
      .refine((risks) => isUnique(risks.map(({ id }) => id)), "the ids of an upgrader's risks must differ")
      .default([]),
  })
  .refine(({ before, after }) => isUnique([...before, ...after].map(({ name }) => name)), "the names of an upgrader's hooks must differ");

function isUnique(names: readonly string[]): boolean {
  return new Set(names).size === names.length;
}

const secret: z.ZodType<SecretRequirement> = z.strictObject({
  name: secretName,
  description: z.string().max(1_024).default(""),
  keys: z.array(text(253)).max(50).default([]),
  optional: z.boolean().default(false),
});

/** A service without its installers and upgraders, which are checked one by one. */
export const serviceSchema: z.ZodType<Omit<ServiceDefinition, "installers" | "upgraders">> = z
  .strictObject({
    name: dnsLabel,
    title: z.string().max(256).exactOptional(),
    description: z.string().max(8_192).default(""),
    icon: z.string().max(65_536).exactOptional(),
    scope: z.enum(["Cluster", "Namespace"]).default("Cluster"),
    config: jsonObject.default({ type: "object" }),
    examples: z.array(jsonObject).max(50).default([]),
    secrets: z.array(secret).max(50).default([]),
  })
  .transform((service) => ({ ...service, title: service.title ?? service.name }));
