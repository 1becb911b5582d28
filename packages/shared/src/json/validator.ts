import type { JsonObject } from "./model.ts";
import { compileSchema } from "./schema.ts";
import type { SchemaValidator } from "./schema.ts";

/** Compiling a schema costs milliseconds; definitions are immutable and live as long as their catalog. */
const validators = new WeakMap<JsonObject, SchemaValidator>();

/**
 * The validator of a schema, compiled when it is first asked for.
 * @throws {SchemaError} for a schema that a catalog's loading would have refused
 */
export function validatorOf(schema: JsonObject): SchemaValidator {
  let validator = validators.get(schema);
  if (validator === undefined) {
    validator = compileSchema(schema);
    validators.set(schema, validator);
  }
  return validator;
}
