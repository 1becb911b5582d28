import { z } from "@hono/zod-openapi";
import { rolloutDocumentSchema, rolloutSpecSchema, selectorSchema } from "../rollouts/mod.ts";

/**
 * Schemas of rollouts as the OpenAPI document names them. What they say is zod's own JSON Schema: the OpenAPI generator takes members that
 * may be absent, but not undefined, for required.
 */
export const rolloutDocument = rolloutDocumentSchema.describe("A rollout as people write it").openapi("RolloutDocument");
export const rolloutSpec = rolloutSpecSchema.describe("What is to become of a service, where and when").openapi("RolloutSpec");
export const rolloutSelector = selectorSchema.describe("Which instances; what is absent does not restrict").openapi("RolloutSelector");

type Schemas = { readonly [name: string]: object };

export function rolloutSchemas(): Schemas {
  return {
    RolloutDocument: jsonSchema(rolloutDocument, "input"),
    // With its defaults.
    RolloutSpec: jsonSchema(rolloutSpec, "output"),
    RolloutSelector: jsonSchema(rolloutSelector, "input"),
  };
}

function jsonSchema(schema: z.ZodType, io: "input" | "output"): object {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io });
  return rest;
}
