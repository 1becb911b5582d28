/** The parts of a ServiceInstance that the hub writes when it installs or configures one. */
import { isJsonObject, toJson, UntrustedJsonError } from "../json/mod.ts";
import type { JsonObject } from "../json/mod.ts";
import { dnsLabel, dnsSubdomain, labels, list, requiredText, text } from "./checks.ts";
import { WireError } from "./errors.ts";
import type { portolan } from "./generated/portolan.js";
import { COUNT_LIMITS, TEXT_LIMITS } from "./limits.ts";

/** What is absent is not written. */
export interface InstanceTemplate {
  readonly config?: JsonObject;
  /** JSON merge patch over the chart's values. */
  readonly overrides?: JsonObject;
  /** Secrets of the instance's own namespace, by name: no value is ever sent. */
  readonly secretRefs?: readonly { readonly name: string; readonly secretName: string }[];
  /** Of the object. */
  readonly labels?: { readonly [key: string]: string };
  readonly targetNamespace?: string;
  /** In whose name the service is installed. */
  readonly serviceAccountName?: string;
}

export function templateToProto(template: InstanceTemplate): portolan.v1.InstanceTemplate.$Properties {
  const { config, overrides } = template;
  return {
    ...plainFields(template),
    ...(config === undefined ? {} : { configJson: jsonText(config, "config") }),
    ...(overrides === undefined ? {} : { overridesJson: jsonText(overrides, "overrides") }),
  };
}

export function templateFromProto(proto: portolan.v1.InstanceTemplate.$Properties): InstanceTemplate {
  const config = jsonObject(proto.configJson, "configJson");
  const overrides = jsonObject(proto.overridesJson, "overridesJson");
  return {
    ...plainFields(proto),
    ...(config === undefined ? {} : { config }),
    ...(overrides === undefined ? {} : { overrides }),
  };
}

type PlainFields = Pick<InstanceTemplate, "targetNamespace" | "serviceAccountName"> & {
  secretRefs?: { readonly name: string; readonly secretName: string }[];
  labels?: { [key: string]: string };
};

function plainFields(template: InstanceTemplate | portolan.v1.InstanceTemplate.$Properties): PlainFields {
  const secretRefs = list<SecretReference, { readonly name: string; readonly secretName: string }>(
    template.secretRefs,
    "secretRefs",
    COUNT_LIMITS.secretRefs,
    ({ name, secretName }) => ({
      name: requiredText(name, "name", TEXT_LIMITS.token),
      secretName: dnsSubdomain(secretName, "secretName"),
    }),
  );
  const found = labels(template.labels, "labels", COUNT_LIMITS.labels);
  const { targetNamespace, serviceAccountName } = template;
  return {
    ...(secretRefs.length === 0 ? {} : { secretRefs }),
    ...(Object.keys(found).length === 0 ? {} : { labels: found }),
    ...(isAbsent(targetNamespace) ? {} : { targetNamespace: dnsLabel(targetNamespace, "targetNamespace") }),
    ...(isAbsent(serviceAccountName) ? {} : { serviceAccountName: dnsSubdomain(serviceAccountName, "serviceAccountName") }),
  };
}

function isAbsent(value: string | null | undefined): boolean {
  return value === undefined || value === null || value === "";
}

type SecretReference = portolan.v1.SecretReference.$Properties | { readonly name: string; readonly secretName: string };

function jsonText(value: JsonObject, field: string): string {
  return text(JSON.stringify(trusted(value, field)), field, TEXT_LIMITS.json);
}

function jsonObject(json: string | null | undefined, field: string): JsonObject | undefined {
  const found = text(json, field, TEXT_LIMITS.json);
  return found === "" ? undefined : trusted(parse(found, field), field);
}

function parse(json: string, field: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new WireError("Malformed", field, "must be JSON");
  }
}

/** What a decoder would refuse, an encoder does not let out. */
function trusted(value: unknown, field: string): JsonObject {
  try {
    const found = toJson(value);
    if (isJsonObject(found)) return found;
  } catch (error) {
    if (!(error instanceof UntrustedJsonError)) throw error;
    throw new WireError("Malformed", field, error.message);
  }
  throw new WireError("Malformed", field, "must be a JSON object");
}
