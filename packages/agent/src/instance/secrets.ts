/** Reads the secrets that an instance refers to. What is missing is told by name; no value is ever put into a message. */
import type { SecretRequirement, ServiceDefinition } from "@portolan/shared/catalog";
import { binaryKeys, secretData } from "../fields/mod.ts";
import type { KubeClient } from "../kube/mod.ts";
import type { ServiceInstance } from "../resources/mod.ts";
import type { SecretsView } from "./state.ts";

/**
 * The secrets of an instance, as its service needs them. Of several definitions of the service (in the catalogs, and kept for what is
 * installed) the first says what must be there; what only the others need is read where it is.
 */
export async function readSecrets(
  kube: KubeClient,
  instance: ServiceInstance,
  services: readonly (ServiceDefinition | undefined)[],
): Promise<SecretsView> {
  const values: Record<string, Readonly<Record<string, string>>> = {};
  const missing: string[] = [];
  const references = new Map(instance.spec.secretRefs?.map((reference) => [reference.name, reference.secretName]));
  for (const requirement of requirements(services.filter((service) => service !== undefined))) {
    const secretName = references.get(requirement.name);
    if (secretName === undefined) {
      if (!requirement.optional) missing.push(`spec.secretRefs names no secret for ${requirement.name} (${requirement.description})`);
      continue;
    }
    const secret = await kube.get({ apiVersion: "v1", kind: "Secret", namespace: instance.metadata.namespace, name: secretName });
    if (secret === undefined) {
      if (!requirement.optional) missing.push(`the Secret ${instance.metadata.namespace}/${secretName} does not exist`);
      continue;
    }
    const data = secretData(secret);
    values[requirement.name] = data;
    const binary = binaryKeys(secret).filter((key) => requirement.keys.includes(key));
    if (binary.length > 0) {
      // Also where it is optional: to go without what somebody has given would be a surprise.
      missing.push(
        `the Secret ${instance.metadata.namespace}/${secretName} holds bytes that are no UTF-8 text in ${binary.join(", ")}: put their base64 there`,
      );
    }
    const absent = requirement.keys.filter((key) => !Object.hasOwn(data, key) && !binary.includes(key));
    if (absent.length > 0 && !requirement.optional) {
      missing.push(`the Secret ${instance.metadata.namespace}/${secretName} lacks the key ${absent.join(", ")}`);
    }
  }
  return { values, missing };
}

/** The Secrets that an instance refers to, also for the step that runs. */
export function secretNames({ spec, status }: ServiceInstance): readonly string[] {
  const references = [...(spec.secretRefs ?? []), ...(status?.operation?.inputs.secretRefs ?? [])];
  return [...new Set(references.map(({ secretName }) => secretName))];
}

function requirements([first, ...others]: readonly ServiceDefinition[]): readonly SecretRequirement[] {
  const own = first?.secrets ?? [];
  const more = others.flatMap(({ secrets }) => secrets).filter(({ name }) => own.every((each) => each.name !== name));
  return [...own, ...more.map((requirement) => ({ ...requirement, optional: true }))];
}
