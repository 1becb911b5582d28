/** What a service takes from Secrets, for a release that has it among its values. Pure; no value is ever told. */
import type { Installer, SecretRequirement, ServiceDefinition } from "@portolan/shared/catalog";
import type { Json } from "@portolan/shared/json";
import type { ValuesInput } from "@portolan/shared/values";
import { leavesOf, valueAt, type Path } from "./differences.ts";

/** A Secret that shall be used. */
export interface NamedSecret {
  /** The service's name for it. */
  readonly name: string;
  readonly secretName: string;
  /** What is in it; absent: there is none of this name. */
  readonly data?: { readonly [key: string]: string };
  /** Those of its keys that hold no text, and so cannot be used. */
  readonly binaryKeys?: readonly string[];
}

/** A Secret that has to be made, of what stands among a release's values. */
export interface NewSecret {
  readonly secretName: string;
  readonly data: { readonly [key: string]: string };
}

export interface KeptSecrets {
  readonly refs: readonly { readonly name: string; readonly secretName: string }[];
  readonly made: readonly NewSecret[];
  /** For the service's mapping. */
  readonly values: ValuesInput["secrets"];
}

/** @returns a sentence when something that the service requires is missing */
export function keptSecrets(
  { name: service, secrets }: ServiceDefinition,
  installer: Installer,
  wanted: Json,
  named: readonly NamedSecret[],
): KeptSecrets | string {
  const found = secrets.map((requirement) => keep(requirement, installer, wanted, named));
  const missing = found.filter((each) => typeof each === "string");
  if (missing.length > 0) return `${service} takes ${missing.join(", and ")}`;
  const kept = found.filter((each) => typeof each === "object");
  const made = kept.flatMap((each) => (each.isMade ? [{ secretName: each.secretName, data: each.data }] : []));
  const twice = made.find(({ secretName }, index) => made.some((other, at) => at > index && other.secretName === secretName));
  if (twice !== undefined) return `${service} takes several Secrets: ${twice.secretName} cannot be the name of more than one new one`;
  return {
    refs: kept.map(({ name, secretName }) => ({ name, secretName })),
    made,
    values: Object.fromEntries(kept.map(({ name, data }) => [name, data])),
  };
}

interface Kept extends NewSecret {
  readonly name: string;
  readonly isMade: boolean;
}

/** @returns a text: what is missing; undefined: it is optional, and there is none */
function keep(
  { name, keys, optional }: SecretRequirement,
  installer: Installer,
  wanted: Json,
  named: readonly NamedSecret[],
): Kept | string | undefined {
  const all = keys.join(", ");
  const secret = named.find((each) => each.name === name);
  if (secret === undefined) return optional ? undefined : `${name} (${all}) from a Secret: name one with --secret ${name}=SECRET`;
  const { secretName } = secret;
  const data = secret.data ?? saidOf(name, keys, installer, wanted);
  const lacking = keys.filter((key) => !Object.hasOwn(data, key));
  const binary = keys.filter((key) => secret.binaryKeys?.includes(key) === true);
  if (binary.length > 0) return `${name} (${all}) as text, and ${secretName} holds other bytes in ${binary.join(", ")}`;
  if (secret.data !== undefined) {
    if (lacking.length > 0 && !optional) return `${name} (${all}) from a Secret, and ${secretName} lacks ${lacking.join(", ")}`;
    return { name, secretName, data, isMade: false };
  }
  if (lacking.length === 0) return { name, secretName, data, isMade: true };
  if (optional) return undefined;
  return `${name} (${all}) from a Secret: there is no ${secretName}, and the values do not say ${lacking.join(", ")}, so it has to be made by hand`;
}

/** Reads the mapping backwards where it only passes a key on: `${secrets.name.key}`, `${secrets["name"]["key"]}`. */
function saidOf(name: string, keys: readonly string[], installer: Installer, wanted: Json): NewSecret["data"] {
  const data: Record<string, string> = {};
  for (const { path, value: template } of leavesOf(installer.values)) {
    const [, plain, quoted, plainKey, quotedKey] = passedOn.exec(typeof template === "string" ? template : "") ?? [];
    const key = plainKey ?? quotedKey;
    const value = valueAt(wanted, path);
    if ((plain ?? quoted) === name && key !== undefined && keys.includes(key) && typeof value === "string") data[key] = value;
  }
  return data;
}

const passedOn = /^\$\{\s*secrets(?:\.(\w+)|\["([^"]+)"\])(?:\.(\w+)|\["([^"]+)"\])\s*\}$/u;

/** Where a mapping puts what it has from Secrets. */
export function pathsFromSecrets({ values }: Installer): readonly Path[] {
  return leavesOf(values).flatMap(({ path, value }) => (/\bsecrets\b/u.test(JSON.stringify(value)) ? [path] : []));
}
