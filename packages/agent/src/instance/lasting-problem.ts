import { ExpressionError } from "@portolan/shared/expression";
import { DuplicateMemberError } from "../deployers/manifests/mod.ts";
import { HelmError } from "../deployers/helm/mod.ts";
import { UnsupportedDeployerError } from "../deployers/mod.ts";
import { ManifestError } from "../deployers/render.ts";
import { KubeError } from "../kube/mod.ts";
import { MissingDefinitionError } from "../operation/mod.ts";
import { explainRefusal, isImmutable } from "../preflight/mod.ts";
import type { Refusal } from "./state.ts";

/** A field that the kind does not have: server-side apply answers 500 to it, as if the mistake were the server's. */
const unknownField = /field not declared in schema/u;

/** What the next attempt would meet again, as long as nothing else is changed; undefined for an error that may pass. */
export function lastingProblem(error: unknown): Refusal | undefined {
  if (error instanceof KubeError && isImmutable(error)) return explainRefusal(error.request, error);
  if (error instanceof KubeError && (error.status === 400 || error.status === 422)) return { code: error.reason, message: error.message };
  if (error instanceof KubeError && unknownField.test(error.detail)) return { code: "Invalid", message: error.message };
  if (error instanceof HelmError && error.lasting) return { code: error.code, message: error.message };
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
