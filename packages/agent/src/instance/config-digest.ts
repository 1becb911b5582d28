import { canonicalJson, sha256Hex } from "@portolan/shared/json";
import type { OperationInputs } from "../resources/mod.ts";

/** Digest of what the values are made from. It covers names of secrets, never their content. */
export function configDigest({ config = {}, overrides = {}, secretRefs = [], targetNamespace = "" }: OperationInputs): string {
  const references = secretRefs.map(({ name, secretName }) => ({ name, secretName })).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return sha256Hex(canonicalJson({ config, overrides, secretRefs: references, targetNamespace }));
}
