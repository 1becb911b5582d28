import { parseClusterPolicy, PolicyError } from "@portolan/agent/cluster-policy";
import { stringAt } from "@portolan/agent/fields";
import type { KubeObject } from "@portolan/agent/kube";
import type { Check, Finding } from "../finding.ts";

export const checkClusterPolicy: Check = async ({ kube, namespace }) => [
  judgePolicy(await kube.get({ apiVersion: "v1", kind: "ConfigMap", namespace, name: "portolan-policy" })),
];

export function judgePolicy(object: KubeObject | undefined): Finding {
  if (object === undefined) return { state: "ok", message: "the hub may wish everything here" };
  const text = stringAt(object, "data", "policy.yaml");
  const cure = "until it is mended every wish of the hub is refused: docs/guides/policy.md says what may stand there";
  if (text === undefined) return { state: "error", message: "the ConfigMap portolan-policy has no key policy.yaml", cure };
  try {
    parseClusterPolicy(text);
    return { state: "ok", message: "what the hub may wish here is restricted" };
  } catch (error) {
    if (error instanceof PolicyError) return { state: "error", message: `the ConfigMap portolan-policy: ${error.message}`, cure };
    throw error;
  }
}
