import type { Installer, ServiceDefinition } from "../catalog/mod.ts";
import { ExpressionError, renderObjectTemplate, scopeOf } from "../expression/mod.ts";
import type { Scope } from "../expression/mod.ts";
import { childPointer, isJsonArray, isJsonObject, mergePatch, validatorOf } from "../json/mod.ts";
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
 * Effective values of one version: the installer's defaults, under what its mapping makes of the config, under the overrides (RFC 7386).
 * Pure, so that every version of a plan can be tried before the first step.
 */
export function effectiveValues(service: ServiceDefinition, installer: Installer, input: ValuesInput): EffectiveValues {
  const checked = validatorOf(service.config)(input.config);
  if (checked.problems.length > 0)
    return invalid(checked.problems.map((problem) => ({ code: "InvalidConfig", ...problem, message: `config: ${problem.message}` })));
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
  const problems = valuesProblems(installer, values, [overrides, config]);
  if (!isJsonObject(values) || problems.length > 0) return invalid(problems);
  return { valid: true, values, config, scope: scopeOf({ ...variables, values }, schemas) };
}

/** Values may hold secrets, and a mapping may make keys of them: only types are shown, and keys that someone wrote. */
function valuesProblems(installer: Installer, values: Json, written: readonly Json[]): readonly ValuesProblem[] {
  if (installer.valuesSchema === undefined) return [];
  const { problems } = validatorOf(installer.valuesSchema)(values, { showValues: false });
  if (problems.length === 0) return [];
  const keys = new Set([installer.defaults, installer.values, installer.valuesSchema, ...written].flatMap(keysOf));
  return problems.map(({ path, expected, found }) => {
    const shown = maskKeys(path, keys);
    const message = `values of ${installer.version}: ${shown === "" ? "the values" : shown}: expected ${expected}, found ${found}`;
    return { code: "InvalidValues", path: shown, expected, found, message };
  });
}

/** Keys and texts, as tokens of a pointer: a schema names keys in texts too (`required`). */
function keysOf(value: Json): readonly string[] {
  if (typeof value === "string") return [childPointer("", value)];
  if (isJsonArray(value)) return value.flatMap(keysOf);
  return isJsonObject(value) ? Object.entries(value).flatMap(([key, item]) => [childPointer("", key), ...keysOf(item)]) : [];
}

/** A pointer without the keys that came out of a mapping. */
function maskKeys(pointer: string, known: ReadonlySet<string>): string {
  return pointer.replace(/\/[^/]*/g, (token) => (known.has(token) || /^\/\d{1,4}$/.test(token) ? token : "/…"));
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
