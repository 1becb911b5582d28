import { z } from "@hono/zod-openapi";
import {
  FieldSelectorError,
  LabelSelectorError,
  matchesFields,
  parseFieldSelector,
  parseLabelSelector,
  type LabelSelector,
  type SelectableFields,
} from "../selectors/mod.ts";
import { Problem } from "./problems.ts";
import { problemSchema } from "./schemas.ts";

/** What routes have in common. */

/** A JSON answer, for a route's `responses`. */
export function json<T extends z.ZodType>(
  schema: T,
  description: string,
): { content: { "application/json": { schema: T } }; description: string } {
  return { content: { "application/json": { schema } }, description };
}

/** Every error is a problem document: for a route's `responses`. */
export const problems = {
  default: { content: { "application/problem+json": { schema: problemSchema } }, description: "Any error" },
} as const;

export function body<T extends z.ZodType>(schema: T): { body: { content: { "application/json": { schema: T } }; required: true } } {
  return { body: { content: { "application/json": { schema } }, required: true } };
}

export function page<T extends z.ZodType>(
  item: T,
): z.ZodObject<{ items: z.ZodReadonly<z.ZodArray<T>>; continue: z.ZodOptional<z.ZodString> }> {
  return z.object({ items: z.array(item).readonly(), continue: z.string().optional() });
}

export const instanceParams = z.object({ cluster: z.string(), namespace: z.string(), name: z.string() });

export const INSTANCE_PATH = "/v1/clusters/{cluster}/namespaces/{namespace}/instances/{name}";

/** @throws Problem InvalidLabelSelector */
export function labelSelector(text: string | undefined): LabelSelector {
  try {
    return parseLabelSelector(text ?? "");
  } catch (error) {
    if (error instanceof LabelSelectorError) {
      throw new Problem("InvalidLabelSelector", error.message);
    }
    throw error;
  }
}

/**
 * What a field selector asks for, as a test of things; all pass without one.
 *
 * @throws Problem InvalidFieldSelector
 */
export function fieldTest<T>(text: string | undefined, fields: SelectableFields<T>): (thing: T) => boolean {
  try {
    const selector = parseFieldSelector(text ?? "", Object.keys(fields));
    return (thing) => matchesFields(selector, fields, thing);
  } catch (error) {
    if (error instanceof FieldSelectorError) {
      throw new Problem("InvalidFieldSelector", error.message);
    }
    throw error;
  }
}

/** For a list's query. */
export function fieldSelectorQuery<T>(fields: SelectableFields<T>): z.ZodOptional<z.ZodString> {
  return z
    .string()
    .optional()
    .openapi({ description: `As in kubectl, \`field=value,field!=value\`, by ${Object.keys(fields).join(", ")}` });
}
