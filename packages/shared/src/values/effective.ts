import type { Installer, ServiceDefinition } from "../catalog/mod.ts";
import { ExpressionError, renderObjectTemplate, scopeOf } from "../expression/mod.ts";
import type { Scope } from "../expression/mod.ts";
import { isJsonObject, mergePatch, validatorOf } from "../json/mod.ts";
import type { Json, JsonObject } from "../json/mod.ts";
import type { ValuesInput, ValuesProblem, ValuesProblemCode } from "./model.ts";

/** The effective values of a version, or everything that is wrong. */
export type EffectiveValues =
  | {
      readonly valid: true;
      readonly values: JsonObject;
      /** The config with the schema's defaults filled in. */
      readonly config: Json;
      /** For the version's manifests and hooks. */
      readonly scope: Scope;
    }
  | { readonly valid: false; readonly problems: readonly ValuesProblem[] };

/**
 * Effective values of one version: the installer's defaults, under what its mapping makes of the config, under the overrides (RFC 7386). Pure, so that every version of a plan can be tried before the
 * first step.
 */
export function effectiveValues(service: ServiceDefinition, installer: Installer, input: ValuesInput): EffectiveValues {
  const checked = validatorOf(service.config)(input.config);
  if (checked.problems.length > 0) return invalid(checked.problems.map((problem) => ({ code: "InvalidConfig", ...problem })));
  const config = checked.value;
  const { overrides = {} } = input;
  if (!isJsonObject(overrides))
    return invalid([problem("InvalidOverrides", "", "an object", "something else", "the overrides must be an object")]);

  const variables = { config, secrets: input.secrets, cluster: input.cluster, release: { ...input.release } };
  const schemas = { config: service.config };
  let mapped: JsonObject;
  try {
    mapped = renderObjectTemplate(installer.values, scopeOf(variables, schemas), "mapping");
  } catch (error) {
    if (error instanceof ExpressionError) return invalid([expressionProblem("InvalidMapping", error, installer)]);
    throw error;
  }
  const values = mergePatch(mergePatch(installer.defaults, mapped), overrides);
  const problems = valuesProblems(installer, values);
  if (!isJsonObject(values) || problems.length > 0) return invalid(problems);
  return { valid: true, values, config, scope: scopeOf({ ...variables, values }, schemas) };
}

/** Values may hold secrets: only their types are shown. */
function valuesProblems({ version, valuesSchema }: Installer, values: Json): readonly ValuesProblem[] {
  if (valuesSchema === undefined) return [];
  return validatorOf(valuesSchema)(values, { showValues: false }).problems.map((found) => ({
    ...found,
    code: "InvalidValues",
    message: `values of ${version}: ${found.message}`,
  }));
}

function expressionProblem(code: ValuesProblemCode, error: ExpressionError, { version }: Installer): ValuesProblem {
  return problem(code, error.path, "an expression that can be evaluated", error.detail, `mapping of ${version}: ${error.message}`);
}

function problem(code: ValuesProblemCode, path: string, expected: string, found: string, message: string): ValuesProblem {
  return { code, path, expected, found, message };
}

function invalid(problems: readonly ValuesProblem[]): EffectiveValues {
  return { valid: false, problems };
}
