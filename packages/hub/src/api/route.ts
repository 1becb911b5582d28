import { z } from "@hono/zod-openapi";
import { LabelSelectorError, parseLabelSelector, type LabelSelector } from "../selectors/mod.ts";
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
