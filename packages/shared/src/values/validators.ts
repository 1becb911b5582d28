import { compileSchema } from "../json/mod.ts";
import type { JsonObject, SchemaValidator } from "../json/mod.ts";

/** Compiling a schema costs milliseconds; definitions are immutable and live as long as their catalog. */
const validators = new WeakMap<JsonObject, SchemaValidator>();

/**
 * The validator of a schema of a loaded catalog.
 * @throws {SchemaError} for a schema that loading would have refused
 */
export function validatorOf(schema: JsonObject): SchemaValidator {
  let validator = validators.get(schema);
  if (validator === undefined) {
    validator = compileSchema(schema);
    validators.set(schema, validator);
  }
  return validator;
}
