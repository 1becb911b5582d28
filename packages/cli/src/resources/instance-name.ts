import type { InstanceName } from "../client/mod.ts";
import { CliError } from "../errors/mod.ts";

/**
 * Reads `cluster/namespace/name`, also as `-o name` prints it.
 *
 * @throws CliError InvalidUsage
 */
export function parseInstanceName(text: string): InstanceName {
  const [cluster = "", namespace = "", name = "", ...more] = text.replace(/^instance\/(?=[^/]+\/[^/]+\/)/u, "").split("/");
  if (cluster === "" || namespace === "" || name === "" || more.length > 0) {
    throw new CliError("InvalidUsage", `expected CLUSTER/NAMESPACE/NAME, found ${JSON.stringify(text)}`);
  }
  return { cluster, namespace, name };
}
