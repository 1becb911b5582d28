import type { StructuralSchema } from "../schema/mod.ts";
import { builtinTypes } from "./builtin.ts";

/** The schema of ObjectMeta, which custom resources share with the built-in kinds. */
export function builtinMetadataSchema(): StructuralSchema {
  const schema = builtinTypes()[0]?.schema.properties?.get("metadata");
  if (schema === undefined) throw new TypeError("the built-in kinds have no metadata schema");
  return schema;
}
