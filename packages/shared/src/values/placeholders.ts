import type { SecretRequirement } from "../catalog/mod.ts";
import type { ValuesInput } from "./model.ts";

/** Secrets with all of their keys, each `<name.key>`: so that a definition can be tried without any at hand. Pure. */
export function placeholderSecrets(requirements: readonly SecretRequirement[]): ValuesInput["secrets"] {
  return Object.fromEntries(requirements.map(({ name, keys }) => [name, Object.fromEntries(keys.map((key) => [key, `<${name}.${key}>`]))]));
}
