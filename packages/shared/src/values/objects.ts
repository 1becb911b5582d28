import type { ManifestTemplate } from "../catalog/mod.ts";
import { compile, evaluate, ExpressionError, renderObjectTemplate } from "../expression/mod.ts";
import type { Scope } from "../expression/mod.ts";
import type { JsonObject } from "../json/mod.ts";
import type { ValuesProblem } from "./model.ts";

/** An object that a template became. */
export interface RenderedObject {
  /** The template that it came from. */
  readonly source: string;
  readonly object: JsonObject;
}

/** Objects in the order of their templates, or everything that is wrong with any of them. */
export type RenderedObjects =
  | { readonly valid: true; readonly objects: readonly RenderedObject[] }
  | { readonly valid: false; readonly problems: readonly ValuesProblem[] };

/** Renders manifests with a scope of {@link effectiveValues}; those whose `when` is false are left out. */
export function renderObjects(templates: readonly ManifestTemplate[], scope: Scope): RenderedObjects {
  const objects: RenderedObject[] = [];
  const problems: ValuesProblem[] = [];
  for (const template of templates) {
    try {
      if (applies(template, scope))
        objects.push({ source: template.source, object: renderObjectTemplate(template.object, scope, "manifest") });
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      problems.push({
        code: "InvalidManifest",
        path: error.path,
        expected: "an expression that can be evaluated",
        found: error.detail,
        message: `${template.source}: ${error.message}`,
      });
    }
  }
  return problems.length > 0 ? { valid: false, problems } : { valid: true, objects };
}

function applies({ when }: ManifestTemplate, scope: Scope): boolean {
  if (when === undefined) return true;
  const result = evaluate(compile(when, "manifest"), scope);
  if (typeof result !== "boolean") throw new ExpressionError("Failed", `expected true or false: \`${when}\``, "/when");
  return result;
}
