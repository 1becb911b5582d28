import { ExpressionError } from "@portolan/shared/expression";
import { DuplicateMemberError, UnsupportedDeployerError } from "../deployers/manifests/mod.ts";
import { ManifestError } from "../deployers/render.ts";
import { KubeError } from "../kube/mod.ts";
import { MissingDefinitionError } from "../operation/mod.ts";
import type { Refusal } from "./state.ts";

/** What the next attempt would meet again, as long as nothing else is changed; undefined for an error that may pass. */
export function lastingProblem(error: unknown): Refusal | undefined {
  if (error instanceof KubeError && (error.status === 400 || error.status === 422)) return { code: error.reason, message: error.message };
  if (error instanceof ExpressionError) return { code: "TemplateFailed", message: error.message };
  if (
    error instanceof DuplicateMemberError ||
    error instanceof ManifestError ||
    error instanceof UnsupportedDeployerError ||
    error instanceof MissingDefinitionError
  ) {
    return { code: error.code, message: error.message };
  }
  return undefined;
}
