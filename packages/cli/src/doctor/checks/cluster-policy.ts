import { POLICY_NAME, readPolicy } from "@portolan/agent/cluster-policy";
import type { KubeObject } from "@portolan/agent/kube";
import type { Check, Finding } from "../finding.ts";

export const checkClusterPolicy: Check = async ({ kube, namespace }) => [
  judgePolicy(await kube.get({ apiVersion: "v1", kind: "ConfigMap", namespace, name: POLICY_NAME })),
];

export function judgePolicy(object: KubeObject | undefined): Finding {
  const reading = readPolicy(object, `the ConfigMap ${POLICY_NAME}`);
  if (reading === "none") return { state: "ok", message: "the hub may wish everything here" };
  if (!("problem" in reading)) return { state: "ok", message: "what the hub may wish here is restricted" };
  return {
    state: "error",
    message: reading.problem,
    cure: "until it is mended every wish of the hub is refused: docs/guides/policy.md says what may stand there",
  };
}
