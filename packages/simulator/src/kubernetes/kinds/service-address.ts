import { createHash } from "node:crypto";
import type { KubeObject } from "../objects/mod.ts";
import { ensureObject, stringField } from "./fields.ts";

/**
 * Gives a Service a cluster IP as the allocator would: stable for its name, in 10.0.0.0/24's larger
 * sibling 10.96.0.0/12, so that no register of addresses has to be kept.
 */
export function allocateClusterIp(service: KubeObject): void {
  const spec = ensureObject(service, "spec");
  if (stringField(spec, "type") === "ExternalName") return;
  const digest = createHash("sha256").update(`${service.metadata.namespace}/${service.metadata.name}`).digest();
  const [second = 0, third = 0, fourth = 0] = digest;
  const address = stringField(spec, "clusterIP") || `10.${96 + (second % 16)}.${third}.${1 + (fourth % 254)}`;
  spec["clusterIP"] = address;
  spec["clusterIPs"] = [address];
  spec["ipFamilies"] = ["IPv4"];
  spec["ipFamilyPolicy"] = "SingleStack";
}
