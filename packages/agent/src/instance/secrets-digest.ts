/**
 * Whether secrets have changed since a version was deployed with them, also over a restart. What stands in a status is published, and a
 * plain digest of a short secret is found by trying: so it is keyed (HMAC), with a key that never leaves the cluster.
 */
import { createHmac } from "node:crypto";
import { canonicalJson } from "@portolan/shared/json";
import { instanceKey, type ServiceInstance } from "../resources/mod.ts";
import type { SecretsView } from "./state.ts";

/** HMAC-SHA-256 over all that an instance may read of its secrets; undefined when that is nothing. Equal secrets of two instances do not look equal. */
export function secretsDigest(key: Uint8Array, instance: ServiceInstance, { values }: SecretsView): string | undefined {
  if (Object.keys(values).length === 0) return undefined;
  return createHmac("sha256", key)
    .update(canonicalJson([instanceKey(instance), instance.metadata.uid ?? "", values]))
    .digest("hex");
}
